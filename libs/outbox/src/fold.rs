//! Folding events into a projection: effect and checkpoint in one transaction, so each event takes
//! effect once however often it comes.
//!
//! Many events are folded in one transaction. Where one of them cannot be folded, they are folded one
//! by one; the bad one becomes a dead letter after its last attempt, and later events of its aggregate
//! are parked behind it. Everything else goes on.

use std::collections::{BTreeSet, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use kefu_kernel::Recorded;
use kefu_store::{Store, StoreError, Topic, WriteTx};
use kefu_telemetry::trace::{Operation, batch_span, event_span};
use kefu_telemetry::{KeyValue, metrics};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use tracing::Instrument;
use uuid::Uuid;

use crate::changes::Positions;
use crate::lease::Held;
use crate::sql::Sql;
use crate::tables::{checkpoint, dead_letter, generation, parked};
use crate::{OutboxError, wire};

/// Why an event could not be folded.
#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    /// The database; tried again where that can help.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The event itself: it will not fold however often it is tried. No personal data in the text.
    #[error("{0}")]
    Poison(String),
}

impl From<sea_orm::DbErr> for FoldError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Store(error.into())
    }
}

/// A read model that is folded from events.
#[async_trait::async_trait]
pub trait Projection: Send + Sync + 'static {
    /// Its name, `live_board`; stable, for it names checkpoints and leases.
    fn name(&self) -> &'static str;

    /// The service whose events it folds.
    fn source(&self) -> &'static str;

    /// Folds events, in order within each partition, into the rows of `generation`, in the
    /// transaction that moves the checkpoint. Events that do not concern it are passed over.
    async fn fold(
        &self,
        tx: &WriteTx,
        generation: i32,
        events: &[Recorded],
    ) -> Result<(), FoldError>;

    /// Deletes a bounded number of rows of `generation`; true while there may be more.
    async fn drop_rows(&self, tx: &WriteTx, generation: i32) -> Result<bool, StoreError>;
}

/// How often an event is tried before it becomes a dead letter.
const ATTEMPTS: i32 = 3;
/// The pause before the second attempt; it doubles.
const PAUSE: Duration = Duration::from_millis(50);

/// One generation of one projection, as the lease holder folds it.
pub struct Folder {
    pub(crate) store: Store,
    pub(crate) projection: Arc<dyn Projection>,
    pub(crate) generation: i32,
    pub(crate) checkpoints: Positions,
    held: Held,
    blocked: HashSet<Uuid>,
    /// Whether the generation is the one that is read; a swap then stops this folder.
    live: bool,
}

impl Folder {
    /// A folder of `generation`; [`Folder::take`] gives it partitions.
    pub fn new(store: Store, projection: Arc<dyn Projection>, generation: i32, live: bool) -> Self {
        Self {
            store,
            projection,
            generation,
            live,
            checkpoints: Positions::new(),
            held: Held::new(),
            blocked: HashSet::new(),
        }
    }

    /// The consumer's name: projection and generation.
    pub fn consumer(&self) -> String {
        consumer_name(self.projection.name(), self.generation)
    }

    /// Works on `held` from here on: makes missing checkpoints and reads all of them.
    pub async fn take(&mut self, held: Held) -> Result<(), OutboxError> {
        let consumer = self.consumer();
        let source = self.projection.source();
        let rows: Vec<checkpoint::Model> = held
            .keys()
            .map(|partition| checkpoint::Model {
                consumer: consumer.clone(),
                source: source.to_owned(),
                partition: i16::from(*partition),
                position: 0,
                folded_at: 0,
                fencing: 0,
            })
            .collect();
        self.store.write(async |tx| tx.insert_new(&rows).await.map(drop)).await?;
        crate::dead_letter::forget_orphans(&self.store).await?;
        let found = checkpoint::Entity::find()
            .filter(checkpoint::Column::Consumer.eq(&consumer))
            .filter(checkpoint::Column::Source.eq(source))
            .all(self.store.reader())
            .await?;
        self.checkpoints = found
            .into_iter()
            .filter_map(|row| Some((u8::try_from(row.partition).ok()?, row.position)))
            .filter(|(partition, _)| held.contains_key(partition))
            .collect();
        let letters = dead_letter::Entity::find()
            .filter(dead_letter::Column::Consumer.eq(&consumer))
            .all(self.store.reader())
            .await?;
        self.blocked = letters.into_iter().map(|letter| letter.aggregate_id).collect();
        self.held = held;
        Ok(())
    }

    /// Folds what comes next: for each partition held, events that follow its checkpoint without a
    /// gap. Others are passed over.
    pub async fn fold(&mut self, events: &[Recorded]) -> Result<(), OutboxError> {
        let mut next = self.checkpoints.clone();
        let mut follow = Vec::with_capacity(events.len());
        for event in events {
            if let Some(position) = next.get_mut(&event.partition)
                && event.position == *position + 1
            {
                *position += 1;
                follow.push(event.clone());
            }
        }
        if follow.is_empty() {
            return Ok(());
        }
        let carried = follow.iter().map(|event| event.traceparent.as_str());
        let source = self.projection.source();
        let span = batch_span(Operation::Process, source, self.projection.name(), carried);
        self.fold_all(&follow).instrument(span).await
    }

