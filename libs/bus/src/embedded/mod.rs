//! The log of one process: a SQLite file that keeps the last days' events, durable at each
//! publication, with wake-ups in the process.
//!
//! Publications that arrive together share one transaction. Acknowledgements are kept in memory and
//! written each second: the consumers' own checkpoints are the truth, a repetition does no harm.

mod file;
mod source;

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use kefu_kernel::{Ambient, Recorded};
use tokio::sync::oneshot::{self, error::TryRecvError};
use tokio::sync::watch;

use crate::cloudevents::Message;
use crate::error::BusError;
use crate::{ConsumerSpec, Published};
use file::{File, Row};
pub(crate) use source::EmbeddedSource;

/// How many events one transaction stores at most.
const MAX_GROUP: usize = 1_024;

/// The log.
pub(crate) struct EmbeddedLog {
    file: File,
    writer: tokio::sync::Mutex<()>,
    waiting: Mutex<Vec<Request>>,
    ends: Mutex<HashMap<(String, u8), watch::Sender<End>>>,
    acknowledged: Mutex<HashMap<ConsumerSpec, Acknowledged>>,
    max_age: Duration,
    ambient: Ambient,
    open: AtomicBool,
}

/// The newest event of a partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct End {
    sequence: i64,
    position: i64,
}

#[derive(Clone, Copy)]
struct Acknowledged {
    sequence: i64,
    kept: bool,
}

/// A publication that waits for a transaction.
struct Request {
    rows: Arc<Vec<Row>>,
    done: oneshot::Sender<Result<(), BusError>>,
}

impl EmbeddedLog {
    pub(crate) async fn open(
        path: &Path,
        max_age: Duration,
        ambient: Ambient,
    ) -> Result<Arc<Self>, BusError> {
        Ok(Arc::new(Self {
            file: File::open(path).await?,
            writer: tokio::sync::Mutex::default(),
            waiting: Mutex::default(),
            ends: Mutex::default(),
            acknowledged: Mutex::default(),
            max_age,
            ambient,
            open: AtomicBool::new(true),
        }))
    }

    pub(crate) async fn publish(&self, events: &[Recorded], messages: &[Message]) -> Published {
        let mut stored = 0;
        for (events, messages) in events.chunks(MAX_GROUP).zip(messages.chunks(MAX_GROUP)) {
            let rows = events.iter().zip(messages).map(|(event, message)| Row::new(event, message));
            if let Err(error) = self.store(Arc::new(rows.collect())).await {
                return Published { stored, failure: Some(error) };
            }
            stored += events.len();
        }
        Published { stored, failure: None }
    }

    pub(crate) fn source(self: &Arc<Self>, spec: &ConsumerSpec) -> EmbeddedSource {
        EmbeddedSource::new(Arc::clone(self), spec.clone())
    }

    pub(crate) async fn forget(&self, spec: &ConsumerSpec) -> Result<(), BusError> {
        self.check_open()?;
        let _writer = self.writer.lock().await;
        lock(&self.acknowledged).remove(spec);
        self.file.forget(spec).await
    }

    pub(crate) async fn last_position(
        &self,
        service: &str,
        partition: u8,
    ) -> Result<i64, BusError> {
        self.check_open()?;
        Ok(self.file.end(service, partition).await?.position)
    }

    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    pub(crate) async fn maintain(&self) -> Result<(), BusError> {
        self.keep_acknowledged().await?;
        let oldest = self.ambient.machine_now().minus(self.max_age);
        loop {
            self.check_open()?;
            let _writer = self.writer.lock().await;
            if self.file.trim(oldest).await? == 0 {
                return Ok(());
            }
        }
    }

    /// Writes the acknowledgements that came since the last time.
    pub(crate) async fn keep_acknowledged(&self) -> Result<(), BusError> {
        let fresh: Vec<(ConsumerSpec, i64)> = lock(&self.acknowledged)
            .iter()
            .filter(|(_, acknowledged)| !acknowledged.kept)
            .map(|(spec, acknowledged)| (spec.clone(), acknowledged.sequence))
            .collect();
        if fresh.is_empty() {
            return Ok(());
        }
        self.check_open()?;
        let _writer = self.writer.lock().await;
        self.file.keep_acknowledged(&fresh).await?;
        let mut acknowledged = lock(&self.acknowledged);
        for (spec, sequence) in &fresh {
            if let Some(entry) = acknowledged.get_mut(spec) {
                entry.kept = entry.sequence == *sequence;
            }
        }
        Ok(())
    }

    pub(crate) async fn close(&self) {
        if let Err(error) = self.keep_acknowledged().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "acknowledgements not kept");
        }
        self.open.store(false, Ordering::Release);
        lock(&self.ends).clear();
        self.file.close().await;
    }

    /// Stores one publication, together with those that wait beside it: who gets the writer first
    /// stores for all.
    async fn store(&self, rows: Arc<Vec<Row>>) -> Result<(), BusError> {
        loop {
            self.check_open()?;
            let (done, mut answer) = oneshot::channel();
            lock(&self.waiting).push(Request { rows: Arc::clone(&rows), done });
            let _writer = self.writer.lock().await;
            loop {
                match answer.try_recv() {
                    Ok(result) => return result,
                    Err(TryRecvError::Empty) => self.store_waiting().await,
                    // Who had taken it was dropped before the end: it is asked for again.
                    Err(TryRecvError::Closed) => break,
                }
            }
        }
    }

    async fn store_waiting(&self) {
        let group = self.take_group();
        let rows: Vec<&Row> = group.iter().flat_map(|request| request.rows.iter()).collect();
        let result = self.file.insert(&rows, self.ambient.machine_now()).await;
        if let Ok(ends) = &result {
            for (partition, end) in ends {
                self.advance(partition, *end);
            }
        }
        let answer = result.map(|_| ());
        for request in group {
            let _ = request.done.send(answer.clone());
        }
    }

    fn take_group(&self) -> Vec<Request> {
        let mut waiting = lock(&self.waiting);
        let mut size = 0;
        let mut fits = |request: &Request| {
            size += request.rows.len();
            size <= MAX_GROUP
        };
        let count = waiting.iter().take_while(|request| fits(request)).count();
        let count = count.max(1).min(waiting.len());
        waiting.drain(..count).collect()
    }

    /// Tells the partition's readers that there is more.
    fn advance(&self, partition: &(String, u8), end: End) {
        if let Some(sender) = lock(&self.ends).get(partition) {
            sender.send_if_modified(|known| {
                let newer = end.sequence > known.sequence;
                if newer {
                    *known = end;
                }
                newer
            });
        }
    }

    /// Where a partition ends, now and from now on.
    async fn watch(&self, service: &str, partition: u8) -> Result<watch::Receiver<End>, BusError> {
        let key = (service.to_owned(), partition);
        let receiver = {
            let mut ends = lock(&self.ends);
            ends.entry(key.clone())
                .or_insert_with(|| watch::Sender::new(End::default()))
                .subscribe()
        };
        // Read after the entry is there: what is stored in between is told to it.
        let end = self.file.end(service, partition).await?;
        self.advance(&key, end);
        Ok(receiver)
    }

    fn check_open(&self) -> Result<(), BusError> {
        if self.is_open() { Ok(()) } else { Err(BusError::Closed) }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
