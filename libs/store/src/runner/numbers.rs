//! Numbers that people read out: unique, ascending within a block, gaps allowed.
//!
//! A process leases a block per kind in a transaction of its own and hands its numbers out in
//! memory, so that no two commands ever wait for each other's number. What is left of a block when
//! the process ends is never used.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};

use super::command::Job;
use crate::{Store, StoreError, WriteTx};

/// The blocks that this process holds.
pub(crate) struct Numbers {
    block: u32,
    held: HashMap<&'static str, VecDeque<Range<i64>>>,
}

impl Numbers {
    pub fn new(block: u32) -> Self {
        Self { block: Ord::max(block, 1), held: HashMap::new() }
    }

    /// Gives each of `jobs` the numbers that it needs and has not got.
    pub async fn allot<'a>(
        &mut self,
        store: &Store,
        jobs: impl Iterator<Item = &'a mut Job>,
    ) -> Result<(), StoreError> {
        for job in jobs.filter(|job| job.numbers.is_empty()) {
            for (kind, how_many) in &job.needs.numbers {
                let numbers = self.take(store, kind, *how_many).await?;
                job.numbers.entry(kind).or_default().extend(numbers);
            }
        }
        Ok(())
    }

    async fn take(
        &mut self,
        store: &Store,
        kind: &'static str,
        how_many: u32,
    ) -> Result<Vec<i64>, StoreError> {
        let held = self.held.entry(kind).or_default();
        let left: i64 = held.iter().map(|block| block.end - block.start).sum();
        let missing = i64::from(how_many) - left;
        if missing > 0 {
            held.push_back(lease(store, kind, Ord::max(missing, i64::from(self.block))).await?);
        }
        let mut numbers = Vec::new();
        while numbers.len() < how_many as usize {
            let Some(block) = held.front_mut() else { break };
            match block.next() {
                Some(number) => numbers.push(number),
                None => drop(held.pop_front()),
            }
        }
        Ok(numbers)
    }
}

/// Takes the next `size` numbers of `kind` out of the database; the first ever is 1.
async fn lease(store: &Store, kind: &str, size: i64) -> Result<Range<i64>, StoreError> {
    let mut statement = Query::insert();
    statement
        .into_table("number_block")
        .columns(["kind", "next"])
        .values_panic([kind.into(), (1 + size).into()])
        .on_conflict(
            OnConflict::column("kind")
                .value("next", Expr::col(("number_block", "next")).add(size))
                .to_owned(),
        )
        .returning_col("next");
    store
        .write(async |tx: &WriteTx| {
            let row = tx.query_one(&statement).await?;
            let row = row.ok_or_else(|| StoreError::Defect("a block was not returned".into()))?;
            let next: i64 = row.try_get("", "next")?;
            Ok(next - size..next)
        })
        .await
}