    async fn fold_all(&mut self, events: &[Recorded]) -> Result<(), OutboxError> {
        match self.attempt(events, None).await {
            Ok(()) => return Ok(()),
            Err(Attempt::Stop(error)) => return Err(error),
            Err(Attempt::Poison(_)) => {}
        }
        for event in events {
            self.fold_one(event).await?;
        }
        Ok(())
    }

    async fn fold_one(&mut self, event: &Recorded) -> Result<(), OutboxError> {
        let mut pause = PAUSE;
        for attempt in 1..=ATTEMPTS {
            let reason = match self.attempt(std::slice::from_ref(event), None).await {
                Ok(()) => return Ok(()),
                Err(Attempt::Stop(error)) => return Err(error),
                Err(Attempt::Poison(reason)) => reason,
            };
            if attempt < ATTEMPTS {
                tokio::time::sleep(pause).await;
                pause *= 2;
                continue;
            }
            match self.attempt(std::slice::from_ref(event), Some(&reason)).await {
                Ok(()) => {}
                Err(Attempt::Stop(error)) => return Err(error),
                Err(Attempt::Poison(reason)) => return Err(OutboxError::Broken(reason)),
            }
            self.blocked.insert(event.aggregate_id);
            metrics::CONSUMER_DEAD_LETTERS.add(1, &self.attributes());
            tracing::error!(
                consumer = self.consumer(),
                event = event.name(),
                partition = event.partition,
                position = event.position,
                reason,
                "an event was set aside as a dead letter"
            );
        }
        Ok(())
    }

    /// One transaction: fold what is not blocked, park what is, move the checkpoints. With
    /// `set_aside` nothing is folded: the one event becomes a dead letter.
    async fn attempt(
        &mut self,
        events: &[Recorded],
        set_aside: Option<&str>,
    ) -> Result<(), Attempt> {
        let (parked, fold): (Vec<&Recorded>, Vec<&Recorded>) =
            events.iter().partition(|event| self.blocked.contains(&event.aggregate_id));
        let fold: Vec<Recorded> = fold.into_iter().cloned().collect();
        let parked: Vec<parked::Model> =
            parked.into_iter().map(|event| self.parked(event)).collect();
        let letter: Vec<dead_letter::Model> = match (set_aside, fold.first()) {
            (Some(reason), Some(event)) => vec![self.letter(event, reason)],
            _ => Vec::new(),
        };
        let last: Positions =
            events.iter().map(|event| (event.partition, event.position)).collect();
        let done = self
            .store
            .write(async |tx| {
                self.check_generation(tx).await?;
                if set_aside.is_none() && !fold.is_empty() {
                    self.fold_in(tx, &fold).await?;
                }
                tx.insert(&parked).await.map_err(stop)?;
                tx.insert(&letter).await.map_err(stop)?;
                self.move_checkpoints(tx, &last).await
            })
            .await;
        done?;
        self.checkpoints.extend(last);
        self.tell(&fold, set_aside.is_some());
        Ok(())
    }

