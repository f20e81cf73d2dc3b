//! A list and a search as a service makes them: its migrations, a write transaction, the reader.

use kefu_kernel::{Ambient, Timestamp};
use kefu_store::page::{ListRequest, Pages};
use kefu_store::seal::KeyRing;
use kefu_store::search::{Document, Index};
use kefu_store::{Migration, Store, StoreConfig, StoreError};
use kefu_testkit::Folder;
use kefu_testkit::postgres::Postgres;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Alias, Query};
use uuid::Uuid;

use crate::thing::{self, Thing};

const THINGS: Index = Index::new("thing");

const MIGRATIONS: &[Migration] = &[Migration {
    name: "reading_0001_things",
    up: |schema| {
        let backend = schema.backend();
        for sql in thing::tables(backend).into_iter().chain(THINGS.create(backend)) {
            schema.sql(sql);
        }
    },
}];

#[tokio::test(flavor = "multi_thread")]
async fn a_service_lists_and_searches_what_it_wrote_on_sqlite() {
    let folder = Folder::new("reading");
    list_and_search(&format!("sqlite://{}", folder.join("things.db").display())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_lists_and_searches_what_it_wrote_on_postgresql() {
    let Some(cluster) = Postgres::shared() else { return };
    list_and_search(&cluster.database().schema("reading")).await;
}

async fn list_and_search(url: &str) {
    let ambient = Ambient::system();
    let store = Store::open(StoreConfig::new("reading", url), ambient.clone()).await.unwrap();
    store.migrate(MIGRATIONS).await.unwrap();
    let things: Vec<Thing> = (1..=30)
        .map(|number| Thing {
            id: Uuid::from_u128(number),
            state: i32::from(number % 3 == 0),
            subject: format!("包裹 parcel {}", if number % 2 == 0 { "lost" } else { "found" }),
            created_at: i64::try_from(number).unwrap() * 86_400_000,
            ..Thing::default()
        })
        .collect();
    store
        .write(async |tx| {
            thing::insert(tx, &things).await;
            let documents: Vec<Document> = things.iter().map(document).collect();
            THINGS.put(tx, &documents).await.map_err(StoreError::from)
        })
        .await
        .unwrap();

    let ring = KeyRing::parse(&KeyRing::generate(&ambient)).unwrap();
    let pages = Pages::new(ring.keys("reading", &ambient), ambient);
    let open = read_all(&store, &pages, "state == \"OPEN\"").await;
    assert_eq!(open, [30, 27, 24, 21, 18, 15, 12, 9, 6, 3]);
    let lost = read_all(&store, &pages, "state == \"OPEN\" && text.contains(\"包裹 lost\")").await;
    assert_eq!(lost, [30, 24, 18, 12, 6]);
    store.close().await;
}

fn document(thing: &Thing) -> Document {
    Document {
        id: thing.id,
        at: Timestamp::from_millis(thing.created_at),
        version: 1,
        language: None,
        texts: vec![thing.subject.clone()],
        facets: Vec::new(),
    }
}

/// Page by page, as a handler does.
async fn read_all(store: &Store, pages: &Pages, filter: &str) -> Vec<u128> {
    let resource = thing::resource();
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let request =
            ListRequest { filter, page_size: 2, page_token: &token, ..Default::default() };
        let list = pages.list(&resource, &request).unwrap();
        let mut select = Query::select();
        select.from(Alias::new("thing"));
        let page = match list.search(select.clone()) {
            Some(find) => {
                let hits = THINGS.find(store.reader(), &find).await.unwrap();
                list.page_of_hits(hits.ids.iter().map(|id| found(*id)).collect(), &hits)
            }
            None => {
                select.columns(
                    ["id", "created_at"].map(|name| (Alias::new("thing"), Alias::new(name))),
                );
                list.apply(&mut select);
                let rows = store.reader().query_all(&select).await.unwrap();
                let things = rows.iter().map(|row| Thing {
                    created_at: row.try_get("", "created_at").unwrap(),
                    ..found(row.try_get("", "id").unwrap())
                });
                list.page(things.collect())
            }
        };
        seen.extend(page.rows.iter().map(|thing| thing.id.as_u128()));
        token = page.next_page_token;
        if token.is_empty() {
            return seen;
        }
    }
}

fn found(id: Uuid) -> Thing {
    Thing { id, ..Thing::default() }
}
