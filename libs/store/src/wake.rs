//! Telling followers that something was committed, so that nobody has to poll fast.
//!
//! In the process a commit raises a counter per topic. On PostgreSQL other processes hear of it by
//! NOTIFY, sent on its own connection after the commit (inside a transaction it would serialise all
//! commits): the first at once, then at most one per 2 ms. A follower also looks by itself every
//! [`crate::StoreConfig::poll`], in case a message was lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{ConnectOptions, PgConnection};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::StoreError;
use crate::connect::Pools;
use crate::store::Shared;

/// What a commit may have brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Events that wait for their position.
    Events,
    /// Events that have got their position.
    Positions,
    /// Timers set or cancelled.
    Timers,
    /// Commands for other services.
    Outgoing,
    /// Events folded into a projection.
    Folds,
}

const TOPICS: [Topic; 5] =
    [Topic::Events, Topic::Positions, Topic::Timers, Topic::Outgoing, Topic::Folds];

impl Topic {
    pub(crate) fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// The senders of one store.
pub(crate) struct Wake {
    counters: [watch::Sender<u64>; TOPICS.len()],
    /// Topics that other processes have not been told of.
    unsent: AtomicU8,
    to_send: Notify,
    poll: Duration,
}

impl Wake {
    pub fn new(poll: Duration) -> Self {
        Self {
            counters: std::array::from_fn(|_| watch::Sender::new(0)),
            unsent: AtomicU8::new(0),
            to_send: Notify::new(),
            poll,
        }
    }

    /// A commit of this process.
    pub fn committed(&self, topics: u8) {
        if topics != 0 {
            self.raise(topics);
            self.unsent.fetch_or(topics, Ordering::Relaxed);
            self.to_send.notify_one();
        }
    }

    fn raise(&self, topics: u8) {
        for topic in TOPICS.iter().filter(|topic| topics & topic.bit() != 0) {
            self.counters[*topic as usize].send_modify(|count| *count += 1);
        }
    }

    pub fn follow(&self, topic: Topic) -> Committed {
        let mut counter = self.counters[topic as usize].subscribe();
        counter.mark_changed();
        Committed { counter, poll: self.poll }
    }
}

/// One follower's view of a topic.
pub struct Committed {
    counter: watch::Receiver<u64>,
    poll: Duration,
}

impl Committed {
    /// Returns when something was committed since the last return, in this process or another, or
    /// when the slow poll is due. The first call returns at once.
    pub async fn wait(&mut self) {
        // A store that is gone sends no more; the poll then paces the follower to its own end.
        if let Ok(Err(_)) = tokio::time::timeout(self.poll, self.counter.changed()).await {
            tokio::time::sleep(self.poll).await;
        }
    }
}

/// Carries wake-ups between the processes on one PostgreSQL schema; idle on SQLite. The runtime
/// spawns it once per store.
pub struct WakeTask {
    shared: Arc<Shared>,
}

/// The pause between two NOTIFYs.
const NOTIFY_PAUSE: Duration = Duration::from_millis(2);
/// The pause before a lost connection is opened again.
const RECONNECT_PAUSE: Duration = Duration::from_millis(500);

impl WakeTask {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Runs until `cancel`.
    pub async fn run(self, cancel: CancellationToken) {
        let Pools::Postgres { options, .. } = &self.shared.pools else {
            return cancel.cancelled().await;
        };
        let listening =
            PgPoolOptions::new().max_connections(1).connect_lazy_with((**options).clone());
        let channel = format!("kefu_{}", self.shared.config.schema());
        let sending = again("notify", || self.send(options, &channel));
        let hearing = again("listen", || async {
            let mut listener = PgListener::connect_with(&listening).await?;
            listener.listen(&channel).await?;
            loop {
                match listener.try_recv().await? {
                    Some(heard) => self.hear(heard.payload(), heard.process_id()),
                    // The connection was lost and opened again: something may have been missed.
                    None => self.shared.wake.raise(u8::MAX),
                }
            }
        });
        tokio::select! {
            () = sending => {}
            () = hearing => {}
            () = cancel.cancelled() => {}
        }
    }

    async fn send(&self, options: &PgConnectOptions, channel: &str) -> Result<(), StoreError> {
        let wake = &self.shared.wake;
        let mut connection: PgConnection = options.connect().await?;
        let own: i32 =
            sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connection).await?;
        self.shared.notifier.store(own, Ordering::Relaxed);
        loop {
            let topics = wake.unsent.swap(0, Ordering::Relaxed);
            if topics == 0 {
                wake.to_send.notified().await;
                continue;
            }
            let sent = sqlx::query("SELECT pg_notify($1, $2)")
                .bind(channel)
                .bind(topics.to_string())
                .execute(&mut connection)
                .await;
            if let Err(error) = sent {
                wake.unsent.fetch_or(topics, Ordering::Relaxed);
                return Err(error.into());
            }
            tokio::time::sleep(NOTIFY_PAUSE).await;
        }
    }

    fn hear(&self, payload: &str, sender: u32) {
        let own = self.shared.notifier.load(Ordering::Relaxed);
        if i64::from(sender) != i64::from(own)
            && let Ok(topics) = payload.parse()
        {
            self.shared.wake.raise(topics);
        }
    }
}

/// Runs `work` again whenever it fails; what fails here costs only the speed of a wake-up.
async fn again<F: Future<Output = Result<(), StoreError>>>(what: &str, work: impl Fn() -> F) {
    loop {
        if let Err(error) = work().await {
            tracing::warn!(
                what,
                error = &error as &dyn std::error::Error,
                "wake-ups between processes are interrupted"
            );
        }
        tokio::time::sleep(RECONNECT_PAUSE).await;
    }
}
