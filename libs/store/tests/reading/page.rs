//! Lists page by page: every row once and in order, tokens bound to what they were given for.

use std::time::Duration;

use kefu_kernel::{Fault, FaultKind, Timestamp};
use kefu_store::filter::{Resource, Value};
use kefu_store::page::{List, ListError, ListRequest, Page, Pages};
use kefu_store::seal::KeyRing;
use kefu_testkit::clock::Moved;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use sea_orm::sea_query::{Alias, Query};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use uuid::Uuid;

use crate::backends::{cases_of, on_each, run};
use crate::thing::{self, Thing};

struct Desk {
    pages: Pages,
    clocks: Moved,
}

fn desk() -> Desk {
    desk_of(1)
}

fn desk_of(seed: u64) -> Desk {
    let clocks = Moved::at(Timestamp::from_millis(1_795_000_000_000), seed);
    let ring = KeyRing::parse(&KeyRing::generate(&clocks.ambient)).unwrap();
    let keys = ring.keys("tickets", &clocks.ambient);
    Desk { pages: Pages::new(keys, clocks.ambient.clone()), clocks }
}

/// Lists as a service does, over the columns that an order needs.
async fn rows(db: &DatabaseConnection, list: &List<'_>) -> Page<Thing> {
    let mut select = Query::select();
    let columns = ["id", "state", "priority", "created_at", "due_at", "subject"];
    select.columns(columns.map(|name| (Alias::new("thing"), Alias::new(name))));
    select.from(Alias::new("thing"));
    list.apply(&mut select);
    let rows = db.query_all(&select).await.unwrap();
    let things = rows.iter().map(|row| Thing {
        id: row.try_get("", "id").unwrap(),
        state: row.try_get("", "state").unwrap(),
        priority: row.try_get("", "priority").unwrap(),
        created_at: row.try_get("", "created_at").unwrap(),
        due_at: row.try_get("", "due_at").unwrap(),
        subject: row.try_get("", "subject").unwrap(),
        ..Thing::default()
    });
    list.page(things.collect())
}

fn any_thing() -> impl Strategy<Value = Thing> {
    (0..3_i32, -1..3_i32, 0..6_i64, prop::option::of(0..6_i64), "[ab]{0,2}").prop_map(
        |(state, priority, created_at, due_at, subject)| Thing {
            state,
            priority,
            created_at,
            due_at,
            subject,
            ..Thing::default()
        },
    )
}

/// Filter, order asked for, and the order that the rows must come in.
type Case = (&'static str, &'static str, fn(&Thing) -> [i64; 3]);

const CASES: [Case; 8] = [
    ("", "", |t| [-t.created_at, -number(t), 0]),
    ("", "created_at", |t| [t.created_at, number(t), 0]),
    ("state == \"OPEN\"", "", |t| [-t.created_at, -number(t), 0]),
    ("state == \"OPEN\"", "priority desc", |t| [-i64::from(t.priority), t.created_at, number(t)]),
    ("state in [\"OPEN\", \"SOLVED\"]", "priority, created_at desc", |t| {
        [i64::from(t.priority), -t.created_at, -number(t)]
    }),
    ("due_at >= timestamp(\"1970-01-01T00:00:00.001Z\")", "due_at desc", |t| {
        [-t.due_at.unwrap(), -number(t), 0]
    }),
    ("department_id == \"\" && state == \"OPEN\"", "created_at", |t| [t.created_at, number(t), 0]),
    ("state == \"OPEN\" && subject.startsWith(\"a\")", "created_at desc, id desc", |t| {
        [-t.created_at, -number(t), 0]
    }),
];

fn number(thing: &Thing) -> i64 {
    i64::try_from(thing.id.as_u128()).unwrap()
}

#[test]
fn pages_together_are_the_whole_list_in_order() {
    let (resource, desk) = (thing::resource(), desk());
    on_each(|db| {
        let (resource, desk) = (&resource, &desk);
        async move {
            thing::create(&db).await;
            let mut runner = TestRunner::new(cases_of(48));
            let cases = (prop::collection::vec(any_thing(), 0..40), 1..9_i32, 0..1000_u64);
            let handle = tokio::runtime::Handle::current();
            let outcome = tokio::task::block_in_place(|| {
                runner.run(&cases, |(things, size, churn)| {
                    handle.block_on(read_all(&db, resource, desk, &things, size, churn))
                })
            });
            if let Err(failure) = outcome {
                panic!("{failure}");
            }
        }
    });
}

