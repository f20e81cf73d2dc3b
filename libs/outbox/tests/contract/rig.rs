//! Two services' databases and a bus between them, as the tests of one shape use them.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use kefu_bus::{Bus, BusConfig};
use kefu_kernel::id::Uuid;
use kefu_kernel::{Ambient, Recorded, partition_of};
use kefu_outbox::{
    ChangeSource, Consumer, ConsumerOptions, EventsApi, Owner, OwnerOptions, Projection, changes,
};
use kefu_store::tables::{event, event_pending};
use kefu_store::{Runner, RunnerOptions, Store, StoreConfig, StoreError, Topic, WriteTx};
use kefu_testkit::clock::Moved;
use kefu_testkit::nats::Nats;
use kefu_testkit::postgres::Postgres;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::audit::signer;
use crate::{projection, watching};

/// A poll that no test lives to see.
const NEVER: Duration = Duration::from_secs(3_600);

/// What a shape needs to stay there while its test runs.
pub struct Rig {
    pub shape: &'static str,
    pub owner: Store,
    owner_config: StoreConfig,
    pub reader: Store,
    reader_config: StoreConfig,
    pub bus: Bus,
    pub nats: Option<Nats>,
    folder: tempfile::TempDir,
    tasks: JoinSet<()>,
    stop: CancellationToken,
}

/// Runs a test on every shape that this machine has.
pub async fn on_every_shape<F: Future<Output = ()>>(test: impl Fn(Rig) -> F) {
    test(Rig::embedded().await).await;
    println!("backend ran: sqlite + embedded");
    if std::env::var_os("KEFU_TEST_BACKENDS").is_some_and(|only| only == "embedded") {
        return;
    }
    if let Some(rig) = Rig::distributed().await {
        test(rig).await;
        println!("backend ran: postgres + jetstream");
    }
}

impl Rig {
    pub async fn embedded() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let url = |name: &str| format!("sqlite://{}/{name}.db", folder.path().display());
        let bus = BusConfig::embedded(folder.path().join("bus.db"));
        let (owner, reader) = (url("orders"), url("reports"));
        Self::open("sqlite + embedded", owner, reader, bus, None, folder).await
    }

    pub async fn distributed() -> Option<Self> {
        let postgres = Postgres::shared()?;
        let nats = Nats::start()?;
        let database = postgres.database();
        let folder = tempfile::tempdir().expect("a folder for the test");
        let bus = BusConfig::jetstream(kefu_bus::JetStreamConfig::new(vec![nats.url()]));
        let (owner, reader) = (database.schema("orders"), database.schema("reports"));
        Some(Self::open("postgres + jetstream", owner, reader, bus, Some(nats), folder).await)
    }

    async fn open(
        shape: &'static str,
        owner: String,
        reader: String,
        bus: BusConfig,
        nats: Option<Nats>,
        folder: tempfile::TempDir,
    ) -> Self {
        let owner_config = StoreConfig::new("orders", owner);
        let owner = store(owner_config.clone(), Ambient::system()).await;
        // Its readers are woken, or wait for ever.
        let reader = StoreConfig { poll: NEVER, ..StoreConfig::new("reports", reader) };
        let reader_config = reader.clone();
        let reader = store(reader, Ambient::system()).await;
        let mut tasks = JoinSet::new();
        let stop = CancellationToken::new();
        let (bus, task) = Bus::open(bus, Ambient::system()).await.expect("the bus opens");
        tasks.spawn(task.run(stop.clone()));
        for wake in [owner.wake_task(), reader.wake_task()] {
            tasks.spawn(wake.run(stop.clone()));
        }
        Self { shape, owner, owner_config, reader, reader_config, bus, nats, folder, tasks, stop }
    }

    /// The reader's database as another process sees it; on SQLite there is only one.
    pub async fn reader_elsewhere(&mut self) -> Store {
        if !self.is_postgres() {
            return self.reader.clone();
        }
        let elsewhere = store(self.reader_config.clone(), Ambient::system()).await;
        self.tasks.spawn(elsewhere.wake_task().run(self.stop.clone()));
        elsewhere
    }

    pub fn is_postgres(&self) -> bool {
        self.shape.starts_with("postgres")
    }

    /// The owner's database in the time of `clock`; to be closed by the test.
    pub async fn owner_at(&self, clock: &Moved) -> Store {
        store(self.owner_config.clone(), clock.ambient.clone()).await
    }

    /// The reader's log and dead letters, as its API shows them.
    pub fn reader_api(&mut self) -> EventsApi {
        let (runner, task) = Runner::new(self.reader.clone(), RunnerOptions::default());
        self.tasks.spawn(task.run(self.stop.clone()));
        EventsApi::new(self.reader.clone(), runner, Arc::new(signer()))
    }

    /// An embedded log that has lost everything: another file.
    pub async fn lose_the_bus(&mut self) {
        match &mut self.nats {
            Some(nats) => nats.wipe_store(),
            None => {
                let path = self.folder.path().join("empty-bus.db");
                let opened = Bus::open(BusConfig::embedded(path), Ambient::system()).await;
                self.bus = opened.expect("the bus opens").0;
            }
        }
    }

    /// Starts the owner's loop under its own cancellation.
    pub fn start_owner(&mut self, holder: &str) -> CancellationToken {
        let options = OwnerOptions { lease: Duration::from_secs(3), ..OwnerOptions::default() };
        let owner = Owner::new(self.owner.clone(), self.bus.clone(), holder, options);
        let stop = self.stop.child_token();
        let own = stop.clone();
        self.tasks.spawn(async move { owner.run(own).await.expect("the owner ends well") });
        stop
    }

    /// Starts a consumer of the owner's events in the reader's database.
    pub fn start_consumer(
        &mut self,
        projection: Arc<dyn Projection>,
        holder: &str,
    ) -> CancellationToken {
        let source: Arc<dyn ChangeSource> = Arc::new(self.owner.clone());
        self.start_consumer_of(source, projection, holder)
    }

    /// The same with another way to the owner's log.
    pub fn start_consumer_of(
        &mut self,
        source: Arc<dyn ChangeSource>,
        projection: Arc<dyn Projection>,
        holder: &str,
    ) -> CancellationToken {
        let options = ConsumerOptions {
            lease: Duration::from_secs(3),
            reconcile_every: Duration::from_secs(1),
            ..ConsumerOptions::default()
        };
        let consumer = Consumer::of_bus(
            self.reader.clone(),
            projection,
            source,
            self.bus.clone(),
            holder,
            options,
        );
        let stop = self.stop.child_token();
        let own = stop.clone();
        self.tasks.spawn(async move { consumer.run(own).await.expect("the consumer ends well") });
        stop
    }

    /// Waits until everything that was recorded is numbered, and returns the events in order.
    pub async fn numbered(&self, count: usize) -> Vec<Recorded> {
        let mut all = Vec::new();
        eventually("all events are numbered", async || {
            all = everything(&self.owner).await;
            all.len() == count
        })
        .await;
        all
    }

    /// Ends the loops and sees that none of them failed.
    pub async fn close(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended.expect("no loop panicked");
        }
        self.bus.close().await;
        self.owner.close().await;
        self.reader.close().await;
    }
}

