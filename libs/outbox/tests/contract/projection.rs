//! A projection that notes every event it folds, so that a test sees each effect and its order.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use kefu_kernel::Recorded;
use kefu_kernel::id::Uuid;
use kefu_outbox::{FoldError, Projection, live_generation};
use kefu_store::migrate::columns::*;
use kefu_store::{Migration, Store, StoreError, WriteTx};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

pub mod folded {
    //! The projection's rows.
    use sea_orm::entity::prelude::*;

    /// How often and how far an aggregate was folded.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "folded")]
    pub struct Model {
        /// The generation.
        #[sea_orm(primary_key, auto_increment = false)]
        pub generation: i32,
        /// The aggregate.
        #[sea_orm(primary_key, auto_increment = false)]
        pub aggregate_id: Uuid,
        /// How many effects it had.
        pub effects: i64,
        /// The last version folded.
        pub version: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "test_001_folded",
    up: |schema| {
        schema.create_table(
            Table::create()
                .table("folded")
                .col(integer("generation"))
                .col(uuid("aggregate_id"))
                .col(big_integer("effects"))
                .col(big_integer("version"))
                .primary_key(Index::create().col("generation").col("aggregate_id")),
        );
    },
}];

/// Folds counts and versions; refuses, or panics at, what it is told to.
#[derive(Default)]
pub struct Counting {
    pub poisoned: Mutex<Option<(Uuid, i64)>>,
    pub panics: AtomicBool,
}

#[async_trait::async_trait]
impl Projection for Counting {
    fn name(&self) -> &'static str {
        "counting"
    }

    fn source(&self) -> &'static str {
        "orders"
    }

    async fn fold(
        &self,
        tx: &WriteTx,
        generation: i32,
        events: &[Recorded],
    ) -> Result<(), FoldError> {
        let poisoned = *self.poisoned.lock().expect("no test panics holding it");
        let mut rows: BTreeMap<Uuid, folded::Model> = folded::Entity::find()
            .filter(folded::Column::Generation.eq(generation))
            .filter(folded::Column::AggregateId.is_in(events.iter().map(|e| e.aggregate_id)))
            .all(tx)
            .await?
            .into_iter()
            .map(|row| (row.aggregate_id, row))
            .collect();
        for event in events {
            if Some((event.aggregate_id, event.version)) == poisoned {
                assert!(!self.panics.load(Ordering::Relaxed), "told to panic");
                return Err(FoldError::Poison("told to refuse".to_owned()));
            }
            let row = rows.entry(event.aggregate_id).or_insert(folded::Model {
                generation,
                aggregate_id: event.aggregate_id,
                effects: 0,
                version: 0,
            });
            if row.version + 1 != event.version {
                let text = format!("version {} after {}", event.version, row.version);
                return Err(FoldError::Poison(text));
            }
            row.effects += 1;
            row.version = event.version;
        }
        let rows: Vec<_> = rows.into_values().collect();
        Ok(tx.put(&rows).await?)
    }

    async fn drop_rows(&self, tx: &WriteTx, generation: i32) -> Result<bool, StoreError> {
        let gone = folded::Entity::delete_many().filter(folded::Column::Generation.eq(generation));
        gone.exec(tx).await?;
        Ok(false)
    }
}

/// The live rows: each aggregate with its effects and last version.
pub async fn live_rows(store: &Store) -> Vec<(Uuid, i64, i64)> {
    let live = live_generation(store, "counting").await.expect("the generation is readable");
    folded::Entity::find()
        .filter(folded::Column::Generation.eq(live))
        .order_by_asc(folded::Column::AggregateId)
        .all(store.reader())
        .await
        .expect("the rows are readable")
        .into_iter()
        .map(|row| (row.aggregate_id, row.effects, row.version))
        .collect()
}

/// What the live rows must be when every aggregate was folded to `versions`.
pub fn complete(mut aggregates: Vec<Uuid>, versions: i64) -> Vec<(Uuid, i64, i64)> {
    aggregates.sort();
    aggregates.into_iter().map(|id| (id, versions, versions)).collect()
}
