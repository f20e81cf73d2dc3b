//! What is true of a call within the process: its task, its refusal inside a transaction, its manners.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kefu_rpc::{Endpoint, client};
use kefu_rpc_fixture::v1::Act;
use kefu_rpc_fixture::v1::echo_service_client::EchoServiceClient;
use tokio_util::sync::CancellationToken;
use tonic::Code;

use crate::calls::{acting, echo, failure};
use crate::echo::Echo;
use crate::world::{Settings, World, gateway_signer, service};

tokio::task_local! {
    static IN_TRANSACTION: ();
}

fn in_transaction() -> bool {
    IN_TRANSACTION.try_with(|()| ()).is_ok()
}

#[tokio::test]
async fn a_call_inside_a_transaction_is_refused_before_anything_happens() {
    let replica = Echo::new("one");
    let guarded = service(&replica, &Settings::default(), &CancellationToken::new());
    let endpoint = Endpoint::local("fixture", guarded, gateway_signer());
    let endpoint = endpoint.refuse_when(in_transaction);
    let mut client = client!(EchoServiceClient, endpoint);
    let inside = IN_TRANSACTION.scope((), client.echo(acting(Act::Panic))).await;
    let told = failure(inside);
    assert_eq!((told.code, told.reason.as_str()), (Code::Internal, "CALL_IN_TRANSACTION"));
    client.echo(echo("after the commit")).await.unwrap();
}

#[tokio::test]
async fn a_transaction_here_does_not_hinder_what_the_handler_calls() {
    // The flag is the task's: the callee runs on its own and has no transaction open.
    let world = World::in_process().await;
    let mut client = world.client("agent");
    let reply = IN_TRANSACTION.scope((), client.echo(acting(Act::Onward))).await.unwrap();
    assert_eq!(reply.into_inner().replica, "other");
    world.close().await;
}

/// On one worker, a loop of calls that never wait for I/O would keep everybody else from running.
#[tokio::test(flavor = "current_thread")]
async fn a_loop_of_calls_lets_others_run() {
    let replica = Echo::new("one");
    let guarded = service(&replica, &Settings::default(), &CancellationToken::new());
    let endpoint = Endpoint::local("fixture", guarded, gateway_signer());
    let mut client = client!(EchoServiceClient, endpoint);
    let turns = Arc::new(AtomicUsize::new(0));
    let mut others = tokio::task::JoinSet::new();
    let counted = Arc::clone(&turns);
    others.spawn(async move {
        loop {
            counted.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
    });
    for _ in 0..500 {
        client.echo(echo("x")).await.unwrap();
    }
    assert!(turns.load(Ordering::Relaxed) >= 100, "{turns:?}");
}

#[tokio::test]
async fn a_call_without_a_token_does_not_reach_a_service() {
    let replica = Echo::new("one");
    let guarded = service(&replica, &Settings::default(), &CancellationToken::new());
    let mut client = EchoServiceClient::new(guarded);
    let told = failure(client.echo(echo("x")).await);
    assert_eq!((told.code, told.reason.as_str()), (Code::Unauthenticated, "CREDENTIALS_MISSING"));
}
