//! A reader of one durable consumer: a stream of pulls that is built again after any trouble.
//!
//! The pull stream of the client library ends or falls silent in several ways (a deleted consumer,
//! a deleted stream, a restarted server, a lost request). They are all treated alike: it is dropped,
//! and with growing pauses stream, consumer and pull are made again.

use std::sync::Arc;
use std::time::Duration;

use async_nats::Subject;
use async_nats::jetstream::AckKind;
use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::message::Message;
use futures::{FutureExt, StreamExt};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::JetStream;
use crate::error::BusError;
use crate::subscription::{Taken, Token};
use crate::{ConsumerSpec, cloudevents};

pub(crate) struct JetStreamSource {
    jetstream: Arc<JetStream>,
    spec: ConsumerSpec,
    messages: Option<pull::Stream>,
    /// Messages that are no events, to be told so to the server.
    unreadable: Vec<Receipt>,
    failures: u32,
    not_before: Instant,
}

/// The subject on which the server awaits the acknowledgement of one delivery.
pub(crate) struct Receipt(Subject);

impl JetStreamSource {
    pub(super) fn new(jetstream: Arc<JetStream>, spec: ConsumerSpec) -> Self {
        Self {
            jetstream,
            spec,
            messages: None,
            unreadable: Vec::new(),
            failures: 0,
            not_before: Instant::now(),
        }
    }

    pub(crate) async fn take(
        &mut self,
        max: usize,
        deadline: Instant,
    ) -> Result<Vec<Taken>, BusError> {
        loop {
            while let Some(receipt) = self.unreadable.pop() {
                let _ = self.answer(receipt, AckKind::Term).await;
            }
            if self.messages.is_none() {
                if self.not_before > deadline {
                    sleep_until(deadline).await;
                    return Ok(Vec::new());
                }
                sleep_until(self.not_before).await;
                let opened = self.open().await;
                self.messages = Some(opened.map_err(|error| self.failed(error))?);
            }
            let Some(messages) = &mut self.messages else { continue };
            let Ok(first) = timeout_at(deadline, messages.next()).await else {
                return Ok(Vec::new());
            };
            let taken = self.collect(first, max)?;
            if !taken.is_empty() {
                return Ok(taken);
            }
        }
    }

    pub(crate) async fn ack(&self, receipt: Receipt) -> Result<(), BusError> {
        if !self.jetstream.is_connected() {
            // It would fill the client's buffer, and comes again after the reconnection anyway.
            return Ok(());
        }
        self.answer(receipt, AckKind::Ack).await
    }

    /// Gives back what was handed out and what was fetched ahead. The delay lets the end of this
    /// reader's own pull reach the server first: it would be answered with what was given back.
    pub(crate) async fn give_back(mut self, mut receipts: Vec<Receipt>) {
        if let Some(mut messages) = self.messages.take() {
            while let Some(Some(Ok(message))) = messages.next().now_or_never() {
                receipts.extend(message.message.reply.map(Receipt));
            }
        }
        for receipt in receipts {
            let _ = self.answer(receipt, AckKind::Nak(Some(GIVE_BACK_DELAY))).await;
        }
        let _ = tokio::time::timeout(self.jetstream.config.timeout, self.jetstream.client.flush())
            .await;
    }

    async fn answer(&self, receipt: Receipt, kind: AckKind) -> Result<(), BusError> {
        let sent = self.jetstream.client.publish(receipt.0, kind.into());
        sent.await.map_err(BusError::unavailable)
    }

    async fn open(&self) -> Result<pull::Stream, BusError> {
        let consumer = self.jetstream.consumer(&self.spec).await?;
        let config = &self.jetstream.config;
        let expires = config.heartbeat.saturating_mul(6);
        let batch = self.jetstream.max_unacknowledged.clamp(1, MAX_PULL);
        consumer
            .stream()
            .max_messages_per_batch(batch)
            .expires(expires)
            .heartbeat(config.heartbeat)
            .messages()
            .await
            .map_err(BusError::unavailable)
    }

    /// The first message and those that are there already. Nothing is awaited here, so that a
    /// dropped caller loses none of them.
    fn collect(
        &mut self,
        first: Option<Result<Message, pull::MessagesError>>,
        max: usize,
    ) -> Result<Vec<Taken>, BusError> {
        let mut taken = Vec::new();
        let mut next = Some(first);
        while let Some(item) = next {
            match item {
                Some(Ok(message)) => {
                    self.failures = 0;
                    match read(message) {
                        Ok(event) => taken.push(event),
                        Err(receipt) => self.unreadable.extend(receipt),
                    }
                }
                ended => {
                    let cause = match ended {
                        Some(Err(error)) => BusError::unavailable(error),
                        _ => BusError::says("the consumer ended"),
                    };
                    let error = self.failed(cause);
                    // What came before it is handed out first; the next call starts anew.
                    return if taken.is_empty() { Err(error) } else { Ok(taken) };
                }
            }
            next = match &mut self.messages {
                Some(messages) if taken.len() < max => messages.next().now_or_never(),
                _ => None,
            };
        }
        Ok(taken)
    }

    /// Notes a failure: the pull stream is dropped, and built again after a pause.
    fn failed(&mut self, error: BusError) -> BusError {
        self.messages = None;
        self.failures = self.failures.saturating_add(1);
        self.not_before = Instant::now() + self.jetstream.config.reconnect.after(self.failures);
        error
    }
}

const GIVE_BACK_DELAY: Duration = Duration::from_millis(100);
/// Messages of one pull at most. Those fetched ahead are already counting down their `ack_wait`.
const MAX_PULL: usize = 256;

/// The event of a message. Where it is not one that is logged: its consumer sees that a position is
/// missing.
fn read(message: Message) -> Result<Taken, Option<Receipt>> {
    let (sequence, attempt, behind) = match message.info() {
        Ok(info) => {
            let attempt = u32::try_from(info.delivered).unwrap_or(u32::MAX);
            (info.stream_sequence, attempt.max(1), info.pending)
        }
        Err(_) => (0, 1, 0),
    };
    let message = message.message;
    let headers = message.headers.unwrap_or_default();
    let header = |name| headers.get(name).map(|value| value.as_str());
    let event = cloudevents::decode(&message.subject, header, &message.payload);
    match (event, message.reply.map(Receipt)) {
        (Ok(event), Some(receipt)) => {
            Ok(Taken { event, sequence, attempt, behind, token: Token::Receipt(receipt) })
        }
        (Ok(_), None) => Err(None),
        (Err(malformed), receipt) => {
            tracing::error!(subject = %message.subject, %malformed, "unreadable event");
            Err(receipt)
        }
    }
}
