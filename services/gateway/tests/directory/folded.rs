//! The directory as another service folds it.

use kefu_api_common::v1::ListChangesRequest;
use kefu_api_gateway::v1::*;
use kefu_kernel::id::{self, Uuid};

use crate::world::{World, eventually, mask, on_every_backend};

fn uuid(text: &str) -> Uuid {
    id::split(text).unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn references_are_known_at_once_and_follow_what_happens() {
    on_every_backend(async |world: World| {
        let folded = world.folded();
        let mut admin = world.directory(&world.admin);
        let north = world.branch("north").await;
        // Asked of the gateway where it is not folded yet.
        let found = folded.branch(uuid(&north.id)).await.unwrap().unwrap();
        assert_eq!(found.code, "north");
        assert!(folded.branch(Uuid::from_u128(7)).await.unwrap().is_none());
        let anna = CreatePersonRequest { name: "Anna".into(), ..Default::default() };
        let anna = admin.create_person(anna).await.unwrap().into_inner();
        assert!(folded.person(uuid(&anna.id)).await.unwrap().is_some());
        let delete = DeletePersonRequest { person_id: anna.id.clone(), ..Default::default() };
        admin.delete_person(delete).await.unwrap();
        eventually("a person who was taken out is no reference", async || {
            folded.person(uuid(&anna.id)).await.unwrap().is_none()
        })
        .await;
        eventually("the change feed tells of it", async || {
            let asked = ListChangesRequest { page_size: 1_000, ..Default::default() };
            let feed = world.events(&world.admin).list_changes(asked).await.unwrap().into_inner();
            feed.changes.iter().any(|change| change.aggregate_id == anna.id)
        })
        .await;
        world
    })
    .await;
}

#[tokio::test]
async fn calendars_keep_their_revisions_and_one_is_the_companys() {
    let world = World::sqlite().await;
    let folded = world.folded();
    let mut client = world.calendars(&world.admin);
    let list = client.list_calendars(ListCalendarsRequest::default()).await.unwrap().into_inner();
    let first = &list.calendars[0];
    let hours = WorkDay {
        iso_weekday: 7,
        intervals: vec![WorkInterval { from_minute: 0, to_minute: 1440 }],
    };
    let update = UpdateCalendarRequest {
        calendar_id: first.id.clone(),
        calendar: Some(CalendarPatch { week: vec![hours.clone()], ..Default::default() }),
        update_mask: mask(&["week"]),
        ..Default::default()
    };
    client.update_calendar(update).await.unwrap();
    let other = CreateCalendarRequest {
        code: "another".into(),
        name: "Another".into(),
        time_zone: "UTC".into(),
        week: vec![hours],
        is_default: true,
        ..Default::default()
    };
    client.create_calendar(other).await.unwrap();
    eventually("the other one is the company's, and all states are known", async || {
        let known = folded.calendars();
        let state = |code: &str, revision| known.state(code, revision).is_ok();
        known.of_branch(None).spec().code == "another"
            && state("another", 1)
            && state("default", 1)
            && state("default", 2)
    })
    .await;
    world.close().await;
}

#[tokio::test]
async fn roles_follow_the_directory_and_the_services_own_role_stays() {
    let world = World::sqlite().await;
    let mut admin = world.directory(&world.admin);
    let role = CreateRoleRequest {
        code: "clerk".into(),
        name: "Clerk".into(),
        permissions: vec!["reporting.read".into()],
        ..Default::default()
    };
    admin.create_role(role).await.unwrap();
    let folded = world.folded();
    eventually("the role is known", async || folded.roles().table().contains_key("clerk")).await;
    let table = folded.roles().table();
    assert!(table["clerk"].contains("reporting.read"));
    assert!(table["service"].contains("gateway.read_directory"));
    world.close().await;
}
