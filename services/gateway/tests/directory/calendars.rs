//! Working calendars.

use kefu_api_gateway::v1::*;
use tonic::Code;

use crate::world::{World, mask, refusal};

fn day(iso_weekday: i32, hours: &[(i32, i32)]) -> WorkDay {
    let interval =
        |(from, to): &(i32, i32)| WorkInterval { from_minute: from * 60, to_minute: to * 60 };
    WorkDay { iso_weekday, intervals: hours.iter().map(interval).collect() }
}

fn asked(code: &str) -> CreateCalendarRequest {
    CreateCalendarRequest {
        code: code.into(),
        name: "Shop".into(),
        time_zone: "Asia/Shanghai".into(),
        week: vec![day(1, &[(9, 12), (14, 18)]), day(6, &[(9, 12)])],
        special_days: vec![SpecialDay {
            date: "2026-10-01".into(),
            name: "National Day".into(),
            intervals: Vec::new(),
        }],
        ..Default::default()
    }
}

#[tokio::test]
async fn other_working_time_is_another_revision() {
    let world = World::sqlite().await;
    let mut client = world.calendars(&world.admin);
    let made = client.create_calendar(asked("shop")).await.unwrap().into_inner();
    assert_eq!((made.revision, &made.week), (1, &asked("shop").week));
    let get = GetCalendarRequest { calendar_id: made.id.clone() };
    assert_eq!(client.get_calendar(get).await.unwrap().into_inner(), made);
    let update = |patch: CalendarPatch, paths: &[&str]| UpdateCalendarRequest {
        calendar_id: made.id.clone(),
        calendar: Some(patch),
        update_mask: mask(paths),
        ..Default::default()
    };
    let renamed = CalendarPatch { name: "The shop".into(), ..Default::default() };
    let renamed = client.update_calendar(update(renamed, &["name"])).await.unwrap().into_inner();
    assert_eq!(renamed.revision, 1, "a name is no working time");
    let longer = CalendarPatch { week: vec![day(1, &[(8, 20)])], ..Default::default() };
    let longer = client.update_calendar(update(longer, &["week"])).await.unwrap().into_inner();
    assert_eq!((longer.revision, longer.week.len()), (2, 1));
    let empty = client.update_calendar(update(CalendarPatch::default(), &["week"])).await;
    assert_eq!(refusal(empty), (Code::InvalidArgument, "CALENDAR_EMPTY".into()));
    world.close().await;
}

#[tokio::test]
async fn one_calendar_is_the_default() {
    let world = World::sqlite().await;
    let mut client = world.calendars(&world.admin);
    let new = CreateCalendarRequest { is_default: true, ..asked("shop") };
    let made = client.create_calendar(new).await.unwrap().into_inner();
    let list = client.list_calendars(ListCalendarsRequest::default()).await.unwrap().into_inner();
    let defaults: Vec<(&str, bool)> =
        list.calendars.iter().map(|one| (one.code.as_str(), one.is_default)).collect();
    assert_eq!(defaults, [("default", false), ("shop", true)]);
    let none = UpdateCalendarRequest {
        calendar_id: made.id,
        calendar: Some(CalendarPatch::default()),
        update_mask: mask(&["is_default"]),
        ..Default::default()
    };
    let refused = refusal(client.update_calendar(none).await);
    assert_eq!(refused, (Code::InvalidArgument, "VALIDATION_FAILED".into()));
    let back = UpdateCalendarRequest {
        calendar_id: list.calendars[0].id.clone(),
        calendar: Some(CalendarPatch { is_default: true, ..Default::default() }),
        ..Default::default()
    };
    assert!(client.update_calendar(back).await.unwrap().into_inner().is_default);
    world.close().await;
}

#[tokio::test]
async fn a_calendar_that_cannot_be_is_refused() {
    let world = World::sqlite().await;
    let mut client = world.calendars(&world.admin);
    client.create_calendar(asked("shop")).await.unwrap();
    let overlapping = vec![day(1, &[(9, 12), (11, 13)])];
    let twice = vec![day(1, &[(9, 12)]), day(1, &[(14, 18)])];
    let cases = [
        (asked("shop"), Code::AlreadyExists, "CODE_TAKEN"),
        (
            CreateCalendarRequest { time_zone: "Nowhere".into(), ..asked("b") },
            Code::InvalidArgument,
            "TIME_ZONE_UNKNOWN",
        ),
        (
            CreateCalendarRequest { week: Vec::new(), ..asked("b") },
            Code::InvalidArgument,
            "CALENDAR_EMPTY",
        ),
        (
            CreateCalendarRequest { week: overlapping, ..asked("b") },
            Code::InvalidArgument,
            "CALENDAR_INVALID",
        ),
        (
            CreateCalendarRequest { week: twice, ..asked("b") },
            Code::InvalidArgument,
            "CALENDAR_INVALID",
        ),
    ];
    for (request, code, reason) in cases {
        assert_eq!(refusal(client.create_calendar(request).await), (code, reason.to_owned()));
    }
    world.close().await;
}
