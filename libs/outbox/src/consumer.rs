//! The loop that keeps a projection up to date: from the bus for another service's events, from the
//! log itself for the own ones.
//!
//! The owner's log is the truth and the bus a quick way to it. Whatever the bus does not bring (a gap,
//! a lost stream, everything from before this consumer) is fetched from the owner; now and then the
//! loop compares with the owner even where nothing seems to be missing.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::select_all;
use kefu_bus::{Bus, ConsumerSpec, Delivery, Subscription};
use kefu_kernel::Recorded;
use kefu_store::{Committed, Store, Topic};
use kefu_telemetry::{KeyValue, metrics};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio_util::sync::CancellationToken;

use crate::changes::Positions;
use crate::fold::{Folder, Projection, consumer_name};
use crate::lease::{ALL, Leases};
use crate::source::ChangeSource;
use crate::tables::{checkpoint, generation};
use crate::{OutboxError, dead_letter};

/// Settings of a [`Consumer`].
#[derive(Clone, Copy, Debug)]
pub struct ConsumerOptions {
    /// How long a lease lasts without being renewed.
    pub lease: Duration,
    /// Events folded in one transaction, at most.
    pub batch: usize,
    /// How often the loop compares with the owner's log where nothing seems to be missing.
    pub reconcile_every: Duration,
    /// The longest wait for the bus; leases and operators' marks are looked after in between.
    pub wait: Duration,
    /// The pause after a failure; doubles up to 64 times of it.
    pub pause: Duration,
}

impl Default for ConsumerOptions {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(9),
            batch: 500,
            reconcile_every: Duration::from_secs(60),
            wait: Duration::from_millis(500),
            pause: Duration::from_millis(100),
        }
    }
}

/// Keeps one projection up to date.
pub struct Consumer {
    store: Store,
    projection: Arc<dyn Projection>,
    source: Arc<dyn ChangeSource>,
    feed: Feed,
    holder: String,
    options: ConsumerOptions,
}

enum Feed {
    Bus { bus: Bus, service: String, subscriptions: BTreeMap<u8, Subscription> },
    Log(Committed),
}

impl Consumer {
    /// Folds another service's events, which `bus` brings and `source` can list.
    pub fn of_bus(
        store: Store,
        projection: Arc<dyn Projection>,
        source: Arc<dyn ChangeSource>,
        bus: Bus,
        holder: &str,
        options: ConsumerOptions,
    ) -> Self {
        let service = store.service().to_owned();
        let feed = Feed::Bus { bus, service, subscriptions: BTreeMap::new() };
        Self { store, projection, source, feed, holder: holder.to_owned(), options }
    }

    /// Folds the events of `store` itself.
    pub fn of_log(
        store: Store,
        projection: Arc<dyn Projection>,
        holder: &str,
        options: ConsumerOptions,
    ) -> Self {
        let feed = Feed::Log(store.committed(Topic::Positions));
        let source = Arc::new(store.clone());
        Self { store, projection, source, feed, holder: holder.to_owned(), options }
    }

    /// Runs until `cancel`; then gives its leases back.
    pub async fn run(mut self, cancel: CancellationToken) -> Result<(), OutboxError> {
        let role = format!("{}/{}", self.projection.name(), self.projection.source());
        let leases = Leases::new(self.store.clone(), &role, &self.holder, self.options.lease);
        let mut failures = 0;
        while !cancel.is_cancelled() {
            let ended = tokio::select! {
                ended = self.work(&leases) => ended,
                () = cancel.cancelled() => break,
            };
            let Err(error) = ended;
            if !matches!(error, OutboxError::Fenced) {
                failures += 1;
                tracing::warn!(
                    consumer = self.projection.name(),
                    error = &error as &dyn std::error::Error,
                    "folding is interrupted"
                );
            }
            let pause = self.options.pause * (1 << failures.min(6));
            tokio::select! { () = tokio::time::sleep(pause) => {}, () = cancel.cancelled() => {} }
        }
        Ok(leases.release().await?)
    }

    /// Folds until something fails.
    async fn work(&mut self, leases: &Leases) -> Result<std::convert::Infallible, OutboxError> {
        leases.prepare(&ALL).await?;
        let live = live_generation(&self.store, self.projection.name()).await?;
        let mut folder = Folder::new(self.store.clone(), Arc::clone(&self.projection), live, true);
        self.feed.clear();
        let mut renewed: Option<Instant> = None;
        let mut compared: Option<Instant> = None;
        loop {
            if renewed.is_none_or(|at| at.elapsed() >= leases.renew_every()) {
                let held = leases.hold(&ALL).await?;
                if held.keys().copied().collect::<std::collections::BTreeSet<u8>>()
                    != folder.partitions()
                    || renewed.is_none()
                {
                    folder.take(held).await?;
                    self.feed.subscribe(&folder)?;
                    compared = None;
                }
                renewed = Some(Instant::now());
            }
            dead_letter::carry_out(&mut folder).await?;
            if compared.is_none_or(|at| at.elapsed() >= self.options.reconcile_every) {
                // An owner that is away does not stop what the bus still brings.
                match self.compare(&mut folder).await {
                    Ok(()) | Err(OutboxError::Owner(_)) => compared = Some(Instant::now()),
                    Err(error) => return Err(error),
                }
            }
            self.next(&mut folder).await?;
        }
    }

