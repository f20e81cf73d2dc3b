//! Watching from a cursor: what is kept is told without a gap, what is not is refused.

use std::pin::pin;

use futures::{StreamExt, TryStreamExt};
use kefu_api_events::v1::TicketFacts;
use kefu_kernel::id::Uuid;
use kefu_kernel::{Fault, Scope};
use kefu_outbox::watching::{Told, What};
use kefu_outbox::{Feed, Positions, Watched, changes, cursor};
use kefu_store::filter::{Field, Resource, Row, Shape, Value};
use kefu_store::migrate::columns::*;
use kefu_store::page::{List, ListRequest, Pages};
use kefu_store::seal::KeyRing;
use kefu_store::tables::dropped_head;
use kefu_store::{Migration, Store};

use crate::rig::{Rig, on_every_shape, record_many};

pub mod order {
    //! The rows that are watched.
    use sea_orm::entity::prelude::*;

    /// The root row of an order.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "watched_order")]
    pub struct Model {
        /// The order.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Its branch.
        pub branch_id: Option<Uuid>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub const MIGRATION: Migration = Migration {
    name: "test_002_watched_order",
    up: |schema| {
        schema.create_table(
            Table::create()
                .table("watched_order")
                .col(uuid("id"))
                .col(uuid_null("branch_id"))
                .primary_key(Index::create().col("id")),
        );
    },
};

impl Row for order::Model {
    fn value(&self, field: &str) -> Value {
        if field == "id" { Value::Id(self.id) } else { Value::Unset }
    }
}

impl Watched for order::Model {
    const KIND: &'static str = "order";
    type Facts = TicketFacts;
    const ID: order::Column = order::Column::Id;
    const BRANCH: order::Column = order::Column::BranchId;

    fn id(&self) -> Uuid {
        self.id
    }

    fn branch(&self) -> Option<Uuid> {
        self.branch_id
    }
}

fn resource() -> Resource {
    Resource::new("order", Field::id("id", "order", order::Column::Id)).shape(Shape::on([]))
}

fn everything<'r>(store: &Store, resource: &'r Resource) -> List<'r> {
    let ring = KeyRing::parse(&KeyRing::generate(store.ambient())).expect("a ring");
    let pages = Pages::new(ring.keys("orders", store.ambient()), store.ambient().clone());
    pages.list(resource, &ListRequest::default()).expect("a list of everything")
}

/// Ten orders with two events each, numbered; and the feed of them.
async fn ten_orders(rig: &mut Rig) -> Feed<order::Model> {
    rig.start_owner("one");
    let ids = record_many(&rig.owner, 10, 2).await;
    let rows: Vec<order::Model> =
        ids.into_iter().map(|id| order::Model { id, branch_id: None }).collect();
    rig.owner.write(async |tx| tx.insert(&rows).await).await.expect("rows");
    rig.numbered(20).await;
    Feed::new(rig.owner.clone())
}

/// Retention drops everything that there is now.
async fn drop_everything(store: &Store) {
    let heads = changes::heads(store).await.expect("heads").numbered;
    let dropped: Vec<dropped_head::Model> = heads
        .into_iter()
        .map(|(partition, position)| dropped_head::Model {
            partition: partition.into(),
            position,
            chain: Vec::new(),
            recorded_before: 0,
            dropped_at: 0,
        })
        .collect();
    store.write(async |tx| tx.put(&dropped).await).await.expect("dropped");
}

async fn end(store: &Store) -> String {
    let mut end: Positions = changes::beginning();
    end.extend(changes::heads(store).await.expect("heads").numbered);
    cursor::encode(&end)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_from_a_cursor_tells_what_came_after_it() {
    on_every_shape(async |mut rig| {
        let feed = ten_orders(&mut rig).await;
        let resource = resource();
        let list = everything(&rig.owner, &resource);
        let beginning = cursor::encode(&changes::beginning());
        let told = feed.watch(&Scope::All, &list, &beginning).await.expect("a watch");
        let told: Vec<Told<order::Model>> = told.take(10).try_collect().await.expect("ten orders");
        for told in &told {
            let What::Change { types, .. } = &told.what else { panic!("{told:?}") };
            assert_eq!(types.len(), 2, "both events of an order are told as one");
        }
        assert_eq!(told[9].cursor, end(&rig.owner).await);
        let own = Scope::Branches(Default::default());
        let mut none = pin!(feed.watch(&own, &list, "").await.expect("a watch"));
        let first = none.next().await.expect("a message").expect("no error");
        assert_eq!(first.what, What::SnapshotEnd { count: 0, truncated: false });
        rig.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_older_than_the_kept_log_is_refused() {
    on_every_shape(async |mut rig| {
        let feed = ten_orders(&mut rig).await;
        let resource = resource();
        let list = everything(&rig.owner, &resource);
        let beginning = cursor::encode(&changes::beginning());
        let begun = feed.watch(&Scope::All, &list, &beginning).await.expect("all is kept");
        drop_everything(&rig.owner).await;
        let refused = feed.watch(&Scope::All, &list, &beginning).await.err().expect("refused");
        assert_eq!(refused.reason(), "CURSOR_DROPPED");
        // One that had begun before is told so too, and not of what is left.
        let cut = pin!(begun).next().await.expect("an answer").expect_err("a gap");
        assert_eq!(cut.reason(), "CURSOR_DROPPED");
        let end = end(&rig.owner).await;
        assert!(feed.watch(&Scope::All, &list, &end).await.is_ok());
        let none = feed.watch(&Scope::All, &list, "nothing").await.err().expect("refused");
        assert_eq!(none.reason(), "CURSOR_INVALID");
        rig.close().await;
    })
    .await;
}
