//! What is true of a service in several processes: certificates, replicas that go, many streams.

use std::collections::BTreeSet;

use kefu_rpc::{Endpoint, Remote, RemoteConfig, client};
use kefu_rpc_fixture::v1::Act;
use kefu_rpc_fixture::v1::echo_service_client::EchoServiceClient;
use rustls::pki_types::CertificateDer;
use tokio::task::JoinSet;

use crate::calls::{echo, failure};
use crate::connections::{Load, handshake};
use crate::streams::counting;
use crate::world::{World, client_tls, gateway_signer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_replicas_answer() {
    let world = World::by_mutual_tls().await;
    let mut client = world.client("agent");
    let mut seen = BTreeSet::new();
    for _ in 0..20 {
        seen.insert(client.echo(echo("x")).await.unwrap().into_inner().replica);
    }
    assert_eq!(seen.len(), 2, "{seen:?}");
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_goes_takes_no_call_with_it() {
    let world = World::by_mutual_tls().await;
    let load = Load::start(&world, 8);
    load.runs_on(200).await;
    world.replicas[0].stop.cancel();
    load.runs_on(500).await;
    load.stop().await;
    let reply = world.client("agent").echo(echo("x")).await.unwrap().into_inner();
    assert_eq!(reply.replica, "two");
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_changed_under_load_fails_no_call() {
    let world = World::by_mutual_tls().await;
    let (remote, authority) = world.network.as_ref().unwrap();
    let load = Load::start(&world, 8);
    load.runs_on(200).await;
    let before = shown_by(&world).await;
    authority.issue("fixture");
    authority.issue("gateway");
    for replica in &world.replicas {
        assert!(replica.tls.as_ref().unwrap().reload().await.unwrap());
        assert!(!replica.tls.as_ref().unwrap().reload().await.unwrap(), "nothing changed since");
    }
    load.runs_on(200).await;
    remote.refresh().await.unwrap();
    load.runs_on(200).await;
    load.stop().await;
    assert_ne!(shown_by(&world).await, before, "a new connection sees the new certificate");
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_certificate_file_changes_nothing() {
    let world = World::by_mutual_tls().await;
    let (remote, authority) = world.network.as_ref().unwrap();
    let identity = authority.issue("fixture");
    world.replicas[0].tls.as_ref().unwrap().reload().await.unwrap();
    let before = shown_by(&world).await;
    std::fs::write(&identity.certificate, "nonsense").unwrap();
    assert!(world.replicas[0].tls.as_ref().unwrap().reload().await.is_err());
    assert_eq!(shown_by(&world).await, before);
    let gateway = authority.issue("gateway");
    std::fs::remove_file(&gateway.key).unwrap();
    assert!(remote.refresh().await.is_err());
    world.client("agent").echo(echo("x")).await.unwrap();
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_streams_than_one_connection_takes_are_open_beside_calls() {
    let world = World::by_mutual_tls().await;
    let remote = world.network.as_ref().unwrap().0.clone();
    let endpoint = Endpoint::remote("fixture", remote, gateway_signer());
    let client = client!(EchoServiceClient, endpoint);
    let mut streams = JoinSet::new();
    for _ in 0..400 {
        let mut client = client.clone();
        streams.spawn(async move {
            let numbers = client.count(counting(1, Act::Hang)).await.unwrap();
            let mut numbers = numbers.into_inner();
            assert_eq!(numbers.message().await.unwrap().unwrap().number, 1);
            numbers
        });
    }
    let open = streams.join_all().await;
    client.clone().echo(echo("beside them")).await.unwrap();
    drop(open);
    for replica in &world.replicas {
        replica.echo.hang_count_is(0).await;
    }
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_of_another_authority_is_refused() {
    let world = World::by_mutual_tls().await;
    let folder = tempfile::tempdir().unwrap();
    let strangers = kefu_testkit::certs::Authority::new(folder.path());
    let mut tls = client_tls(&strangers.issue("gateway"));
    tls.authority = world.network.as_ref().unwrap().1.certificate();
    let config = RemoteConfig {
        addresses: vec![world.replicas[0].address.unwrap().to_string()],
        tls: Some(tls),
        refresh: std::time::Duration::from_secs(5),
    };
    let remote = Remote::new(config).await.unwrap();
    let endpoint = Endpoint::remote("fixture", remote, gateway_signer());
    let told = failure(client!(EchoServiceClient, endpoint).echo(echo("x")).await);
    assert_eq!(told.reason, "DEPENDENCY_UNAVAILABLE");
    assert_eq!(told.metadata["service"], "fixture");
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_not_taken_from_another_services_certificate() {
    let world = World::by_mutual_tls().await;
    let authority = &world.network.as_ref().unwrap().1;
    let config = RemoteConfig {
        addresses: vec![world.replicas[0].address.unwrap().to_string()],
        tls: Some(client_tls(&authority.issue("reporting"))),
        refresh: std::time::Duration::from_secs(5),
    };
    let remote = Remote::new(config).await.unwrap();
    let endpoint = Endpoint::remote("fixture", remote, gateway_signer());
    let told = failure(client!(EchoServiceClient, endpoint).echo(echo("x")).await);
    assert_eq!(told.reason, "CREDENTIALS_INVALID");
    world.close().await;
}

/// The certificate that the first replica shows to a new connection.
async fn shown_by(world: &World) -> CertificateDer<'static> {
    let (certificate, _) = handshake(world, &[]).await;
    certificate
}
