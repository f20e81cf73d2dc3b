//! Retention: whole months of the log go when they are older than the policy and everybody has folded
//! them.
//!
//! A pass has two halves. The first decides, in one transaction: the head of what goes is remembered,
//! signed, and the log begins after it from then on. The second takes away what lies before, in small
//! steps; a pass that was interrupted is finished by the next. Positions are in the order of recording
//! but for late committers, so a month ends in each partition before the first event that is younger.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kefu_kernel::{PARTITIONS, Timestamp};
use kefu_store::tables::{
    audit_head, dropped_head, event, event_pending, event_personal, event_position,
};
use kefu_store::{Month, Store};
use kefu_telemetry::metrics;
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio_util::sync::CancellationToken;

use crate::audit::{HeadSigner, signed};
use crate::changes::{self, Positions};
use crate::lease::Leases;
use crate::source::RemoteLog;
use crate::tables::checkpoint;
use crate::{OutboxError, attributes};

/// How often the log is looked after.
const EVERY: Duration = Duration::from_secs(3_600);
/// The lease of the one process that drops.
const LEASE: Duration = Duration::from_secs(60);
/// Rows walked, and taken away, at a time.
const STEP: u64 = 1_000;
/// How much later than it was recorded an event may have been numbered: months are kept apart by it.
const LATEST: Duration = Duration::from_secs(86_400);

/// Looks after the months of one service's log.
pub struct Retention {
    store: Store,
    /// The logs of the other services, whose consumers may fold this one.
    others: Vec<RemoteLog>,
    signer: Arc<dyn HeadSigner>,
    /// Months that are kept beside the present one; none: all.
    months: Option<u32>,
}

/// Where one month ends in one partition.
struct Cut {
    position: i64,
    chain: Vec<u8>,
}

impl Retention {
    /// Keeps `months` beside the present one; none: for ever. What consumers of the services behind
    /// `others` have not folded is kept in any case.
    pub fn new(
        store: Store,
        others: Vec<RemoteLog>,
        signer: Arc<dyn HeadSigner>,
        months: Option<u32>,
    ) -> Self {
        Self { store, others, signer, months }
    }

    /// Looks now and every hour, until `cancel`. One process at a time does it, in the name of `holder`.
    pub async fn run(self, holder: &str, cancel: CancellationToken) -> Result<(), OutboxError> {
        let leases = Leases::new(self.store.clone(), "retention", holder, LEASE);
        leases.prepare(&[0]).await?;
        let mut hour = tokio::time::interval(EVERY);
        while cancel.run_until_cancelled(hour.tick()).await.is_some() {
            if leases.hold(&[0]).await?.is_empty() {
                continue;
            }
            let Some(done) = cancel.run_until_cancelled(self.pass()).await else { break };
            if let Err(error) = done {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(service = self.store.service(), error, "months of the log wait");
            }
        }
        Ok(leases.release().await?)
    }

    /// Makes months ahead, and drops those that can go; returns how many were dropped.
    pub async fn pass(&self) -> Result<u32, OutboxError> {
        let now = self.store.ambient().now();
        let unplaced = self.store.prepare_months(now).await?;
        metrics::OUTBOX_UNPLACED.set(unplaced as f64, &attributes(self.store.service()));
        if unplaced > 0 {
            tracing::error!(service = self.store.service(), unplaced, "events without a month");
        }
        let Some(months) = self.months else { return Ok(0) };
        let months = i32::try_from(months).unwrap_or(i32::MAX);
        let kept_from = Month::of(now.minus(LATEST))?.later(months.saturating_neg())?.start()?;
        let mut dropped = 0;
        while let Some(month) =
            self.oldest().await?.filter(|month| month.end().is_ok_and(|end| end <= kept_from))
        {
            if !self.drop_month(month).await? {
                break;
            }
            dropped += 1;
        }
        self.sweep().await?;
        Ok(dropped)
    }

