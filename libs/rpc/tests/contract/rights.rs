//! Who may call what: before the request is decoded, and again when rights change.

use kefu_rpc_fixture::v1::{Act, ChangeRequest, CountRequest, EchoRequest};
use tonic::Code;

use crate::calls::{echo, failure};
use crate::world::{World, roles};

crate::in_both_shapes!(
    a_role_without_the_permission_is_refused,
    a_keys_scopes_narrow_its_role,
    a_call_without_credentials_is_told_so,
    credentials_of_no_known_sort_are_refused,
    permission_comes_before_validation,
    a_role_that_changes_is_believed_at_once,
    a_stream_ends_when_its_callers_rights_do,
);

async fn a_role_without_the_permission_is_refused(world: &World) {
    let told = failure(world.client("stranger").echo(echo("x")).await);
    assert_eq!((told.code, told.reason.as_str()), (Code::PermissionDenied, "PERMISSION_DENIED"));
    assert_eq!(told.metadata["permission"], "fixture.echo");
}

async fn a_keys_scopes_narrow_its_role(world: &World) {
    let mut clerk = world.client("clerk");
    clerk.echo(echo("x")).await.unwrap();
    let told = failure(clerk.change(ChangeRequest::default()).await);
    assert_eq!((told.code, told.reason.as_str()), (Code::PermissionDenied, "PERMISSION_DENIED"));
}

async fn a_call_without_credentials_is_told_so(world: &World) {
    let told = failure(world.client("").echo(echo("x")).await);
    assert_eq!((told.code, told.reason.as_str()), (Code::Unauthenticated, "CREDENTIALS_MISSING"));
}

async fn credentials_of_no_known_sort_are_refused(world: &World) {
    let told = failure(world.client("nonsense").echo(echo("x")).await);
    assert_eq!((told.code, told.reason.as_str()), (Code::Unauthenticated, "CREDENTIALS_INVALID"));
}

async fn permission_comes_before_validation(world: &World) {
    let told = failure(world.client("stranger").echo(EchoRequest::default()).await);
    assert_eq!(told.reason, "PERMISSION_DENIED");
    assert_eq!(told.violations, []);
}

async fn a_role_that_changes_is_believed_at_once(world: &World) {
    let mut client = world.client("agent");
    client.echo(echo("x")).await.unwrap();
    let mut table = roles();
    table.remove("agent");
    world.roles.replace(table);
    assert_eq!(failure(client.echo(echo("x")).await).reason, "PERMISSION_DENIED");
    world.roles.replace(roles());
    client.echo(echo("x")).await.unwrap();
}

async fn a_stream_ends_when_its_callers_rights_do(world: &World) {
    let request = CountRequest { count: 2, act: Act::Hang.into() };
    let mut numbers = world.client("agent").count(request).await.unwrap().into_inner();
    for number in 1..=2 {
        assert_eq!(numbers.message().await.unwrap().unwrap().number, number);
    }
    world.roles.replace(roles());
    let mut table = roles();
    table.remove("agent");
    world.roles.replace(table);
    let told = failure(numbers.message().await);
    assert_eq!((told.code, told.reason.as_str()), (Code::Aborted, "RIGHTS_CHANGED"));
    for replica in &world.replicas {
        replica.echo.hang_count_is(0).await;
    }
}