async fn read_all(
    db: &DatabaseConnection,
    resource: &Resource,
    desk: &Desk,
    things: &[Thing],
    size: i32,
    churn: u64,
) -> Result<(), TestCaseError> {
    for (filter, order_by, key) in CASES {
        run(db, &["DELETE FROM thing"]).await;
        let mut things = things.to_vec();
        for (index, thing) in things.iter_mut().enumerate() {
            thing.id = Uuid::from_u128(10 * (index as u128 + 1));
        }
        thing::insert(db, &things).await;
        let compiled = resource.compile(filter, &[]).unwrap();
        let mut expected: Vec<&Thing> = things.iter().filter(|t| compiled.matches(*t)).collect();
        expected.sort_by_key(|thing| key(thing));
        let expected: Vec<Uuid> = expected.iter().map(|thing| thing.id).collect();

        let mut seen = Vec::new();
        let mut token = String::new();
        for turn in 0.. {
            let request = ListRequest {
                filter,
                order_by,
                page_size: size,
                page_token: &token,
                ..Default::default()
            };
            let list = desk.pages.list(resource, &request).unwrap();
            let page = rows(db, &list).await;
            prop_assert!(page.rows.len() <= usize::try_from(size).unwrap());
            seen.extend(page.rows.iter().map(|thing| thing.id));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
            prop_assert!(!page.rows.is_empty());
            disturb(db, &things, churn + turn).await;
        }
        // Rows that come and go meanwhile have other ids; the rest is there once, in order.
        seen.retain(|id| expected.contains(id));
        prop_assert_eq!(&seen, &expected, "{} by {}", filter, order_by);
    }
    Ok(())
}

/// Other rows come and go while a reader goes from page to page.
async fn disturb(db: &DatabaseConnection, things: &[Thing], seed: u64) {
    let Some(like) = things.get(usize::try_from(seed).unwrap() % things.len().max(1)) else {
        return;
    };
    let stranger = Thing { id: Uuid::from_u128(u128::from(10 * (seed % 50) + 5)), ..like.clone() };
    run(db, &["DELETE FROM thing WHERE subject = 'stranger'"]).await;
    thing::insert(db, &[Thing { subject: "stranger".into(), ..stranger }]).await;
}

#[test]
fn a_token_serves_only_the_list_it_was_given_for() {
    let (resource, desk) = (thing::resource(), desk());
    let things: Vec<Thing> = (1..=5)
        .map(|number| Thing { id: Uuid::from_u128(number), created_at: 1, ..Thing::default() })
        .collect();
    let request = ListRequest { page_size: 2, parent: "department_1", ..Default::default() };
    let list = |request: &ListRequest<'_>| desk.pages.list(&resource, request).map(|_| ());
    let first = desk.pages.list(&resource, &request).unwrap().page(things);
    let token = first.next_page_token.as_str();
    assert_eq!(first.rows.len(), 2);
    assert!(
        token.len() < 2000
            && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    );

    let with = ListRequest { page_token: token, ..request.clone() };
    assert_eq!(list(&with), Ok(()));
    // The page size may change; what is listed may not.
    assert_eq!(list(&ListRequest { page_size: 7, ..with.clone() }), Ok(()));
    for other in [
        ListRequest { parent: "department_2", ..with.clone() },
        ListRequest { order_by: "created_at", ..with.clone() },
        ListRequest { filter: "state == \"OPEN\"", ..with.clone() },
    ] {
        assert_eq!(list(&other), Err(ListError::TokenOfAnother));
    }
    let altered = format!("{}A{}", &token[..40], &token[41..]);
    for wrong in [&altered, &token[1..], &token[..token.len() - 1], "x", "%%%", &"A".repeat(20_000)]
    {
        let with = ListRequest { page_token: wrong, ..request.clone() };
        let error = list(&with).unwrap_err();
        assert_eq!(error, ListError::TokenInvalid, "{wrong}");
        assert_eq!((error.kind(), error.reason()), (FaultKind::Invalid, "PAGE_TOKEN_INVALID"));
        assert_eq!(error.field_violations()[0].field, "page_token");
    }
    let stranger = desk_of(2);
    assert_eq!(stranger.pages.list(&resource, &with).map(|_| ()), Err(ListError::TokenInvalid));
}

