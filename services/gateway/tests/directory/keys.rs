//! API keys: made, shown once, rotated, narrowed, ended.

use std::time::Duration;

use kefu_api_gateway::v1::*;
use tonic::Code;

use crate::world::{World, eventually, on_every_backend, refusal};

const OVER: (Code, &str) = (Code::Unauthenticated, "CREDENTIALS_EXPIRED");

fn expect_over<T>(answer: Result<T, tonic::Status>) {
    assert_eq!(refusal(answer), (OVER.0, OVER.1.to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_create_shows_the_same_secret_which_the_database_does_not_hold() {
    on_every_backend(async |world: World| {
        let asked = CreateKeyRequest {
            name: "telephone system".into(),
            roles: vec!["integration".into()],
            all_branches: true,
            request_id: "make-it-once".into(),
            ..Default::default()
        };
        let mut client = world.keys(&world.admin);
        let first = client.create_key(asked.clone()).await.unwrap().into_inner();
        let again = client.create_key(asked).await.unwrap().into_inner();
        assert_eq!(first, again);
        assert!(first.secret.starts_with("kefu_live_"));
        let me = world.who(&first.secret).await.unwrap();
        assert_eq!(me.principal_id, first.key.as_ref().unwrap().id);
        let key_id = first.key.unwrap().id;
        let rotate =
            RotateKeyRequest { key_id, request_id: "turn-it-once".into(), ..Default::default() };
        let turned = client.rotate_key(rotate.clone()).await.unwrap().into_inner();
        assert_eq!(client.rotate_key(rotate).await.unwrap().into_inner(), turned);
        assert_ne!(turned.secret, first.secret);
        let replies = world.column("SELECT reply FROM idempotency").await;
        assert_eq!(replies.len(), 2);
        let payloads = world.column("SELECT payload FROM event").await;
        for secret in [&first.secret, &turned.secret] {
            // The secret part alone, after the id.
            let part = &secret.as_bytes()[37..80];
            let holds = |bytes: &Vec<u8>| bytes.windows(part.len()).any(|window| window == part);
            assert!(!replies.iter().chain(&payloads).any(holds), "a secret lies readable");
        }
        world
    })
    .await;
}

#[tokio::test]
async fn two_secrets_live_while_a_key_is_rotated() {
    let world = World::sqlite().await;
    let mut client = world.keys(&world.admin);
    let (key, older) = world.make_key(&["agent"], &[], &[]).await;
    let overlap = Some(prost_types::Duration { seconds: 3_600, nanos: 0 });
    let rotate = RotateKeyRequest { key_id: key.id.clone(), overlap, ..Default::default() };
    let turned = client.rotate_key(rotate.clone()).await.unwrap().into_inner();
    assert_eq!(turned.key.as_ref().unwrap().secrets.len(), 2);
    for secret in [&older, &turned.secret] {
        world.who(secret).await.expect("both are accepted");
    }
    let third = client.rotate_key(rotate.clone()).await;
    assert_eq!(refusal(third), (Code::FailedPrecondition, "KEY_HAS_TWO_SECRETS".into()));
    world.clock.machine.advance(Duration::from_secs(3_601));
    expect_over(world.who(&older).await);
    world.who(&turned.secret).await.expect("the newer one stays");
    let stale = RevokeKeyRequest { key_id: key.id.clone(), etag: key.etag, ..Default::default() };
    let stale = client.revoke_key(stale).await;
    assert_eq!(refusal(stale), (Code::Aborted, "ETAG_MISMATCH".into()));
    let revoke = RevokeKeyRequest { key_id: key.id, ..Default::default() };
    let revoked = client.revoke_key(revoke.clone()).await.unwrap().into_inner();
    assert!(revoked.revoked_at.is_some());
    expect_over(world.who(&turned.secret).await);
    let again = client.revoke_key(revoke).await;
    assert_eq!(refusal(again), (Code::FailedPrecondition, "KEY_REVOKED".into()));
    let rotate = client.rotate_key(rotate).await;
    assert_eq!(refusal(rotate), (Code::FailedPrecondition, "KEY_REVOKED".into()));
    world.close().await;
}

#[tokio::test]
async fn a_key_ends_by_the_machine_clock_and_is_listed_while_it_lives() {
    let world = World::sqlite().await;
    let mut client = world.keys(&world.admin);
    let soon = world.clock.ambient.machine_now().plus(Duration::from_secs(60));
    let asked = CreateKeyRequest {
        name: "for a minute".into(),
        roles: vec!["agent".into()],
        all_branches: true,
        expires_at: Some(kefu_api_common::wire::timestamp(soon)),
        ..Default::default()
    };
    let made = client.create_key(asked).await.unwrap().into_inner();
    let id = made.key.unwrap().id;
    world.clock.record.advance(Duration::from_secs(3_600));
    world.who(&made.secret).await.expect("a moved record clock ends no key");
    let list = async |show_revoked: bool| {
        let asked = ListKeysRequest { show_revoked, ..Default::default() };
        let list = world.keys(&world.admin).list_keys(asked).await.unwrap().into_inner();
        list.keys.into_iter().map(|key| key.id).collect::<Vec<String>>()
    };
    assert_eq!(list(false).await[0], id, "newest first");
    world.clock.machine.advance(Duration::from_secs(61));
    expect_over(world.who(&made.secret).await);
    assert!(!list(false).await.contains(&id) && list(true).await.contains(&id));
    let get = GetKeyRequest { key_id: id };
    assert_eq!(client.get_key(get).await.unwrap().into_inner().secrets.len(), 1);
    world.close().await;
}

#[tokio::test]
async fn scopes_narrow_a_key_and_branches_bound_it() {
    let world = World::sqlite().await;
    let north = world.branch("north").await;
    let scopes = ["gateway.who_am_i", "gateway.read_directory"];
    let (_, key) = world.make_key(&["admin"], &[&north.id], &scopes).await;
    let me = world.who(&key).await.unwrap();
    let mut permissions = me.permissions;
    permissions.sort();
    assert_eq!(permissions, ["gateway.read_directory", "gateway.who_am_i"]);
    assert_eq!((me.branch_ids, me.all_branches), (vec![north.id.clone()], false));
    let denied = world.keys(&key).list_keys(ListKeysRequest::default()).await;
    assert_eq!(refusal(denied), (Code::PermissionDenied, "PERMISSION_DENIED".into()));
    let branch_bound = world.key(&["admin"], &[&north.id]).await;
    let wide = CreateKeyRequest {
        name: "wide".into(),
        roles: vec!["agent".into()],
        all_branches: true,
        ..Default::default()
    };
    let refused = refusal(world.keys(&branch_bound).create_key(wide.clone()).await);
    assert_eq!(refused, (Code::PermissionDenied, "GRANT_TOO_WIDE".into()));
    let nobody = CreateKeyRequest { roles: vec!["nobody".into()], ..wide.clone() };
    let refused = refusal(world.keys(&world.admin).create_key(nobody).await);
    assert_eq!(refused, (Code::InvalidArgument, "UNKNOWN_REFERENCE".into()));
    let unknown = CreateKeyRequest { scopes: vec!["gateway.fly".into()], ..wide };
    let refused = refusal(world.keys(&world.admin).create_key(unknown).await);
    assert_eq!(refused, (Code::InvalidArgument, "UNKNOWN_REFERENCE".into()));
    world.close().await;
}

#[tokio::test]
async fn the_last_administrator_cannot_be_locked_out() {
    let world = World::sqlite().await;
    let mut client = world.keys(&world.admin);
    let first = world.who(&world.admin).await.unwrap().principal_id;
    let revoke = RevokeKeyRequest { key_id: first, ..Default::default() };
    let refused = refusal(client.revoke_key(revoke.clone()).await);
    assert_eq!(refused, (Code::FailedPrecondition, "LAST_ADMIN".into()));
    let second = world.key(&["admin"], &[]).await;
    client.revoke_key(revoke).await.expect("another administers");
    expect_over(world.who(&world.admin).await);
    world.who(&second).await.unwrap();
    world.close().await;
}

#[tokio::test]
async fn when_a_key_was_used_is_noted_to_the_hour() {
    let mut world = World::sqlite().await;
    let id = world.who(&world.admin).await.unwrap().principal_id;
    world.restart().await;
    eventually("the use of the key is shown", async || {
        let get = GetKeyRequest { key_id: id.clone() };
        let key = world.keys(&world.admin).get_key(get).await.unwrap().into_inner();
        key.last_used_at.is_some_and(|at| at.seconds % 3_600 == 0)
    })
    .await;
    world.close().await;
}
