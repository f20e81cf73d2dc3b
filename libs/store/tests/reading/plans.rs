//! The databases serve lists from the indexes that the shapes declare, at any depth.

use kefu_kernel::{Ambient, Timestamp};
use kefu_store::filter::{Row, Value};
use kefu_store::page::{ListRequest, Pages};
use kefu_store::seal::KeyRing;
use sea_orm::sea_query::{Alias, PostgresQueryBuilder, Query, SqliteQueryBuilder};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};
use uuid::Uuid;

use crate::backends::{on_each, run};
use crate::thing::{self, Thing};

#[test]
fn a_list_walks_the_declared_index() {
    let things: Vec<Thing> = (0..5_000)
        .map(|number| Thing {
            id: Uuid::from_u128(number),
            state: i32::try_from(number % 4).unwrap(),
            department_id: (number % 19 != 0).then(|| Uuid::from_u128(number % 7)),
            escalated: number % 2 == 0,
            priority: i32::try_from(number % 5).unwrap(),
            due_at: (number % 2 == 0).then_some(i64::try_from(number * 31 % 5_000).unwrap()),
            created_at: i64::try_from(number * 17 % 5_000).unwrap(),
            ..Thing::default()
        })
        .collect();
    on_each(|db| {
        let things = things.clone();
        async move {
            thing::create(&db).await;
            thing::insert(&db, &things).await;
            let statements = [
                "CREATE INDEX by_created ON thing (created_at, id)",
                "CREATE INDEX by_due ON thing (due_at, id)",
                "CREATE INDEX by_state ON thing (state, created_at, id)",
                "CREATE INDEX by_priority ON thing (state DESC, priority DESC, created_at, id)",
                "CREATE INDEX by_both ON thing (department_id, state, created_at, id)",
                "ANALYZE",
            ];
            run(&db, &statements).await;
            if db.get_database_backend() == DbBackend::Postgres {
                // So few rows are cheap to collect and sort; asked is whether the index gives the order.
                run(&db, &["SET enable_bitmapscan = off"]).await;
            }
            let plans = [
                ("", "", "by_created"),
                ("", "created_at", "by_created"),
                ("state == \"OPEN\"", "", "by_state"),
                ("state == \"OPEN\" && escalated", "created_at", "by_state"),
                ("state == \"OPEN\"", "priority desc", "by_priority"),
                ("state == \"OPEN\"", "priority", "by_priority"),
                ("department_id == \"\" && state == \"OPEN\"", "", "by_both"),
                ("department_id == \"\" && state == \"OPEN\"", "created_at", "by_both"),
                ("due_at > timestamp(\"1970-01-01T00:00:01Z\")", "due_at", "by_due"),
            ];
            for (filter, order_by, index) in plans {
                check(&db, filter, order_by, index).await;
            }
        }
    });
}

async fn check(db: &DatabaseConnection, filter: &str, order_by: &str, index: &str) {
    let resource = thing::resource();
    let ambient = Ambient::system();
    let ring = KeyRing::parse(&KeyRing::generate(&ambient)).unwrap();
    let pages = Pages::new(ring.keys("tickets", &ambient), ambient);
    let request = ListRequest { filter, order_by, page_size: 10, ..Default::default() };
    let first = pages.list(&resource, &request).unwrap();
    // Somewhere in the middle.
    let page = first.page((0..11).map(|_| Middle).collect());
    let deep = ListRequest { page_token: &page.next_page_token, ..request };
    for list in [first, pages.list(&resource, &deep).unwrap()] {
        let mut select = Query::select();
        select.column((Alias::new("thing"), Alias::new("id"))).from(Alias::new("thing"));
        list.apply(&mut select);
        let (explain, sql) = match db.get_database_backend() {
            DbBackend::Postgres => ("EXPLAIN ", select.to_string(PostgresQueryBuilder)),
            _ => ("EXPLAIN QUERY PLAN ", select.to_string(SqliteQueryBuilder)),
        };
        let rows = db
            .query_all_raw(sea_orm::Statement::from_string(
                db.get_database_backend(),
                format!("{explain}{sql}"),
            ))
            .await
            .unwrap();
        let column = usize::from(db.get_database_backend() != DbBackend::Postgres) * 3;
        let plan: Vec<String> =
            rows.iter().map(|row| row.try_get_by_index(column).unwrap()).collect();
        let plan = plan.join("\n");
        assert!(plan.contains(index), "{filter} by {order_by}:\n{sql}\n{plan}");
        for slow in ["Sort", "TEMP B-TREE", "Seq Scan", "SCAN thing\n"] {
            assert!(!plan.contains(slow), "{filter} by {order_by}:\n{sql}\n{plan}");
        }
    }
}

#[derive(Clone)]
struct Middle;

impl Row for Middle {
    fn value(&self, field: &str) -> Value {
        match field {
            "id" => Value::Id(Uuid::from_u128(2_500)),
            "priority" => Value::Int(2),
            "created_at" | "due_at" => Value::Time(Timestamp::from_millis(2_500)),
            _ => Value::Unset,
        }
    }
}