    /// The month of the oldest event that is kept.
    async fn oldest(&self) -> Result<Option<Month>, OutboxError> {
        let dropped = changes::dropped(&self.store).await?;
        let mut oldest: Option<i64> = None;
        for partition in 0..PARTITIONS {
            let after = dropped.get(&partition).copied().unwrap_or(0);
            let first = self.walk(partition, after, 1).await?.pop().map(|place| place.recorded_at);
            oldest = oldest.into_iter().chain(first).min();
        }
        Ok(oldest.map(|at| Month::of(Timestamp::from_millis(at))).transpose()?)
    }

    /// Drops a month where nobody needs it any more; false where somebody does.
    async fn drop_month(&self, month: Month) -> Result<bool, OutboxError> {
        let end = month.end()?;
        if self.waits_for_a_position(end).await? {
            return Ok(false);
        }
        let folded = self.folded().await?;
        let mut cuts = BTreeMap::new();
        let mut late = false;
        for partition in 0..PARTITIONS {
            let (cut, stragglers) = self.cut(partition, end).await?;
            late |= stragglers;
            let Some(cut) = cut else { continue };
            if folded.get(&partition).is_some_and(|place| *place < cut.position) {
                tracing::info!(
                    service = self.store.service(),
                    partition,
                    position = cut.position,
                    "a month of the log is kept: not everybody has folded it"
                );
                return Ok(false);
            }
            cuts.insert(partition, cut);
        }
        // Where an event of the month stands behind the cut, its partition goes with the next month's.
        let recorded_before = if late { month.start()? } else { end };
        self.remember(cuts, recorded_before).await?;
        tracing::info!(service = self.store.service(), ?month, "a month of the log is dropped");
        Ok(true)
    }

    async fn waits_for_a_position(&self, before: Timestamp) -> Result<bool, OutboxError> {
        let waiting = event_pending::Entity::find()
            .filter(event_pending::Column::RecordedAt.lt(before.as_millis()));
        Ok(waiting.one(self.store.reader()).await?.is_some())
    }

    /// The lowest position in each partition that a consumer has folded, or the bus acknowledged.
    async fn folded(&self) -> Result<Positions, OutboxError> {
        let mut lowest = changes::heads(&self.store).await?.published;
        let own = checkpoint::Entity::find()
            .filter(checkpoint::Column::Source.eq(self.store.service()))
            .all(self.store.reader())
            .await?;
        let mut places: Vec<(u8, i64)> = own
            .into_iter()
            .filter_map(|row| Some((u8::try_from(row.partition).ok()?, row.position)))
            .collect();
        for other in &self.others {
            places.extend(other.folded_of(self.store.service()).await?);
        }
        for (partition, position) in places {
            lowest.entry(partition).and_modify(|lowest| *lowest = position.min(*lowest));
        }
        Ok(lowest)
    }

    /// The last event of a partition before the first that was recorded at `end` or later, and whether
    /// an older one stands behind it.
    async fn cut(&self, partition: u8, end: Timestamp) -> Result<(Option<Cut>, bool), OutboxError> {
        let dropped = changes::dropped(&self.store).await?;
        let mut after = dropped.get(&partition).copied().unwrap_or(0);
        let (mut cut, mut younger) = (None, false);
        loop {
            let places = self.walk(partition, after, STEP).await?;
            let Some(last) = places.last() else { return Ok((cut, false)) };
            after = last.position;
            for place in places {
                younger |= place.recorded_at >= end.as_millis();
                if !younger {
                    cut = Some(Cut { position: place.position, chain: place.chain });
                } else if place.recorded_at < end.as_millis() {
                    return Ok((cut, true));
                } else if place.recorded_at >= end.plus(LATEST).as_millis() {
                    return Ok((cut, false));
                }
            }
        }
    }

    async fn walk(
        &self,
        partition: u8,
        after: i64,
        limit: u64,
    ) -> Result<Vec<event_position::Model>, OutboxError> {
        let places = event_position::Entity::find()
            .filter(event_position::Column::Partition.eq(i16::from(partition)))
            .filter(event_position::Column::Position.gt(after))
            .order_by_asc(event_position::Column::Position)
            .limit(limit);
        Ok(places.all(self.store.reader()).await?)
    }

