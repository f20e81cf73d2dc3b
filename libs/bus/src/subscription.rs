//! What both carriers' subscribers have in common: events that were handed out and not acknowledged
//! are held here, bounded, and come again from here, in order and after a pause.
//!
//! The carriers differ only in where new events come from and in what an acknowledgement does
//! ([`Source`]).

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use kefu_kernel::Recorded;
use tokio::time::{Instant, sleep_until};

use crate::backoff::Backoff;
use crate::embedded::EmbeddedSource;
use crate::error::BusError;
use crate::jetstream::{JetStreamSource, Receipt};
use crate::{BusConfig, ConsumerSpec, measure};

/// The events of one durable name, as one holder takes them.
pub struct Subscription {
    source: Source,
    spec: ConsumerSpec,
    held: VecDeque<Held>,
    /// How many of `held`, from the front, are in the caller's hands. The others come again.
    given: usize,
    next_receipt: u64,
    /// The highest sequence that was taken: only what is not above it can be held already.
    newest: u64,
    retries: u32,
    retry_at: Option<Instant>,
    redelivery: Backoff,
    max_held: usize,
}

/// An event as it is handed out.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The event.
    pub event: Arc<Recorded>,
    /// What [`Subscription::ack`] takes; ascends with each new event of a subscription.
    pub receipt: u64,
    /// How often it has been handed out, as far as is known; 1 is the first time.
    pub attempt: u32,
    /// How many events of its partition were stored after it when it was taken: the lag.
    pub behind: u64,
}

/// Where new events come from.
pub(crate) enum Source {
    Embedded(EmbeddedSource),
    JetStream(Box<JetStreamSource>),
}

impl Source {
    fn system(&self) -> &'static str {
        match self {
            Self::Embedded(_) => measure::EMBEDDED,
            Self::JetStream(_) => measure::NATS,
        }
    }

    async fn settle(&self, tokens: Vec<Token>) -> Result<(), BusError> {
        for token in tokens {
            match (self, token) {
                (Self::Embedded(source), Token::Sequence(sequence)) => source.ack(sequence),
                (Self::JetStream(source), Token::Receipt(receipt)) => source.ack(receipt).await?,
                _ => {}
            }
        }
        Ok(())
    }
}

/// An event as a source gives it.
pub(crate) struct Taken {
    pub(crate) event: Recorded,
    /// Its place in the carrier's own log; ascends unless something comes again.
    pub(crate) sequence: u64,
    pub(crate) attempt: u32,
    pub(crate) behind: u64,
    pub(crate) token: Token,
}

/// What a source needs for acknowledging an event.
pub(crate) enum Token {
    /// The sequence in the embedded log.
    Sequence(i64),
    /// Where JetStream awaits the acknowledgement.
    Receipt(Receipt),
}

struct Held {
    delivery: Delivery,
    token: Token,
}

impl Subscription {
    pub(crate) fn new(source: Source, spec: ConsumerSpec, config: &BusConfig) -> Self {
        Self {
            source,
            spec,
            held: VecDeque::new(),
            given: 0,
            next_receipt: 1,
            newest: 0,
            retries: 0,
            retry_at: None,
            redelivery: config.redelivery,
            max_held: config.max_unacknowledged.max(1),
        }
    }

    /// What it reads.
    pub fn spec(&self) -> &ConsumerSpec {
        &self.spec
    }

    /// The next events, at most `max`: as soon as there is one, those that are there; none after
    /// `wait` (a broken connection may take longer to find out about). It hands out nothing new
    /// while the bound of unacknowledged events is reached.
    ///
    /// After an error the next call repairs what it can, after a pause of its own: call it in a
    /// loop. Dropping the future loses nothing.
    pub async fn next_batch(
        &mut self,
        max: usize,
        wait: Duration,
    ) -> Result<Vec<Delivery>, BusError> {
        let deadline = Instant::now() + wait;
        if self.given < self.held.len() {
            return Ok(self.again(max, deadline).await);
        }
        let room = self.max_held - self.held.len().min(self.max_held);
        if room == 0 || max == 0 {
            sleep_until(deadline).await;
            return Ok(Vec::new());
        }
        let taken = match &mut self.source {
            Source::Embedded(source) => source.take(max.min(room), deadline).await?,
            Source::JetStream(source) => source.take(max.min(room), deadline).await?,
        };
        if !taken.is_empty() {
            measure::delivered(self.source.system(), &self.spec, taken.len());
        }
        Ok(taken.into_iter().filter_map(|taken| self.hold(taken)).collect())
    }

    /// Acknowledges everything that was handed out up to `receipt`: its effect is kept elsewhere, so
    /// that it need not come again. It is not told to the carrier in any hurry: what is acknowledged
    /// shortly before a crash may come again.
    pub async fn ack(&mut self, receipt: u64) -> Result<(), BusError> {
        let given = self.held.iter().take(self.given);
        let done = given.take_while(|held| held.delivery.receipt <= receipt).count();
        if done > 0 {
            self.retries = 0;
            self.given -= done;
        }
        if done == 0 {
            return Ok(());
        }
        let begun = std::time::Instant::now();
        let tokens: Vec<Token> = self.held.drain(..done).map(|held| held.token).collect();
        let settled = self.source.settle(tokens).await;
        measure::acknowledged(self.source.system(), settled.as_ref().err(), begun);
        settled
    }

    /// Makes everything that was handed out and not acknowledged come again, first and in the same
    /// order, after a pause that grows with each retry in a row.
    pub fn retry(&mut self) {
        self.retries = self.retries.saturating_add(1);
        self.retry_at = Some(Instant::now() + self.redelivery.after(self.retries));
        self.given = 0;
    }

    /// Gives back at once what was not acknowledged, so that the name's next holder need not wait
    /// for it. Without it the same happens after the carrier's own time.
    pub async fn close(self) {
        if let Source::JetStream(source) = self.source {
            let receipts = self.held.into_iter().filter_map(|held| match held.token {
                Token::Receipt(receipt) => Some(receipt),
                Token::Sequence(_) => None,
            });
            source.give_back(receipts.collect()).await;
        }
    }

    async fn again(&mut self, max: usize, deadline: Instant) -> Vec<Delivery> {
        if let Some(at) = self.retry_at {
            sleep_until(at.min(deadline)).await;
            if at > deadline {
                return Vec::new();
            }
            self.retry_at = None;
        }
        let due = self.held.iter_mut().skip(self.given).take(max);
        let deliveries: Vec<Delivery> = due
            .map(|held| {
                held.delivery.attempt = held.delivery.attempt.saturating_add(1);
                held.delivery.clone()
            })
            .collect();
        self.given += deliveries.len();
        deliveries
    }

    /// Keeps what was taken until it is acknowledged; none where it is held already, because the
    /// broker gave it again: then only the newest receipt counts.
    fn hold(&mut self, taken: Taken) -> Option<Delivery> {
        if taken.sequence > self.newest || self.held.is_empty() {
            self.newest = taken.sequence;
        } else {
            let id = taken.event.event_id;
            let known = self.held.iter_mut().find(|held| held.delivery.event.event_id == id);
            if let Some(held) = known {
                held.token = taken.token;
                return None;
            }
        }
        let delivery = Delivery {
            event: Arc::new(taken.event),
            receipt: self.next_receipt,
            attempt: taken.attempt,
            behind: taken.behind,
        };
        self.next_receipt += 1;
        self.held.push_back(Held { delivery: delivery.clone(), token: taken.token });
        self.given = self.held.len();
        Some(delivery)
    }
}