    /// Begins where the owner's log does, and folds what it has beyond the checkpoints.
    async fn compare(&self, folder: &mut Folder) -> Result<(), OutboxError> {
        folder.skip(&self.source.dropped().await?).await?;
        self.catch_up(folder).await
    }

    /// Folds everything that the owner's log has beyond the checkpoints.
    async fn catch_up(&self, folder: &mut Folder) -> Result<(), OutboxError> {
        loop {
            let events = self.source.list(&folder.checkpoints, self.options.batch).await?;
            if events.is_empty() {
                return Ok(());
            }
            if let Feed::Bus { .. } = self.feed {
                let name = KeyValue::new("consumer", self.projection.name());
                metrics::OUTBOX_GAPS_REPAIRED.add(events.len() as u64, &[name]);
            }
            folder.fold(&events).await?;
            tokio::task::consume_budget().await;
        }
    }

    async fn next(&mut self, folder: &mut Folder) -> Result<(), OutboxError> {
        let (batch, wait) = (self.options.batch, self.options.wait);
        let Feed::Bus { subscriptions, .. } = &mut self.feed else {
            if let Feed::Log(committed) = &mut self.feed {
                committed.wait().await;
            }
            return self.catch_up(folder).await;
        };
        if subscriptions.is_empty() {
            tokio::time::sleep(wait).await;
            return Ok(());
        }
        let deliveries = gather(subscriptions, batch, wait).await?;
        let mut events: Vec<Recorded> =
            deliveries.iter().map(|delivery| delivery.event.as_ref().clone()).collect();
        events.sort_by_key(|event| (event.partition, event.position));
        self.fill_gaps(folder, &events).await?;
        folder.fold(&events).await?;
        self.acknowledge(&deliveries).await
    }

    /// Where the bus skipped positions, fetches them from the owner first.
    async fn fill_gaps(&self, folder: &mut Folder, events: &[Recorded]) -> Result<(), OutboxError> {
        let mut next = folder.checkpoints.clone();
        let mut gap = false;
        for event in events {
            if let Some(position) = next.get_mut(&event.partition) {
                gap |= event.position > *position + 1;
                *position = (*position).max(event.position);
            }
        }
        if gap { self.catch_up(folder).await } else { Ok(()) }
    }

    async fn acknowledge(&mut self, deliveries: &[Delivery]) -> Result<(), OutboxError> {
        let Feed::Bus { subscriptions, .. } = &mut self.feed else { return Ok(()) };
        let mut last: BTreeMap<u8, u64> = BTreeMap::new();
        for delivery in deliveries {
            let receipt = last.entry(delivery.event.partition).or_default();
            *receipt = (*receipt).max(delivery.receipt);
            if delivery.attempt > 1 {
                let name = KeyValue::new("consumer", self.projection.name());
                metrics::CONSUMER_REDELIVERED.add(1, &[name]);
            }
        }
        for (partition, receipt) in last {
            if let Some(subscription) = subscriptions.get_mut(&partition) {
                subscription.ack(receipt).await?;
            }
        }
        Ok(())
    }
}

impl Feed {
    fn clear(&mut self) {
        if let Self::Bus { subscriptions, .. } = self {
            subscriptions.clear();
        }
    }

    fn subscribe(&mut self, folder: &Folder) -> Result<(), OutboxError> {
        let Self::Bus { bus, service, subscriptions } = self else { return Ok(()) };
        let held = folder.partitions();
        subscriptions.retain(|partition, _| held.contains(partition));
        for partition in held {
            if let Entry::Vacant(vacant) = subscriptions.entry(partition) {
                let spec = ConsumerSpec {
                    name: format!("{service}-{}", folder.projection.name()),
                    service: folder.projection.source().to_owned(),
                    partition,
                };
                vacant.insert(bus.subscribe(spec)?);
            }
        }
        Ok(())
    }
}

/// Waits until one subscription has events, and takes what the others have at that moment.
async fn gather(
    subscriptions: &mut BTreeMap<u8, Subscription>,
    batch: usize,
    wait: Duration,
) -> Result<Vec<Delivery>, OutboxError> {
    let waiting = subscriptions.values_mut().map(|one| one.next_batch(batch, wait).boxed());
    let (first, _, rest) = select_all(waiting).await;
    let mut deliveries = first?;
    for other in rest {
        if let Some(more) = other.now_or_never() {
            deliveries.extend(more?);
        }
    }
    Ok(deliveries)
}

/// The generation of a projection's rows that is read; 1 where none was ever rebuilt.
pub async fn live_generation(store: &Store, projection: &str) -> Result<i32, OutboxError> {
    let row = generation::Entity::find_by_id(projection.to_owned()).one(store.reader()).await?;
    Ok(row.map_or(1, |row| row.live))
}

/// How far the live generation of a projection has folded the partitions of `source`.
pub async fn folded(
    store: &Store,
    projection: &str,
    source: &str,
) -> Result<Positions, OutboxError> {
    let live = live_generation(store, projection).await?;
    let rows = checkpoint::Entity::find()
        .filter(checkpoint::Column::Consumer.eq(consumer_name(projection, live)))
        .filter(checkpoint::Column::Source.eq(source))
        .all(store.reader())
        .await?;
    let place = |row: checkpoint::Model| Some((u8::try_from(row.partition).ok()?, row.position));
    Ok(rows.into_iter().filter_map(place).collect())
}