    /// From here on the log begins after the cuts.
    async fn remember(
        &self,
        cuts: BTreeMap<u8, Cut>,
        recorded_before: Timestamp,
    ) -> Result<(), OutboxError> {
        let (store, signer) = (&self.store, self.signer.as_ref());
        let mut heads = Vec::new();
        let mut dropped = Vec::new();
        for (partition, Cut { position, chain }) in cuts {
            let partition = i16::from(partition);
            heads.push(signed(store, signer, partition, position, chain.clone()));
            dropped.push(dropped_head::Model {
                partition,
                position,
                chain,
                recorded_before: recorded_before.as_millis(),
                dropped_at: store.ambient().machine_now().as_millis(),
            });
        }
        store
            .write(async |tx| {
                // Another process may have been here, and further, while this one was paused.
                let there = dropped_head::Entity::find().all(tx).await?;
                dropped.retain(|own| {
                    let known = there.iter().find(|one| one.partition == own.partition);
                    known.is_none_or(|known| known.position < own.position)
                });
                tx.insert_new(&heads).await?;
                tx.put(&dropped).await?;
                Ok(())
            })
            .await
    }

    /// Takes away what lies before the beginning of the log.
    async fn sweep(&self) -> Result<(), OutboxError> {
        let heads = dropped_head::Entity::find().all(self.store.reader()).await?;
        let Some(before) = heads.iter().map(|head| head.recorded_before).max() else {
            return Ok(());
        };
        self.store.drop_months(Timestamp::from_millis(before)).await?;
        while self.sweep_personal(before).await? > 0 {
            tokio::task::consume_budget().await;
        }
        for head in heads {
            while self.sweep_step(&head).await? > 0 {
                tokio::task::consume_budget().await;
            }
            let signed = audit_head::Entity::delete_many()
                .filter(audit_head::Column::Partition.eq(head.partition))
                .filter(audit_head::Column::Position.lt(head.position));
            self.store
                .write(async |tx| signed.exec(tx).await.map(drop).map_err(OutboxError::from))
                .await?;
        }
        Ok(())
    }

    /// Personal values beside the log go with their events.
    async fn sweep_personal(&self, before: i64) -> Result<u64, OutboxError> {
        let keys: Vec<(uuid::Uuid, String)> = event_personal::Entity::find()
            .select_only()
            .columns([event_personal::Column::EventId, event_personal::Column::Field])
            .filter(event_personal::Column::RecordedAt.lt(before))
            .limit(STEP)
            .into_tuple()
            .all(self.store.reader())
            .await?;
        if keys.is_empty() {
            return Ok(0);
        }
        Ok(self.store.write(async |tx| tx.delete::<event_personal::Entity>(&keys).await).await?)
    }

    /// PostgreSQL's events go with their month's partition; SQLite's one by one.
    async fn sweep_step(&self, head: &dropped_head::Model) -> Result<usize, OutboxError> {
        let places: Vec<(i16, i64, uuid::Uuid)> = event_position::Entity::find()
            .select_only()
            .columns([
                event_position::Column::Partition,
                event_position::Column::Position,
                event_position::Column::EventId,
            ])
            .filter(event_position::Column::Partition.eq(head.partition))
            .filter(event_position::Column::Position.lte(head.position))
            .order_by_asc(event_position::Column::Position)
            .limit(STEP)
            .into_tuple()
            .all(self.store.reader())
            .await?;
        let keys: Vec<(i16, i64)> = places.iter().map(|(own, at, _)| (*own, *at)).collect();
        let events: Vec<uuid::Uuid> = match self.store.backend() {
            DbBackend::Sqlite => places.iter().map(|(_, _, event)| *event).collect(),
            _ => Vec::new(),
        };
        self.store
            .write(async |tx| {
                tx.delete::<event::Entity>(&events).await?;
                tx.delete::<event_position::Entity>(&keys).await?;
                Ok::<_, OutboxError>(())
            })
            .await?;
        Ok(keys.len())
    }
}