/// All numbered events of a log.
pub async fn everything(store: &Store) -> Vec<Recorded> {
    changes::list(store, &changes::beginning(), 1_000_000).await.expect("the log is readable")
}

async fn store(config: StoreConfig, ambient: Ambient) -> Store {
    let store = Store::open(config, ambient).await;
    let store = store.expect("the database opens");
    let own = projection::MIGRATIONS.iter().chain([&watching::MIGRATION]);
    let migrations: Vec<_> = kefu_outbox::tables::MIGRATIONS.iter().chain(own).copied().collect();
    store.migrate(&migrations).await.expect("the database migrates");
    store
}

/// An event of an aggregate, as the command runner would record it.
pub fn event(store: &Store, aggregate: Uuid, version: i64) -> Recorded {
    Recorded {
        event_id: store.ambient().new_uuid(),
        service: store.service().to_owned(),
        aggregate_type: "order".to_owned(),
        aggregate_id: aggregate,
        version,
        type_name: "kefu.events.v1.OrderChanged".to_owned(),
        payload: version.to_be_bytes().to_vec(),
        changed: vec!["state".to_owned()],
        branch: None,
        actor: "person_1".to_owned(),
        on_behalf_of: None,
        cause: "test".to_owned(),
        traceparent: String::new(),
        recorded_at: store.ambient().now(),
        historic: false,
        partition: partition_of(aggregate),
        position: 0,
    }
}

/// Writes events in an open transaction, as the command runner does.
pub async fn record_in(tx: &WriteTx, events: &[Recorded]) -> Result<(), StoreError> {
    let rows: Vec<_> = events.iter().map(event::Model::of).collect();
    let pending: Vec<_> = events
        .iter()
        .map(|event| event_pending::Model {
            partition: i16::from(event.partition),
            recorded_at: event.recorded_at.as_millis(),
            version: event.version,
            event_id: event.event_id,
        })
        .collect();
    tx.insert(&rows).await?;
    tx.insert(&pending).await?;
    tx.wakes(Topic::Events);
    Ok(())
}

/// Writes events in a transaction of their own.
pub async fn record(store: &Store, events: &[Recorded]) {
    prepare_month(store).await;
    store.write(async |tx| record_in(tx, events).await).await.expect("events are recorded");
}

/// The month's place for events, which the command runner makes in production.
pub async fn prepare_month(store: &Store) {
    store.ensure_month(store.ambient().now()).await.expect("the month has its place");
}

/// Records `versions` events each of `aggregates` new aggregates, mixed; returns the aggregates.
pub async fn record_many(store: &Store, aggregates: usize, versions: i64) -> Vec<Uuid> {
    let ids: Vec<Uuid> = (0..aggregates).map(|_| store.ambient().new_uuid()).collect();
    for version in 1..=versions {
        let events: Vec<Recorded> = ids.iter().map(|id| event(store, *id, version)).collect();
        record(store, &events).await;
    }
    ids
}

/// Polls until `condition` holds; a minute without it fails the test.
pub async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let begun = std::time::Instant::now();
    while !condition().await {
        assert!(begun.elapsed() < Duration::from_secs(60), "a minute passed and still not: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
