//! Following one projection: its readers are told when something was folded into it, in this process
//! or another, and need not look on their own.
//!
//! The commit of a fold wakes all who follow the store's folds ([`Topic::Folds`]); which projection it
//! was is told by a mark in the database, so that a slow look is enough where a wake-up was lost. What
//! was folded is not told: a reader reads its rows.

use std::time::Duration;

use kefu_store::{Committed, Store, StoreError, Topic, WriteTx};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use tokio::time::{Instant, sleep_until};

use crate::OutboxError;
use crate::consumer::live_generation;
use crate::fold::consumer_name;
use crate::tables::{checkpoint, dead_letter};

/// The least time between two looks at the mark, where a reader asks for no other.
const PACE: Duration = Duration::from_millis(20);

/// One reader's view of a projection.
pub struct Folds {
    store: Store,
    projection: &'static str,
    committed: Committed,
    pace: Duration,
    next_look: Instant,
    seen: Option<Mark>,
}

/// Differs from the one before wherever the live rows may differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    generation: i32,
    positions: i64,
    folded_at: i64,
}

impl Folds {
    /// The folds into `projection`, in `store`'s database.
    pub fn of(store: &Store, projection: &'static str) -> Self {
        Self {
            store: store.clone(),
            projection,
            committed: store.committed(Topic::Folds),
            pace: PACE,
            next_look: Instant::now(),
            seen: None,
        }
    }

    /// Tells the first change at once, and further ones at most once in `pace`.
    pub fn at_most_every(mut self, pace: Duration) -> Self {
        self.pace = pace;
        self
    }

    /// Returns when the live rows may have changed since it returned last; the first call returns at
    /// once. To be called again after an error: it then waits for the next wake-up, or the slow look.
    pub async fn changed(&mut self) -> Result<(), OutboxError> {
        loop {
            self.committed.wait().await;
            sleep_until(self.next_look).await;
            self.next_look = Instant::now() + self.pace;
            let mark = self.look().await?;
            if self.seen.replace(mark) != Some(mark) {
                return Ok(());
            }
        }
    }

    /// What was told could not be read: it is told again with the next look.
    pub fn again(&mut self) {
        self.seen = None;
    }

    async fn look(&self) -> Result<Mark, OutboxError> {
        let generation = live_generation(&self.store, self.projection).await?;
        let sums: Option<(Option<i64>, Option<i64>)> = checkpoint::Entity::find()
            .select_only()
            .column_as(checkpoint::Column::Position.sum().cast_as("bigint"), "positions")
            .column_as(checkpoint::Column::FoldedAt.max(), "folded_at")
            .filter(checkpoint::Column::Consumer.eq(consumer_name(self.projection, generation)))
            .into_tuple()
            .one(self.store.reader())
            .await?;
        let (positions, folded_at) = sums.unwrap_or_default();
        Ok(Mark {
            generation,
            positions: positions.unwrap_or_default(),
            folded_at: folded_at.unwrap_or_default(),
        })
    }
}

/// Marks that a letter's aggregate was folded further, which moves no checkpoint.
pub(crate) async fn mark(
    tx: &WriteTx,
    letter: &dead_letter::Model,
    now: i64,
) -> Result<(), StoreError> {
    let later = Expr::col(checkpoint::Column::FoldedAt).add(1);
    let later = Expr::case(Expr::col(checkpoint::Column::FoldedAt).lt(now), now).finally(later);
    checkpoint::Entity::update_many()
        .col_expr(checkpoint::Column::FoldedAt, later.into())
        .filter(checkpoint::Column::Consumer.eq(&letter.consumer))
        .filter(checkpoint::Column::Source.eq(&letter.source))
        .exec(tx)
        .await?;
    tx.wakes(Topic::Folds);
    Ok(())
}
