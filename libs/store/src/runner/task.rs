//! The runner's work: take what waits, carry it out together, and find a way when that fails.
//!
//! Where others changed what was loaded, the batch is decided again; where the database refuses a
//! batch, its commands are run one by one, so that a bad one fails alone; where a commit's outcome is
//! not known, that is settled for commands with an idempotency key and the others are told so.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kefu_telemetry::{KeyValue, metrics, trace};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;
use uuid::Uuid;

use super::RunnerOptions;
use super::command::{Job, Outcome};
use super::error::RunnerError;
use super::load::load;
use super::numbers::Numbers;
use super::save::{Guard, Trouble, save};
use super::settle::settle;
use crate::error::Cause;
use crate::{Store, StoreError};

/// What carries commands out. The runtime spawns it once.
pub struct RunnerTask {
    store: Store,
    options: RunnerOptions,
    waiting: mpsc::Receiver<Job>,
    numbers: Numbers,
}

/// The pause before a batch is tried again on a database that went away.
const RECONNECT_PAUSE: Duration = Duration::from_millis(50);

impl RunnerTask {
    pub(super) fn new(store: Store, options: RunnerOptions, waiting: mpsc::Receiver<Job>) -> Self {
        Self { store, options, waiting, numbers: Numbers::new(options.number_block) }
    }

    /// Runs until `cancel`; then takes no more, carries out what waits, and returns.
    pub async fn run(mut self, cancel: CancellationToken) {
        loop {
            let first = tokio::select! {
                biased;
                () = cancel.cancelled(), if !self.waiting.is_closed() => {
                    self.waiting.close();
                    continue;
                }
                first = self.waiting.recv() => first,
            };
            let Some(first) = first else { return };
            let jobs = self.take(first);
            if !jobs.is_empty() {
                let traces = jobs.iter().map(|job| job.call.traceparent.as_str());
                let span = tracing::info_span!("store.batch", commands = jobs.len());
                trace::link_to(&span, traces);
                self.carry_out(jobs).instrument(span).await;
            }
        }
    }

    /// The commands that wait, up to the bounds of a batch, without those withdrawn.
    fn take(&mut self, first: Job) -> Vec<Job> {
        let (mut jobs, mut weight, mut next) = (Vec::new(), 0, Some(first));
        while let Some(job) = next {
            if job.claim.take() {
                weight += job.needs.weight();
                jobs.push(job);
            }
            if jobs.len() >= self.options.batch || weight >= self.options.batch_loads {
                break;
            }
            next = self.waiting.try_recv().ok();
        }
        jobs
    }

    async fn carry_out(&mut self, jobs: Vec<Job>) {
        if let Err((jobs, trouble)) = self.together(jobs).await {
            if jobs.len() > 1 && is_of_one(&trouble) {
                self.apart(jobs, self.waits_for_rows(&trouble)).await;
            } else {
                self.fail(jobs, &trouble);
            }
        }
    }

    /// Runs each alone. Where the trouble was a lock that is not released, those that need what one
    /// has waited for in vain are not made to wait again.
    async fn apart(&mut self, jobs: Vec<Job>, mind_locks: bool) {
        let mut blocked: HashSet<Uuid> = HashSet::new();
        for job in jobs {
            let ids: Vec<Uuid> = job.needs.loads.iter().map(|load| load.id).collect();
            if ids.iter().any(|id| blocked.contains(id)) {
                self.answer(job, Outcome::Failed(RunnerError::Contended));
                continue;
            }
            if let Err((jobs, trouble)) = self.together(vec![job]).await {
                if mind_locks && self.waits_for_rows(&trouble) {
                    blocked.extend(ids);
                }
                self.fail(jobs, &trouble);
            }
        }
    }

    /// Carries `jobs` out in one transaction, deciding again where that may help. What is left comes
    /// back with the last trouble.
    async fn together(&mut self, mut jobs: Vec<Job>) -> Result<(), (Vec<Job>, Trouble)> {
        let (mut redone, mut settled) = (0, 0);
        loop {
            let started = Instant::now();
            let trouble = match self.attempt(&mut jobs).await {
                Ok(outcomes) => {
                    metrics::STORE_BATCH_SIZE.record(jobs.len() as f64, &[]);
                    metrics::STORE_BATCH_DURATION.record_since(started, &[]);
                    for (job, outcome) in jobs.into_iter().zip(outcomes) {
                        self.answer(job, outcome);
                    }
                    return Ok(());
                }
                Err(trouble) => trouble,
            };
            if let Trouble::Store(StoreError::OutcomeUnknown(cause)) = &trouble {
                jobs = self.without_unrepeatable(jobs, cause);
                if jobs.is_empty() || settled == self.options.redo {
                    return Err((jobs, trouble));
                }
                settled += 1;
                match self.settle(jobs).await {
                    Ok(left) => jobs = left,
                    Err(jobs) => return Err((jobs, trouble)),
                }
                if jobs.is_empty() {
                    return Ok(());
                }
                continue;
            }
            if jobs.is_empty() || redone == self.options.redo || !helps_to_redo(&trouble) {
                return Err((jobs, trouble));
            }
            redone += 1;
            self.redo(&trouble, redone).await;
        }
    }

