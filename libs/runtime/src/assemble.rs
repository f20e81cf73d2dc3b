//! One service put together: its database opened, its stack around its routes, and its background work
//! spawned.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use kefu_bus::Bus;
use kefu_outbox::{
    Consumer, ConsumerOptions, EventsApi, Outbound, Owner, OwnerOptions, Projection, RemoteLog,
    Retention, Timers,
};
use kefu_rpc::token::{ServiceTokens, TokenVerifier};
use kefu_rpc::{Authentication, Endpoint, Guarded, Roles};
use kefu_store::seal::{Keys, Purpose};
use kefu_store::{Migration, Runner, RunnerOptions, RunnerTask, Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::backends;
use crate::endpoints::Places;
use crate::keys::{AuditSigner, token_signer};
use crate::outgoing::OutgoingCalls;
use crate::service::{Background, Context, Face, Parts, Service};
use crate::shared::Shared;

/// How often stored replies whose time is over are removed.
const PURGE_EVERY: Duration = Duration::from_secs(3_600);

/// A service that stands, and whose background work has not begun.
pub(crate) struct Built {
    pub context: Context,
    pub guarded: Guarded,
    pub face: Option<Face>,
    runner_task: RunnerTask,
    background: Background,
}

/// All migrations of a service, after those that the store makes itself.
pub(crate) fn migrations(service: &Service) -> Vec<Migration> {
    [kefu_outbox::tables::MIGRATIONS, service.migrations].concat()
}

/// Puts `service` together and in its place.
pub(crate) async fn build(
    shared: &Shared,
    places: &Places,
    service: &Service,
) -> anyhow::Result<Built> {
    let name = service.name;
    let store = open(shared, service).await.with_context(|| format!("the database of {name}"))?;
    let keys = shared.ring.keys(name, &shared.ambient);
    let signer = token_signer(name, &keys, &shared.ambient)?;
    let (runner, runner_task) = Runner::new(store.clone(), RunnerOptions::default());
    let context = Context {
        service: name,
        ambient: shared.ambient.clone(),
        runner: runner.clone(),
        roles: Roles::new(shared.roles.clone()),
        events: EventsApi::new(store.clone(), runner, Arc::new(AuditSigner::new(keys.clone()))),
        endpoints: places.endpoints(&signer),
        installed: Arc::clone(&shared.installed),
        config: Arc::clone(&shared.config),
        data: Arc::clone(&shared.data),
        holder: Arc::clone(&shared.holder),
        draining: shared.draining.clone(),
        store,
        keys,
    };
    let parts = (service.build)(context.clone()).await;
    let Parts { mount, face, background } = parts.with_context(|| format!("the service {name}"))?;
    for projection in &background.projections {
        context.endpoint(projection.source())?;
    }
    let trusted = shared.public_keys.for_tokens(&shared.speakers);
    let verifier = TokenVerifier::new(name, trusted, shared.ambient.clone());
    let authentication = Authentication::required().with(ServiceTokens::new(verifier));
    let fingerprints = fingerprint_key(&context.keys);
    let guarded = mount.guard(shared.stack(authentication, context.roles.clone(), fingerprints));
    if let Some(place) = places.here(name) {
        place.fill(guarded.clone());
    }
    Ok(Built { context, guarded, face, runner_task, background })
}

/// Opens the database and sees to it that its schema is this version's.
async fn open(shared: &Shared, service: &Service) -> anyhow::Result<Store> {
    let mut settings = backends::store(&shared.config, &shared.data, service.name)?;
    settings.faults = shared.faults.clone();
    let store = Store::open(settings, shared.ambient.clone()).await?;
    let migrations = migrations(service);
    if backends::migrates_at_start(&shared.config, service.name) {
        store.migrate(&migrations).await?;
        // A database that a process makes for itself is in its folder, and nobody else's.
        kefu_outbox::free_leases(&store).await?;
    } else {
        store.check_migrated(&migrations).await.context("run `kefu migrate` first")?;
    }
    Ok(store)
}

/// The key under which requests are compared. It must outlive the rows, so it is the oldest key's: a
/// ring only grows.
pub(crate) fn fingerprint_key(keys: &Keys) -> [u8; 32] {
    keys.hashes(Purpose::Fingerprints, b"requests").last().expect("a ring holds a key")
}

impl Built {
    /// The names and sources of its projections.
    pub(crate) fn projections(&self) -> Vec<(&'static str, &'static str)> {
        let projections = self.background.projections.iter();
        projections.map(|projection| (projection.name(), projection.source())).collect()
    }

    /// Begins the background work, in the groups in which it is stopped.
    pub(crate) fn spawn(self, shared: &Shared) {
        let groups = &shared.groups;
        let Context { service, store, holder, endpoints, keys, installed, config, .. } =
            self.context;
        let task = |what: &str| format!("{service}: {what}");

        let runner_task = self.runner_task;
        groups.commands.vital(task("commands"), |stop| runner_task.run(stop));

        let woken = store.clone();
        groups.base.keep(task("wake-ups"), move |stop| woken.wake_task().run(stop));

        let (log, bus, name) = (store.clone(), shared.bus.clone(), Arc::clone(&holder));
        let signer = Arc::new(AuditSigner::new(keys));
        let auditor = Arc::clone(&signer);
        groups.relay.keep(task("relay"), move |stop| {
            let owner = Owner::new(log.clone(), bus.clone(), &name, OwnerOptions::default());
            owner.signed_by(signer.clone()).run(stop)
        });

        for projection in self.background.projections {
            let (store, bus, name) = (store.clone(), shared.bus.clone(), Arc::clone(&holder));
            let what = format!("{} of {}", projection.name(), projection.source());
            let other = endpoints.to(projection.source()).ok();
            let owner = other.filter(|_| projection.source() != service);
            groups.pull.keep(task(&what), move |stop| {
                consumer(&store, &projection, owner.clone(), &bus, &name).run(stop)
            });
        }

        let (timed, handlers) = (store.clone(), self.background.timers);
        groups.pull.keep(task("timers"), move |stop| {
            Timers::new(timed.clone(), handlers.clone()).run(stop)
        });

        let others: Vec<(&str, Endpoint)> = installed
            .iter()
            .filter(|(name, _)| *name != service)
            .filter_map(|(name, _)| Some((*name, endpoints.to(name).ok()?)))
            .collect();
        let (log, name, months) =
            (store.clone(), Arc::clone(&holder), config.retention.events_months);
        groups.pull.keep(task("months of the log"), move |stop| {
            let others = others.iter().map(|(name, to)| RemoteLog::new(to.clone(), *name));
            let retention = Retention::new(log.clone(), others.collect(), auditor.clone(), months);
            let name = Arc::clone(&name);
            async move { retention.run(&name, stop).await }
        });

        let request_ids = Arc::clone(&shared.request_ids);
        let caller = Arc::new(OutgoingCalls { endpoints, request_ids });
        let deciding = store.clone();
        groups.pull.keep(task("outgoing commands"), move |stop| {
            Outbound::new(deciding.clone(), caller.clone(), &holder).run(stop)
        });

        groups.pull.keep(task("stored replies"), move |stop| purge(store.clone(), stop));
        for own in self.background.tasks {
            groups.pull.keep(task(own.name), own.make);
        }
    }
}

/// What folds `projection`: from `owner`'s events over the bus, or from the own log where there is no
/// other owner.
fn consumer(
    store: &Store,
    projection: &Arc<dyn Projection>,
    owner: Option<Endpoint>,
    bus: &Bus,
    holder: &str,
) -> Consumer {
    let (store, projection) = (store.clone(), Arc::clone(projection));
    let options = ConsumerOptions::default();
    match owner {
        None => Consumer::of_log(store, projection, holder, options),
        Some(endpoint) => {
            let log = Arc::new(RemoteLog::new(endpoint, projection.source()));
            Consumer::of_bus(store, projection, log, bus.clone(), holder, options)
        }
    }
}

/// Removes stored replies whose time is over, now and every hour.
async fn purge(store: Store, stop: CancellationToken) -> Result<(), StoreError> {
    let mut hour = tokio::time::interval(PURGE_EVERY);
    while stop.run_until_cancelled(hour.tick()).await.is_some() {
        store.purge_replies().await?;
    }
    Ok(())
}
