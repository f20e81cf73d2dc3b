//! Durable timers: claimed in batches when they are due, fired within a second, safe to fire twice.
//!
//! A timer is a row that commands set and cancel in their own transactions. Firing it means running a
//! command of the service, which looks at the aggregate as it is now and decides; a timer that came
//! too early, or twice, finds nothing to do. The row is deleted when its handler succeeded, unless the
//! handler set it anew.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use kefu_kernel::{Fault, Timestamp};
use kefu_store::tables::timer;
use kefu_store::{Store, Topic};
use kefu_telemetry::{KeyValue, metrics};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::OutboxError;
use crate::sql::{self, Sql};

pub use kefu_store::tables::timer::Model as Timer;

/// What a service does when a timer of one kind is due.
#[async_trait::async_trait]
pub trait TimerHandler: Send + Sync + 'static {
    /// Runs the command that the timer stands for. An error leaves the timer to be fired again.
    async fn fire(&self, timer: &Timer) -> Result<(), Box<dyn Fault>>;
}

/// Timers claimed at once.
const BATCH: u64 = 200;
/// How many of them run at a time: each is a command, and the runner takes them together.
const AT_A_TIME: usize = 64;
/// A claim's length; after it another process may fire the timer.
const CLAIM: Duration = Duration::from_secs(30);
/// The longest sleep: a moved clock is noticed within it.
const LONGEST_SLEEP: Duration = Duration::from_millis(250);

/// Fires the timers of one service.
pub struct Timers {
    store: Store,
    handlers: HashMap<&'static str, Arc<dyn TimerHandler>>,
    nudge: Arc<Notify>,
}

impl Timers {
    /// The timers of `store`; each kind has its handler.
    pub fn new(store: Store, handlers: HashMap<&'static str, Arc<dyn TimerHandler>>) -> Self {
        Self { store, handlers, nudge: Arc::default() }
    }

    /// Notified, makes the loop look at once: for a clock that was moved.
    pub fn nudge(&self) -> Arc<Notify> {
        Arc::clone(&self.nudge)
    }

    /// Runs until `cancel`.
    pub async fn run(self, cancel: CancellationToken) -> Result<(), OutboxError> {
        if self.handlers.is_empty() {
            cancel.cancelled().await;
            return Ok(());
        }
        let mut set = self.store.committed(Topic::Timers);
        loop {
            match self.fire_due().await {
                Ok(fired) if fired > 0 => continue,
                Ok(_) => {}
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(service = self.store.service(), error, "timers wait");
                }
            }
            tokio::select! {
                () = tokio::time::sleep(self.until_next().await) => {}
                () = set.wait() => {}
                () = self.nudge.notified() => {}
                () = cancel.cancelled() => return Ok(()),
            }
        }
    }

    /// Fires what is due now, at most one batch; returns how many succeeded.
    pub async fn fire_due(&self) -> Result<usize, OutboxError> {
        let now = self.store.ambient().now();
        if self.first_due().await?.is_none_or(|due| due > now) {
            return Ok(0);
        }
        let claimed = self.claim(now).await?;
        let fired: Vec<bool> = futures::stream::iter(claimed)
            .map(|timer| self.fire(timer, now))
            .buffer_unordered(AT_A_TIME)
            .collect()
            .await;
        Ok(fired.into_iter().filter(|done| *done).count())
    }

    async fn fire(&self, timer: Timer, now: Timestamp) -> bool {
        let attributes = [
            KeyValue::new("service", self.store.service().to_owned()),
            KeyValue::new("kind", timer.kind.clone()),
        ];
        let Some(handler) = self.handlers.get(timer.kind.as_str()) else {
            tracing::error!(kind = timer.kind, "a timer has no handler");
            return false;
        };
        if let Err(fault) = handler.fire(&timer).await {
            tracing::warn!(
                kind = timer.kind,
                attempts = timer.attempts,
                reason = fault.reason(),
                "a timer's command failed and will be run again"
            );
            return false;
        }
        metrics::TIMER_FIRED.add(1, &attributes);
        let late = now.since(Timestamp::from_millis(timer.due_at)).as_secs_f64();
        metrics::TIMER_LATENESS.record(late, &attributes[..1]);
        match self.done(&timer).await {
            Ok(()) => true,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "a fired timer stays and will fire again");
                false
            }
        }
    }

    async fn first_due(&self) -> Result<Option<Timestamp>, OutboxError> {
        let backend = self.store.backend();
        let now = sql::database_now(backend);
        let mut sql = Sql::new("SELECT MIN(due_at) AS due_at FROM timer WHERE claimed_until < ");
        sql.text(now);
        let row = self.store.reader().query_one_raw(sql.statement(backend)).await?;
        let due: Option<i64> = row.map(|row| row.try_get("", "due_at")).transpose()?.flatten();
        Ok(due.map(Timestamp::from_millis))
    }

    async fn until_next(&self) -> Duration {
        match self.first_due().await {
            Ok(Some(due)) => due.since(self.store.ambient().now()).min(LONGEST_SLEEP),
            _ => LONGEST_SLEEP,
        }
        .max(Duration::from_millis(1))
    }

    async fn claim(&self, now: Timestamp) -> Result<Vec<Timer>, OutboxError> {
        let due: Vec<Timer> = timer::Entity::find()
            .filter(timer::Column::DueAt.lte(now.as_millis()))
            .limit(BATCH)
            .all(self.store.reader())
            .await?;
        if due.is_empty() {
            return Ok(due);
        }
        let backend = self.store.backend();
        let database_now = sql::database_now(backend);
        let mut sql = Sql::new("UPDATE timer SET attempts = attempts + 1, claimed_until = ");
        sql.text(database_now).text(" + ").bind(i64::try_from(CLAIM.as_millis()).unwrap_or(30_000));
        sql.text(" FROM ");
        let rows = due
            .into_iter()
            .map(|row| vec![row.kind.into(), row.aggregate_id.into(), row.name.into()])
            .collect();
        sql.rows(rows, &["text", "uuid", "text"], backend);
        sql.text(
            " WHERE timer.kind = n.column1 AND timer.aggregate_id = n.column2 \
             AND timer.name = n.column3 AND timer.claimed_until < ",
        );
        sql.text(database_now).text(" AND timer.due_at <= ").bind(now.as_millis());
        sql.text(
            " RETURNING timer.kind, timer.aggregate_id, timer.name, timer.due_at, \
             timer.claimed_until, timer.attempts",
        );
        let statement = sql.statement(backend);
        self.store
            .write(async |tx| {
                let rows = tx.query_all_raw(statement).await?;
                rows.iter()
                    .map(|row| Timer::from_query_result(row, "").map_err(OutboxError::from))
                    .collect()
            })
            .await
    }

    /// Deletes a timer that was fired and not set anew.
    async fn done(&self, timer: &Timer) -> Result<(), OutboxError> {
        let gone = timer::Entity::delete_many()
            .filter(timer::Column::Kind.eq(&timer.kind))
            .filter(timer::Column::AggregateId.eq(timer.aggregate_id))
            .filter(timer::Column::Name.eq(&timer.name))
            .filter(timer::Column::DueAt.eq(timer.due_at));
        self.store.write(async |tx| gone.exec(tx).await.map(drop).map_err(OutboxError::from)).await
    }
}
