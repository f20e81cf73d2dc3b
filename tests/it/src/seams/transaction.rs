//! A transaction waits for no other service: between BEGIN and COMMIT a call that a service of the suite
//! makes is refused before it leaves, by the ways that composition itself has made; after it, it goes out.

use std::sync::OnceLock;

use kefu_api_common::v1::ListChangesRequest;
use kefu_api_tickets::v1::events_service_client::EventsServiceClient;
use kefu_runtime::config::Config;
use kefu_runtime::drain::StopSignal;
use kefu_runtime::{Context, Parts, Service, Suite};
use kefu_store::StoreError;
use kefu_testkit::Folder;
use tonic::Code;

use super::reason;

/// What the service below was built with.
static CONTEXT: OnceLock<Context> = OnceLock::new();

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_inside_a_write_transaction_is_refused() {
    let folder = Folder::new("transaction");
    let mut config = Config { data_dir: folder.join("data"), ..Config::default() };
    config.listen.public = ([127, 0, 0, 1], 0).into();
    let caller =
        Service::new("reporting", kefu_api_reporting::FILE_DESCRIPTOR_SET, &[], build_caller);
    let services = vec![kefu_gateway::service(), kefu_tickets::service(), caller];
    let roles = kefu_gateway::shipped::role_table().unwrap();
    let running = Suite::new(services, roles).start(config).await.unwrap();

    let context = CONTEXT.get().unwrap();
    let tickets = context.endpoint("tickets").unwrap();
    let mut tickets = kefu_rpc::client!(EventsServiceClient, tickets);
    let request = ListChangesRequest { page_size: 1, ..ListChangesRequest::default() };
    let inside = context
        .store
        .write(async |_tx| Ok::<_, StoreError>(tickets.clone().list_changes(request.clone()).await))
        .await
        .unwrap()
        .expect_err("a transaction is open");
    assert_eq!((inside.code(), reason(&inside).as_str()), (Code::Internal, "CALL_IN_TRANSACTION"));
    tickets.list_changes(request).await.expect("none is open any more");
    running.shutdown(StopSignal::Interrupt).await;
}

/// Keeps what it is built with, for the test to do what a handler would.
async fn build_caller(context: Context) -> anyhow::Result<Parts> {
    assert!(CONTEXT.set(context).is_ok(), "it is built once");
    Ok(Parts::new(kefu_rpc::Mount::new()))
}