    async fn attempt(&mut self, jobs: &mut [Job]) -> Result<Vec<Outcome>, Trouble> {
        let mut batch = load(&self.store, jobs).await?;
        let unanswered = jobs
            .iter_mut()
            .filter(|job| job.request.as_ref().is_none_or(|key| !batch.answered.contains_key(key)));
        self.numbers.allot(&self.store, unanswered).await?;
        let outcomes: Vec<Outcome> = jobs.iter_mut().map(|job| batch.decide(job)).collect();
        if !batch.is_empty() {
            let events = batch.events.len() as u64;
            save(&self.store, batch).await?;
            metrics::STORE_EVENTS.add(events, &self.attributes(&[]));
        }
        Ok(outcomes)
    }

    async fn redo(&self, trouble: &Trouble, redone: u32) {
        let reason = match trouble {
            Trouble::Missed(Guard::Request) => "idempotency",
            Trouble::Missed(Guard::State) => "guard",
            _ => "error",
        };
        metrics::STORE_REDONE.add(1, &[KeyValue::new("reason", reason)]);
        if let Trouble::Store(StoreError::Lost(_)) = trouble {
            tokio::time::sleep(RECONNECT_PAUSE * redone).await;
        }
    }

    /// Where a commit may have happened, a command with an idempotency key can be looked up; for one
    /// without there is only the truth.
    fn without_unrepeatable(&self, jobs: Vec<Job>, cause: &Cause) -> Vec<Job> {
        let (repeatable, rest): (Vec<Job>, Vec<Job>) =
            jobs.into_iter().partition(|job| job.request.is_some());
        for job in rest {
            let cause = Arc::clone(cause);
            let unknown = RunnerError::OutcomeUnknown { repeatable: false, cause };
            self.answer(job, Outcome::Failed(unknown));
        }
        repeatable
    }

    /// Finds out what became of the last commit, answers those that it carried out, and gives back
    /// those that it did not; all of them where the database does not come back in time for that.
    async fn settle(&self, jobs: Vec<Job>) -> Result<Vec<Job>, Vec<Job>> {
        metrics::STORE_REDONE.add(1, &[KeyValue::new("reason", "unknown")]);
        let (began, patience) = (Instant::now(), self.store.acquire_timeout());
        let answered = loop {
            tokio::time::sleep(RECONNECT_PAUSE).await;
            match settle(&self.store, &jobs).await {
                Ok(answered) => break answered,
                Err(error) if error.waited_for_connection() || !error.is_retryable() => {
                    return Err(jobs);
                }
                // A server that comes back cuts connections more than once.
                Err(_) if began.elapsed() < patience => {}
                Err(_) => return Err(jobs),
            }
        };
        let mut left = Vec::new();
        for job in jobs {
            match job.request.as_ref().and_then(|key| answered.get(key)) {
                Some(answered) => {
                    let outcome = answered.outcome(&job);
                    self.answer(job, outcome);
                }
                None => left.push(job),
            }
        }
        Ok(left)
    }

    fn fail(&self, jobs: Vec<Job>, trouble: &Trouble) {
        let error = match trouble {
            Trouble::Missed(_) => RunnerError::Contended,
            Trouble::InProgress => RunnerError::InProgress,
            Trouble::Store(StoreError::Busy(_) | StoreError::LockTimeout(_)) => {
                RunnerError::Contended
            }
            Trouble::Store(StoreError::OutcomeUnknown(cause)) => {
                RunnerError::OutcomeUnknown { repeatable: true, cause: Arc::clone(cause) }
            }
            Trouble::Store(error) => RunnerError::Store(error.clone()),
        };
        for job in jobs {
            self.answer(job, Outcome::Failed(error.clone()));
        }
    }

    fn answer(&self, job: Job, outcome: Outcome) {
        if let Outcome::Failed(error) = &outcome
            && matches!(
                error,
                RunnerError::Store(_) | RunnerError::OutcomeUnknown { .. } | RunnerError::Defect(_)
            )
        {
            let error: &dyn std::error::Error = error;
            let (service, rpc) = (self.store.service(), job.call.rpc.as_str());
            tracing::error!(service, rpc, error, cause = ?error.source(), "a command failed");
        }
        let outcome = job.answer(outcome);
        metrics::STORE_COMMANDS.add(1, &self.attributes(&[KeyValue::new("outcome", outcome)]));
    }

    /// Whether the trouble is a lock on rows that some of the commands need and others do not.
    fn waits_for_rows(&self, trouble: &Trouble) -> bool {
        self.store.backend() == sea_orm::DbBackend::Postgres
            && matches!(trouble, Trouble::InProgress | Trouble::Store(StoreError::LockTimeout(_)))
    }

    fn attributes(&self, more: &[KeyValue]) -> Vec<KeyValue> {
        let service = KeyValue::new("service", self.store.service().to_owned());
        more.iter().cloned().chain([service]).collect()
    }
}

/// Whether deciding again over the newest state can succeed.
fn helps_to_redo(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::Missed(_) => true,
        Trouble::InProgress => false,
        Trouble::Store(StoreError::Busy(_)) => true,
        Trouble::Store(error @ StoreError::Lost(_)) => !error.waited_for_connection(),
        Trouble::Store(_) => false,
    }
}

/// Whether the trouble may be that of one command, so that the others can do without it.
fn is_of_one(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::Missed(_) | Trouble::InProgress => true,
        Trouble::Store(error) => !matches!(
            error,
            StoreError::Lost(_) | StoreError::OutcomeUnknown(_) | StoreError::DiskFull(_)
        ),
    }
}