    /// The projection's own work, with a panic in it taken for a poisoned event.
    pub(crate) async fn fold_in(&self, tx: &WriteTx, events: &[Recorded]) -> Result<(), Attempt> {
        let work = AssertUnwindSafe(self.projection.fold(tx, self.generation, events));
        match work.catch_unwind().await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(FoldError::Store(error))) => Err(stop(error)),
            Ok(Err(FoldError::Poison(reason))) => Err(Attempt::Poison(reason)),
            Err(_) => Err(Attempt::Poison("the projection panicked".to_owned())),
        }
    }

    /// A generation that is no longer the live one is not folded further.
    pub(crate) async fn check_generation(&self, tx: &WriteTx) -> Result<(), Attempt> {
        if !self.live {
            return Ok(());
        }
        let row = generation::Entity::find_by_id(self.projection.name().to_owned()).one(tx).await;
        match row.map_err(|error| stop(error.into()))? {
            Some(row) if row.live != self.generation => Err(Attempt::Stop(OutboxError::Fenced)),
            _ => Ok(()),
        }
    }

    /// Begins after what the owner no longer keeps, and tells how many events those are. A projection
    /// whose checkpoint is older than that is new, or was restored: retention waits for all others.
    pub async fn skip(&mut self, dropped: &Positions) -> Result<u64, OutboxError> {
        let ahead = |(own, gone): (&u8, &i64)| {
            let at = self.checkpoints.get(own)?;
            (at < gone).then_some((*own, *gone))
        };
        let moved: Positions = dropped.iter().filter_map(ahead).collect();
        if moved.is_empty() {
            return Ok(0);
        }
        let skipped: i64 = moved.iter().map(|(own, gone)| gone - self.checkpoints[own]).sum();
        let done = self.store.write(async |tx| self.move_checkpoints(tx, &moved).await).await;
        done.map_err(|attempt| match attempt {
            Attempt::Stop(error) => error,
            Attempt::Poison(reason) => OutboxError::Broken(reason),
        })?;
        self.checkpoints.extend(moved);
        tracing::warn!(
            consumer = self.consumer(),
            source = self.projection.source(),
            events = skipped,
            "events that are no longer kept are not folded"
        );
        Ok(u64::try_from(skipped).unwrap_or_default())
    }

    async fn move_checkpoints(&self, tx: &WriteTx, last: &Positions) -> Result<(), Attempt> {
        let now = self.store.ambient().machine_now().as_millis();
        let count = last.len() as u64;
        let mut rows = Vec::with_capacity(last.len());
        for (partition, position) in last {
            let before = self.checkpoints.get(partition).copied();
            let fencing = self.held.get(partition).copied();
            let (Some(before), Some(fencing)) = (before, fencing) else {
                return Err(Attempt::Stop(OutboxError::Fenced));
            };
            let partition = i16::from(*partition);
            rows.push(vec![partition.into(), before.into(), (*position).into(), fencing.into()]);
        }
        let backend = tx.get_database_backend();
        let mut sql = Sql::new(
            "UPDATE consumer_checkpoint SET position = n.column3, fencing = n.column4, folded_at = ",
        );
        sql.bind(now).text(" FROM ").rows(rows, &["int2", "int8", "int8", "int8"], backend);
        sql.text(" WHERE consumer = ").bind(self.consumer());
        sql.text(" AND source = ").bind(self.projection.source());
        sql.text(
            " AND consumer_checkpoint.partition = n.column1 \
             AND consumer_checkpoint.position = n.column2 \
             AND consumer_checkpoint.fencing <= n.column4",
        );
        let moved = tx.execute_raw(sql.statement(backend)).await;
        let moved = moved.map_err(|error| stop(error.into()))?.rows_affected();
        if moved != count {
            return Err(Attempt::Stop(OutboxError::Fenced));
        }
        tx.wakes(Topic::Folds);
        Ok(())
    }

    fn parked(&self, event: &Recorded) -> parked::Model {
        parked::Model {
            consumer: self.consumer(),
            source: self.projection.source().to_owned(),
            partition: i16::from(event.partition),
            position: event.position,
            aggregate_id: event.aggregate_id,
            event: wire::encode(event),
        }
    }

    fn letter(&self, event: &Recorded, reason: &str) -> dead_letter::Model {
        dead_letter::Model {
            id: self.store.ambient().new_uuid(),
            consumer: self.consumer(),
            source: self.projection.source().to_owned(),
            partition: i16::from(event.partition),
            position: event.position,
            aggregate_id: event.aggregate_id,
            event: wire::encode(event),
            attempts: ATTEMPTS,
            error: reason.chars().take(500).collect(),
            failed_at: self.store.ambient().machine_now().as_millis(),
        }
    }

    fn attributes(&self) -> [KeyValue; 1] {
        [KeyValue::new("consumer", self.projection.name())]
    }

    fn tell(&self, folded: &[Recorded], set_aside: bool) {
        if set_aside {
            return;
        }
        let now = self.store.ambient().now();
        metrics::CONSUMER_FOLDED.add(folded.len() as u64, &self.attributes());
        for event in folded {
            let delay = now.since(event.recorded_at).as_secs_f64();
            metrics::CONSUMER_DELAY.record(delay, &self.attributes());
            let id = event.event_id.to_string();
            drop(event_span(self.projection.name(), event.name(), &id, &event.traceparent));
        }
    }

    pub(crate) fn unblock(&mut self, aggregate: Uuid) {
        self.blocked.remove(&aggregate);
    }

    pub(crate) fn block(&mut self, aggregate: Uuid) {
        self.blocked.insert(aggregate);
    }

    /// The partitions held.
    pub fn partitions(&self) -> BTreeSet<u8> {
        self.held.keys().copied().collect()
    }
}

/// `live_board@1`.
pub(crate) fn consumer_name(projection: &str, generation: i32) -> String {
    format!("{projection}@{generation}")
}

/// Why a transaction was rolled back.
pub(crate) enum Attempt {
    /// Not the events' fault: the loop tries again from its checkpoints.
    Stop(OutboxError),
    /// One of the events.
    Poison(String),
}

impl From<StoreError> for Attempt {
    fn from(error: StoreError) -> Self {
        stop(error)
    }
}

/// A database error: what may pass stops the loop for a while, a refused row is the event's fault.
fn stop(error: StoreError) -> Attempt {
    match error {
        StoreError::Constraint(_) | StoreError::Unique { .. } | StoreError::Defect(_) => {
            Attempt::Poison(error.to_string())
        }
        error => Attempt::Stop(error.into()),
    }
}
