//! Publishing in windows: many events are sent, then their acknowledgements are awaited in order.
//!
//! What counts as stored is the unbroken row of acknowledgements from the first event on. An event
//! behind a failed one may be stored as well; its id makes a repetition harmless.

use async_nats::HeaderMap;
use async_nats::jetstream::context::{PublishAckFuture, PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use kefu_kernel::Recorded;
use tokio::time::timeout;

use super::JetStream;
use crate::Published;
use crate::cloudevents::Message;
use crate::error::BusError;

/// Why a window ended early.
enum Failure {
    /// Nobody keeps the subject: the stream is missing.
    NoStream,
    Other(BusError),
}

impl JetStream {
    pub(crate) async fn publish(&self, events: &[Recorded], messages: &[Message]) -> Published {
        let mut stored = 0;
        let mut made = false;
        while stored < messages.len() {
            let end = messages.len().min(stored + self.config.publish_window.max(1));
            let (acknowledged, failure) = self.publish_window(&messages[stored..end]).await;
            stored += acknowledged;
            let failure = match failure {
                None => continue,
                Some(Failure::NoStream) if !made => {
                    made = true;
                    match self.ensure(&events[stored].service).await {
                        Ok(()) => continue,
                        Err(error) => error,
                    }
                }
                Some(Failure::NoStream) => BusError::says("the stream cannot be made"),
                Some(Failure::Other(error)) => error,
            };
            return Published { stored, failure: Some(failure) };
        }
        Published { stored, failure: None }
    }

    async fn publish_window(&self, messages: &[Message]) -> (usize, Option<Failure>) {
        if let Err(error) = self.check_connected() {
            return (0, Some(Failure::Other(error)));
        }
        let mut sent = Vec::with_capacity(messages.len());
        let mut failure = None;
        for message in messages {
            // The client keeps what it cannot send, up to a bound, and then waits.
            match timeout(self.config.timeout, self.send(message)).await {
                Ok(Ok(acknowledgement)) => sent.push(acknowledgement),
                Ok(Err(error)) => failure = Some(failure_of(message, error)),
                Err(late) => failure = Some(Failure::Other(BusError::unavailable(late))),
            }
            if failure.is_some() {
                break;
            }
        }
        let mut stored = 0;
        for acknowledgement in sent {
            if let Err(error) = acknowledgement.await {
                return (stored, Some(failure_of(&messages[stored], error)));
            }
            stored += 1;
        }
        (stored, failure)
    }

    async fn send(&self, message: &Message) -> Result<PublishAckFuture, PublishError> {
        let mut headers = HeaderMap::new();
        for (name, value) in &message.headers {
            headers.insert(*name, value.as_str());
        }
        let publication = PublishMessage::build()
            .headers(headers)
            .message_id(event_id(message))
            .payload(message.payload.clone());
        self.context.send_publish(message.subject.clone(), publication).await
    }
}

fn event_id(message: &Message) -> &str {
    let id = message.headers.iter().find(|(name, _)| *name == "ce-id");
    id.map_or("", |(_, value)| value.as_str())
}

fn failure_of(message: &Message, error: PublishError) -> Failure {
    match error.kind() {
        PublishErrorKind::StreamNotFound => Failure::NoStream,
        PublishErrorKind::MaxPayloadExceeded => Failure::Other(BusError::Unsendable {
            event_id: event_id(message).to_owned(),
            what: "the server's largest message is smaller".into(),
        }),
        _ => Failure::Other(BusError::unavailable(error)),
    }
}
