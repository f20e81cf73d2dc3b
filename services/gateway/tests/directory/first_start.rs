//! What the first start makes, and later starts leave.

use std::os::unix::fs::PermissionsExt;

use kefu_api_gateway::v1::*;

use crate::world::{World, on_every_backend};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_start_makes_what_every_installation_has_once() {
    on_every_backend(async |mut world: World| {
        let mode = world.admin_key().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let me = world.who(&world.admin).await.unwrap();
        assert_eq!((me.kind(), me.all_branches), (PrincipalKind::Key, true));
        assert_eq!((me.roles, me.name.as_str()), (vec!["admin".to_owned()], "first administrator"));
        let all = kefu_gateway::shipped::role_table().unwrap()["admin"].len();
        assert!(me.permissions.len() > 10 && me.permissions.len() <= all);
        let before = directory(&world).await;
        assert_eq!(before, (12, vec!["main".to_owned()], vec![("default".to_owned(), true)]));
        std::fs::remove_file(world.admin_key()).unwrap();
        world.restart().await;
        assert_eq!(directory(&world).await, before);
        assert!(!world.admin_key().exists(), "a key that was taken away is not made again");
        world
    })
    .await;
}

async fn directory(world: &World) -> (usize, Vec<String>, Vec<(String, bool)>) {
    let mut client = world.directory(&world.admin);
    let roles = client.list_roles(ListRolesRequest::default()).await.unwrap().into_inner().roles;
    assert!(roles.iter().all(|role| role.built_in));
    let branches = client.list_branches(ListBranchesRequest::default()).await.unwrap().into_inner();
    let asked = ListCalendarsRequest::default();
    let calendars = world.calendars(&world.admin).list_calendars(asked).await.unwrap().into_inner();
    assert_eq!(calendars.calendars[0].time_zone, "Europe/Madrid");
    let calendars = calendars.calendars.into_iter().map(|one| (one.code, one.is_default));
    let branches = branches.branches.into_iter().map(|branch| branch.code).collect();
    (roles.len(), branches, calendars.collect())
}
