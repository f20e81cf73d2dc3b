//! A reader of the embedded log: a cursor that follows one partition.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::file::Stored;
use super::{Acknowledged, EmbeddedLog, End, lock};
use crate::ConsumerSpec;
use crate::cloudevents;
use crate::error::BusError;
use crate::subscription::{Taken, Token};

pub(crate) struct EmbeddedSource {
    log: Arc<EmbeddedLog>,
    spec: ConsumerSpec,
    follow: Option<Follow>,
}

/// The state of a reader that has begun.
struct Follow {
    cursor: i64,
    end: watch::Receiver<End>,
}

impl EmbeddedSource {
    pub(super) fn new(log: Arc<EmbeddedLog>, spec: ConsumerSpec) -> Self {
        Self { log, spec, follow: None }
    }

    pub(crate) async fn take(
        &mut self,
        max: usize,
        deadline: Instant,
    ) -> Result<Vec<Taken>, BusError> {
        self.log.check_open()?;
        if self.follow.is_none() {
            self.follow = Some(self.begin().await?);
        }
        let Some(follow) = &mut self.follow else { return Ok(Vec::new()) };
        loop {
            let end = *follow.end.borrow_and_update();
            if end.sequence > follow.cursor {
                let stored = self.log.file.after(&self.spec, follow.cursor, max).await?;
                follow.cursor = stored.last().map_or(end.sequence, |last| last.sequence);
                let taken: Vec<Taken> =
                    stored.iter().filter_map(|stored| read(stored, end)).collect();
                if !taken.is_empty() {
                    return Ok(taken);
                }
                continue;
            }
            match timeout_at(deadline, follow.end.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Err(BusError::Closed),
                Err(_) => return Ok(Vec::new()),
            }
        }
    }

    pub(crate) fn ack(&self, sequence: i64) {
        let mut acknowledged = lock(&self.log.acknowledged);
        let entry = acknowledged
            .entry(self.spec.clone())
            .or_insert(Acknowledged { sequence: 0, kept: true });
        if sequence > entry.sequence {
            *entry = Acknowledged { sequence, kept: false };
        }
    }

    async fn begin(&self) -> Result<Follow, BusError> {
        let known = lock(&self.log.acknowledged).get(&self.spec).map(|entry| entry.sequence);
        let cursor = match known {
            Some(sequence) => sequence,
            None => self.log.file.acknowledged(&self.spec).await?,
        };
        let end = self.log.watch(&self.spec.service, self.spec.partition).await?;
        Ok(Follow { cursor, end })
    }
}

/// The event of a row; none, with a line in the log, where it is not readable: its consumer sees
/// that a position is missing.
fn read(stored: &Stored, end: End) -> Option<Taken> {
    let find = |name: &str| {
        let mut lines = stored.headers.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(header, _)| *header == name).map(|(_, value)| value)
    };
    match cloudevents::decode(&stored.subject, find, &stored.payload) {
        Ok(event) => {
            let behind = end.position.saturating_sub(event.position);
            Some(Taken {
                event,
                sequence: u64::try_from(stored.sequence).unwrap_or(0),
                attempt: 1,
                behind: u64::try_from(behind).unwrap_or(0),
                token: Token::Sequence(stored.sequence),
            })
        }
        Err(malformed) => {
            let sequence = stored.sequence;
            tracing::error!(sequence, subject = stored.subject, %malformed, "unreadable event");
            None
        }
    }
}
