//! The lease holder of a service's log: numbers, signs and publishes, one loop per process.
//!
//! Every replica runs it; a partition's lease decides who works on it. Writes go on while the bus is
//! down: events are numbered and wait.

use std::time::{Duration, Instant};

use kefu_bus::Bus;
use kefu_store::{Store, Topic};
use kefu_telemetry::metrics;
use tokio_util::sync::CancellationToken;

use crate::audit::{HeadSigner, sign_heads};
use crate::lease::{ALL, Held, Leases};
use crate::{OutboxError, attributes, backlog, numbering, relay};

/// Settings of [`Owner`].
#[derive(Clone, Copy, Debug)]
pub struct OwnerOptions {
    /// How long a lease lasts without being renewed.
    pub lease: Duration,
    /// Events numbered in one transaction, at most.
    pub numbering_window: usize,
    /// Events handed to the bus before its acknowledgements are awaited.
    pub publish_window: usize,
    /// How often the chain's heads are signed.
    pub sign_every: Duration,
    /// How often what waits is measured.
    pub measure_every: Duration,
    /// The first pause after the bus or the database failed; doubles up to 64 times of it.
    pub pause: Duration,
}

impl Default for OwnerOptions {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(9),
            numbering_window: 2_000,
            publish_window: 500,
            sign_every: Duration::from_secs(60),
            measure_every: Duration::from_secs(5),
            pause: Duration::from_millis(100),
        }
    }
}

/// The role that its leases are named by.
const ROLE: &str = "relay";

/// Numbers, signs and publishes the events of one service.
pub struct Owner {
    store: Store,
    bus: Bus,
    leases: Leases,
    signer: Option<std::sync::Arc<dyn HeadSigner>>,
    options: OwnerOptions,
}

impl Owner {
    /// The owner's loop over `store`'s log in the name of `holder` (unique per process).
    pub fn new(store: Store, bus: Bus, holder: &str, options: OwnerOptions) -> Self {
        let leases = Leases::new(store.clone(), ROLE, holder, options.lease);
        Self { store, bus, leases, signer: None, options }
    }

    /// Signs the heads of the audit chain with `signer`.
    pub fn signed_by(mut self, signer: std::sync::Arc<dyn HeadSigner>) -> Self {
        self.signer = Some(signer);
        self
    }

    /// Runs until `cancel`; then publishes what is numbered and gives the leases back.
    pub async fn run(self, cancel: CancellationToken) -> Result<(), OutboxError> {
        let mut recorded = self.store.committed(Topic::Events);
        let mut state = State::default();
        while !cancel.is_cancelled() {
            match self.turn(&mut state).await {
                Ok(()) => state.failures = 0,
                Err(OutboxError::Fenced) => state.renewed = None,
                Err(error) => {
                    state.failures += 1;
                    tracing::warn!(
                        service = self.store.service(),
                        error = &error as &dyn std::error::Error,
                        "events wait to be numbered"
                    );
                    let pause = self.options.pause * (1 << state.failures.min(6));
                    self.measure(&mut state).await;
                    tokio::select! { () = tokio::time::sleep(pause) => {}, () = cancel.cancelled() => {} }
                    continue;
                }
            }
            self.measure(&mut state).await;
            tokio::select! { () = recorded.wait() => {}, () = cancel.cancelled() => {} }
        }
        // What does not go out now goes out from the next holder.
        if let Err(error) = self.turn(&mut state).await {
            tracing::info!(
                error = &error as &dyn std::error::Error,
                "the last events were left to others"
            );
        }
        Ok(self.leases.release().await?)
    }

    /// Makes the rows that the loop works on. The bus makes its own place when it is first used.
    async fn prepare(&self) -> Result<(), OutboxError> {
        numbering::prepare(&self.store).await?;
        self.leases.prepare(&ALL).await?;
        Ok(())
    }

    /// Numbers and publishes everything that waits.
    async fn turn(&self, state: &mut State) -> Result<(), OutboxError> {
        if !state.prepared {
            self.prepare().await?;
            state.prepared = true;
        }
        loop {
            if state.renewed.is_none_or(|at| at.elapsed() >= self.leases.renew_every()) {
                state.held = self.leases.hold(&ALL).await?;
                state.renewed = Some(Instant::now());
            }
            if state.held.is_empty() {
                // Other replicas have all partitions.
                return Ok(());
            }
            let window = self.options.numbering_window;
            let numbered = numbering::number(&self.store, &state.held, window).await?;
            metrics::OUTBOX_NUMBERED.add(numbered as u64, &attributes(self.store.service()));
            self.sign(state).await?;
            let published = self.publish(state).await?;
            if numbered == 0 && published == 0 {
                return Ok(());
            }
        }
    }

    /// Publishes a window. A bus that does not answer delays publishing only: numbering goes on.
    async fn publish(&self, state: &mut State) -> Result<usize, OutboxError> {
        if state.bus_rests_until.is_some_and(|until| Instant::now() < until) {
            return Ok(0);
        }
        let window = self.options.publish_window;
        match relay::publish(&self.store, &self.bus, &state.held, window).await {
            Err(OutboxError::Bus(error)) if error.can_pass() => {
                state.bus_failures += 1;
                let pause = self.options.pause * (1 << state.bus_failures.min(6));
                state.bus_rests_until = Some(Instant::now() + pause);
                tracing::warn!(
                    service = self.store.service(),
                    error = &error as &dyn std::error::Error,
                    "events wait to be published"
                );
                Ok(0)
            }
            Ok(published) => {
                state.bus_failures = 0;
                state.bus_rests_until = None;
                Ok(published)
            }
            Err(error) => Err(error),
        }
    }

    /// Measures what waits, now and then. What cannot be measured hinders nothing.
    async fn measure(&self, state: &mut State) {
        if state.measured.is_some_and(|at| at.elapsed() < self.options.measure_every) {
            return;
        }
        state.measured = Some(Instant::now());
        if let Err(error) = backlog::measure(&self.store, &state.held).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(service = self.store.service(), error, "the backlog is not measured");
        }
    }

    async fn sign(&self, state: &mut State) -> Result<(), OutboxError> {
        if let Some(signer) = &self.signer
            && state.signed.is_none_or(|at| at.elapsed() >= self.options.sign_every)
        {
            sign_heads(&self.store, signer.as_ref(), &state.held).await?;
            state.signed = Some(Instant::now());
        }
        Ok(())
    }
}

/// Whether somebody, in whatever process, has each of the relay's leases now.
pub async fn relayed(store: &Store) -> Result<bool, OutboxError> {
    Leases::new(store.clone(), ROLE, "", Duration::ZERO).all_held().await
}

#[derive(Default)]
struct State {
    prepared: bool,
    held: Held,
    renewed: Option<Instant>,
    signed: Option<Instant>,
    measured: Option<Instant>,
    failures: u32,
    bus_failures: u32,
    bus_rests_until: Option<Instant>,
}