#[test]
fn a_token_lives_three_days_by_the_machine_clock() {
    let (resource, desk) = (thing::resource(), desk());
    let things: Vec<Thing> =
        (1..=2).map(|number| Thing { id: Uuid::from_u128(number), ..Thing::default() }).collect();
    let request = ListRequest { page_size: 1, ..Default::default() };
    let token = desk.pages.list(&resource, &request).unwrap().page(things).next_page_token;
    let with = ListRequest { page_token: &token, ..request };
    desk.clocks.record.advance(Duration::from_secs(365 * 24 * 3600));
    desk.clocks.machine.advance(Duration::from_secs(3 * 24 * 3600 - 1));
    assert!(desk.pages.list(&resource, &with).is_ok());
    desk.clocks.machine.advance(Duration::from_secs(1));
    let error = desk.pages.list(&resource, &with).map(|_| ()).unwrap_err();
    assert_eq!(error, ListError::TokenExpired);
    assert_eq!(error.reason(), "PAGE_TOKEN_INVALID");
}

#[test]
fn an_order_that_no_serving_index_gives_is_refused_with_those_that_are() {
    let (resource, desk) = (thing::resource(), desk());
    let refused = |filter: &str, order_by: &str| {
        let request = ListRequest { filter, order_by, ..Default::default() };
        desk.pages.list(&resource, &request).map(|_| ()).unwrap_err()
    };
    let error = refused("state == \"OPEN\"", "priority desc, created_at desc");
    assert_eq!(
        error,
        ListError::Order(vec!["created_at desc".into(), "priority desc, created_at".into()]),
        "{error}"
    );
    assert_eq!(error.reason(), "ORDER_NOT_SUPPORTED");
    assert_eq!(refused("", "due_at"), ListError::Order(vec!["created_at desc".into()]));
    assert_eq!(refused("", "subject"), ListError::Order(vec!["created_at desc".into()]));
    assert_eq!(refused("", "created_at down"), ListError::Order(vec!["created_at desc".into()]));
    assert_eq!(refused("", "colour"), ListError::UnknownField("colour".into()));
    assert_eq!(refused("subject == \"a\"", "").reason(), "FILTER_NOT_INDEXED");
    assert!(matches!(refused("text.contains(\"a\")", "created_at"), ListError::Order(_)));
}

#[test]
fn a_saved_view_holds_beside_the_callers_filter() {
    let (resource, desk) = (thing::resource(), desk());
    let view = resource
        .compile("department_id == mine && escalated", &[("mine", Value::Id(Uuid::from_u128(9)))])
        .unwrap();
    let request = ListRequest {
        filter: "state == \"OPEN\"",
        beside: Some(view),
        parent: "view:mine",
        ..Default::default()
    };
    let list = desk.pages.list(&resource, &request).unwrap();
    let mut select = Query::select();
    list.apply(&mut select);
    let sql = select.to_string(sea_orm::sea_query::SqliteQueryBuilder);
    for part in ["state", "department_id", "escalated", "LIMIT 51"] {
        assert!(sql.contains(part), "{part} is missing: {sql}");
    }
}

proptest! {
    #[test]
    fn any_token_is_refused(token: String) {
        let (resource, desk) = (thing::resource(), desk());
        let request = ListRequest { page_token: &token, ..Default::default() };
        let listed = desk.pages.list(&resource, &request).map(|_| ());
        prop_assert!(token.is_empty() || listed == Err(ListError::TokenInvalid));
    }

    #[test]
    fn any_order_is_read_or_refused(order_by: String) {
        let request = ListRequest { order_by: &order_by, ..Default::default() };
        let _ = desk().pages.list(&thing::resource(), &request);
    }
}
