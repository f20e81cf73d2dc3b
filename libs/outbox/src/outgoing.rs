//! Commands for other services: rows written with the decision, called until there is a final answer.
//!
//! The call carries the request id that the deciding event fixed, so that a repeat has no second
//! effect; the target keeps the origin for good. A final answer is success or a refusal that no retry
//! can change; everything else is tried again, more and more rarely.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use kefu_store::tables::outgoing;
use kefu_store::{Store, Topic};
use kefu_telemetry::{KeyValue, metrics};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio_util::sync::CancellationToken;

use crate::OutboxError;
use crate::lease::Leases;

pub use kefu_store::tables::outgoing::Model as Outgoing;

/// What a call came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Done: the reply's protobuf bytes.
    Done(Vec<u8>),
    /// Refused for good: the gRPC code and the encoded status.
    Refused(i32, Vec<u8>),
    /// No final answer; the gRPC code.
    Again(i32),
}

/// Makes the calls; the runtime implements it over the endpoints.
#[async_trait::async_trait]
pub trait Caller: Send + Sync + 'static {
    /// Calls `command.rpc` of `command.target` once.
    async fn call(&self, command: &Outgoing) -> Answer;
}

const WAITING: i16 = 0;
const ANSWERED: i16 = 1;
const REFUSED: i16 = 2;
/// Commands taken at once, and called at a time.
const BATCH: u64 = 200;
const AT_A_TIME: usize = 16;
/// The first pause before a command is called again; doubles up to the longest.
const PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Calls the outgoing commands of one service.
pub struct Outbound {
    store: Store,
    caller: Arc<dyn Caller>,
    holder: String,
}

impl Outbound {
    /// The outgoing commands of `store`, called by `caller` in the name of `holder`.
    pub fn new(store: Store, caller: Arc<dyn Caller>, holder: &str) -> Self {
        Self { store, caller, holder: holder.to_owned() }
    }

    /// Runs until `cancel`.
    pub async fn run(self, cancel: CancellationToken) -> Result<(), OutboxError> {
        // One process calls at a time: a second would only repeat the same requests.
        let leases =
            Leases::new(self.store.clone(), "outgoing", &self.holder, Duration::from_secs(9));
        leases.prepare(&[0]).await?;
        let mut decided = self.store.committed(Topic::Outgoing);
        while !cancel.is_cancelled() {
            let turn = async {
                while !leases.hold(&[0]).await?.is_empty() && self.turn().await? > 0 {}
                Ok::<_, OutboxError>(())
            };
            if let Err(error) = turn.await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(service = self.store.service(), error, "outgoing commands wait");
            }
            tokio::select! { () = decided.wait() => {}, () = cancel.cancelled() => {} }
        }
        Ok(leases.release().await?)
    }

    /// Calls what is due now, at most one batch; returns how many were called.
    pub async fn turn(&self) -> Result<usize, OutboxError> {
        let now = self.store.ambient().machine_now().as_millis();
        let due = outgoing::Entity::find()
            .filter(outgoing::Column::State.eq(WAITING))
            .filter(outgoing::Column::NextAt.lte(now))
            .order_by_asc(outgoing::Column::NextAt)
            .limit(BATCH)
            .all(self.store.reader())
            .await?;
        let called: Vec<Outgoing> = futures::stream::iter(due)
            .map(|command| self.call(command))
            .buffer_unordered(AT_A_TIME)
            .collect()
            .await;
        if !called.is_empty() {
            self.store.write(async |tx| tx.put(&called).await).await?;
        }
        Ok(called.len())
    }

    async fn call(&self, mut command: Outgoing) -> Outgoing {
        let answer = self.caller.call(&command).await;
        command.attempts += 1;
        let outcome = match answer {
            Answer::Done(reply) => {
                command.state = ANSWERED;
                command.code = 0;
                command.answer = Some(reply);
                "done"
            }
            Answer::Refused(code, status) => {
                command.state = REFUSED;
                command.code = code;
                command.answer = Some(status);
                "refused"
            }
            Answer::Again(code) => {
                command.code = code;
                let pause = PAUSE * (1 << command.attempts.clamp(1, 12)).min(1 << 12);
                let now = self.store.ambient().machine_now();
                command.next_at = now.plus(pause.min(LONGEST_PAUSE)).as_millis();
                "retried"
            }
        };
        if command.state != WAITING {
            command.finished_at = Some(self.store.ambient().now().as_millis());
        }
        let attributes =
            [KeyValue::new("target", command.target.clone()), KeyValue::new("outcome", outcome)];
        metrics::OUTBOX_OUTGOING.add(1, &attributes);
        command
    }
}
