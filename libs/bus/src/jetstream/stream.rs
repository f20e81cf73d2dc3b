//! The streams and consumers on the server: how they are named, made, and brought up to date.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull};
use async_nats::jetstream::context::{
    CreateStreamError, CreateStreamErrorKind, GetStreamErrorKind,
};
use async_nats::jetstream::stream::{
    Config, ConsumerError, ConsumerErrorKind, DiscardPolicy, LastRawMessageErrorKind,
    RetentionPolicy, StorageType,
};

use super::{JetStream, lock};
use crate::error::BusError;
use crate::{ConsumerSpec, cloudevents, subject};

/// The code with which the API says that a stream, consumer or message is not there.
const NOT_FOUND: usize = 404;

impl JetStream {
    /// Makes the stream of a service, or gives it the settings that this process has.
    pub(crate) async fn ensure(&self, service: &str) -> Result<(), BusError> {
        self.check_connected()?;
        let wanted = self.stream_config(service);
        let present = match self.context.get_stream(&wanted.name).await {
            Ok(stream) => Some(stream.cached_info().config.clone()),
            Err(error) => match error.kind() {
                GetStreamErrorKind::JetStream(reply) if reply.code() == NOT_FOUND => None,
                _ => return Err(BusError::unavailable(error)),
            },
        };
        match present {
            None => {
                tracing::info!(stream = wanted.name, "making the stream of a service");
                self.context.create_stream(&wanted).await.map_err(refused)?;
            }
            Some(present) if differs(&present, &wanted) => {
                let updated = with_settings(present, &wanted);
                self.context.update_stream(&updated).await.map_err(refused)?;
            }
            Some(_) => {}
        }
        lock(&self.ensured).insert(service.to_owned());
        Ok(())
    }

    /// The durable consumer of a name and partition, made where it is missing.
    pub(super) async fn consumer(&self, spec: &ConsumerSpec) -> Result<PullConsumer, BusError> {
        self.ensure(&spec.service).await?;
        let config = self.consumer_config(spec);
        let made = self.context.create_consumer_on_stream(config, stream_name(&spec.service));
        made.await.map_err(BusError::unavailable)
    }

    pub(crate) async fn forget(&self, spec: &ConsumerSpec) -> Result<(), BusError> {
        self.check_connected()?;
        let (consumer, stream) = (consumer_name(spec), stream_name(&spec.service));
        match self.context.delete_consumer_from_stream(consumer, stream).await {
            Ok(_) => Ok(()),
            Err(error) if is_missing(&error) => Ok(()),
            Err(error) => Err(BusError::unavailable(error)),
        }
    }

    pub(crate) async fn last_position(
        &self,
        service: &str,
        partition: u8,
    ) -> Result<i64, BusError> {
        self.check_connected()?;
        let stream = self
            .context
            .get_stream_no_info(stream_name(service))
            .await
            .map_err(BusError::unavailable)?;
        let filter = subject::of_partition(service, partition);
        let message = match stream.get_last_raw_message_by_subject(&filter).await {
            Ok(message) => message,
            Err(error) => {
                return match error.kind() {
                    LastRawMessageErrorKind::NoMessageFound => Ok(0),
                    LastRawMessageErrorKind::JetStream(reply) if reply.code() == NOT_FOUND => Ok(0),
                    _ => Err(BusError::unavailable(error)),
                };
            }
        };
        let header = |name| message.headers.get(name).map(|value| value.as_str());
        let event = cloudevents::decode(&message.subject, header, &message.payload);
        event.map(|event| event.position).map_err(BusError::unavailable)
    }

    fn stream_config(&self, service: &str) -> Config {
        Config {
            name: stream_name(service),
            description: Some(format!("Events of {service}; a window, its log is the truth")),
            subjects: vec![subject::of_service(service)],
            retention: RetentionPolicy::Limits,
            storage: StorageType::File,
            discard: DiscardPolicy::Old,
            max_age: self.max_age,
            max_bytes: self.config.max_bytes.unwrap_or(-1),
            max_messages: -1,
            max_messages_per_subject: -1,
            max_consumers: -1,
            max_message_size: -1,
            num_replicas: self.config.replicas,
            duplicate_window: self.config.duplicate_window.min(self.max_age),
            ..Config::default()
        }
    }

    fn consumer_config(&self, spec: &ConsumerSpec) -> pull::Config {
        pull::Config {
            durable_name: Some(consumer_name(spec)),
            filter_subject: subject::of_partition(&spec.service, spec.partition),
            deliver_policy: DeliverPolicy::All,
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.config.ack_wait,
            max_ack_pending: i64::try_from(self.max_unacknowledged).unwrap_or(i64::MAX),
            max_deliver: -1,
            max_waiting: 64,
            // Zero: a durable name is kept, however long nobody asks.
            inactive_threshold: Duration::ZERO,
            ..pull::Config::default()
        }
    }
}

/// `KEFU_TICKETS`.
pub(super) fn stream_name(service: &str) -> String {
    format!("KEFU_{}", service.to_ascii_uppercase())
}

fn consumer_name(spec: &ConsumerSpec) -> String {
    format!("{}-{:02}", spec.name, spec.partition)
}

fn differs(present: &Config, wanted: &Config) -> bool {
    with_settings(present.clone(), wanted) != *present
}

/// What is there, with the settings that we decide.
fn with_settings(present: Config, wanted: &Config) -> Config {
    Config {
        description: wanted.description.clone(),
        subjects: wanted.subjects.clone(),
        discard: wanted.discard,
        max_age: wanted.max_age,
        max_bytes: wanted.max_bytes,
        num_replicas: wanted.num_replicas,
        duplicate_window: wanted.duplicate_window,
        ..present
    }
}

fn is_missing(error: &ConsumerError) -> bool {
    matches!(error.kind(), ConsumerErrorKind::JetStream(reply) if reply.code() == NOT_FOUND)
}

/// A refusal by the server's word is a matter of settings; everything else can pass.
fn refused(error: CreateStreamError) -> BusError {
    match error.kind() {
        CreateStreamErrorKind::JetStream(reply) if reply.code() == 400 => {
            BusError::Misconfigured(format!("NATS refuses the stream: {reply}"))
        }
        _ => BusError::unavailable(error),
    }
}
