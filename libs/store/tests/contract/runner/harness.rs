//! Running the bank's commands, and comparing a database with the model.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;
use kefu_kernel::Ambient;
use kefu_kernel::{Call, Principal, PrincipalKind, Scope, partition_of};
use kefu_store::tables::{event, event_pending, idempotency, natural_key, outgoing, timer};
use kefu_store::{
    Done, Faults, RunError, Runner, RunnerError, RunnerOptions, RunnerTask, Store, StoreConfig,
};
use ring::digest::{SHA256, digest};
use sea_orm::{EntityTrait, QueryOrder};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::backends::Fresh;
use crate::fixture::account::{card, journal, root};
use crate::fixture::model::{Account, Model, Told};
use crate::fixture::ops::{Op, OpError, Reply};
use crate::fixture::{MIGRATIONS, pot};

pub const BRANCH: Uuid = Uuid::from_u128(0xb1);

pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// A principal that sees everything.
pub fn call(op: &Op, request_id: Option<&str>) -> Call {
    call_as("key_all", Scope::All, op, request_id)
}

pub fn call_as(name: &str, scope: Scope, op: &Op, request_id: Option<&str>) -> Call {
    Call {
        principal: Principal {
            kind: PrincipalKind::Key,
            id: name.to_owned(),
            roles: BTreeSet::new(),
            scope,
            on_behalf_of: None,
        },
        rpc: "fixture.v1.Bank/Op".to_owned(),
        request_id: request_id.map(str::to_owned),
        fingerprint: fingerprint(op),
        traceparent: String::new(),
    }
}

/// The request without its etag.
fn fingerprint(op: &Op) -> [u8; 32] {
    let mut op = op.clone();
    if let Op::Rename { etag, .. } | Op::SetCredit { etag, .. } | Op::Close { etag, .. } = &mut op {
        etag.clear();
    }
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, format!("{op:?}").as_bytes()).as_ref());
    bytes
}

/// A store with its runner, as one process has them.
pub struct Replica {
    pub store: Store,
    pub runner: Runner,
    stop: CancellationToken,
    tasks: JoinSet<()>,
    waiting: Option<RunnerTask>,
}

impl Replica {
    /// Opened, migrated and running.
    pub async fn start(fresh: &Fresh) -> Self {
        let mut replica = Self::stopped(fresh.config(), RunnerOptions::default()).await;
        replica.go();
        replica
    }

    pub async fn with_faults(fresh: &Fresh, faults: Arc<dyn Faults>) -> Self {
        let config = StoreConfig { faults: Some(faults), ..fresh.config() };
        let mut replica = Self::stopped(config, RunnerOptions::default()).await;
        replica.go();
        replica
    }

    /// Its commands wait until [`Replica::go`].
    pub async fn stopped(config: StoreConfig, options: RunnerOptions) -> Self {
        quiet();
        let store = Store::open(config, Ambient::system()).await.expect("the database opens");
        store.migrate(MIGRATIONS).await.expect("the migrations run");
        let (runner, task) = Runner::new(store.clone(), options);
        let stop = CancellationToken::new();
        Self { store, runner, stop, tasks: JoinSet::new(), waiting: Some(task) }
    }

    pub fn go(&mut self) {
        let task = self.waiting.take().expect("a replica is started once");
        self.tasks.spawn(task.run(self.stop.clone()));
    }

    pub async fn run(&self, op: &Op, request_id: Option<&str>) -> Told {
        tell(self.runner.run(call(op, request_id), op.clone()).await)
    }

    /// Hands all in at once, in order, and waits for all.
    pub async fn run_all(&self, ops: &[(Call, Op)]) -> Vec<Told> {
        let all = ops.iter().map(|(call, op)| self.runner.run(call.clone(), op.clone()));
        join_all(all).await.into_iter().map(tell).collect()
    }

    /// Hands all in, starts the task only then, and waits: the commands make one batch.
    pub async fn run_batch(&mut self, ops: &[(Call, Op)]) -> Vec<Told> {
        let runner = self.runner.clone();
        let all: Vec<_> =
            ops.iter().map(|(call, op)| runner.run(call.clone(), op.clone())).collect();
        let mut all = Box::pin(join_all(all));
        assert!(futures::poll!(&mut all).is_pending(), "nothing runs before the task does");
        self.go();
        all.await.into_iter().map(tell).collect()
    }

    pub async fn stop(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended.expect("the runner ends without a panic");
        }
        self.store.close().await;
    }
}

/// Keeps the panics that a test asks for out of its output.
fn quiet() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if panic.payload_as_str() != Some("on purpose") {
                usual(panic);
            }
        }));
    });
}

pub fn tell(answer: Result<Done<Reply>, RunError<OpError>>) -> Told {
    match answer {
        Ok(Done { reply, replayed: false }) => Told::Done(reply),
        Ok(Done { reply, replayed: true }) => Told::Replayed(reply),
        Err(RunError::Refused(error)) => Told::Refused(error),
        Err(RunError::Runner(RunnerError::Stale { current, fields, .. })) => {
            Told::Stale { current, fields }
        }
        Err(RunError::Runner(RunnerError::RequestIdReused)) => Told::Reused,
        Err(RunError::Runner(RunnerError::Contended | RunnerError::InProgress)) => Told::Aborted,
        Err(RunError::Runner(_)) => Told::Failed,
    }
}

/// Everything in the database, as the model has it. Checks on the way what the model cannot hold:
/// hashes, partitions, pending rows, idempotency keys of outgoing commands.
pub async fn read(store: &Store) -> Model {
    let mut model = Model::default();
    let reader = store.reader();
    for row in root::Entity::find().all(reader).await.expect("accounts") {
        let account = Account {
            version: row.version,
            branch: row.branch,
            name: row.name,
            credit: row.credit,
            balance: row.balance,
            closed: row.closed,
            cards: BTreeMap::new(),
        };
        model.accounts.insert(row.id, account);
    }
    for row in card::Entity::find().all(reader).await.expect("cards") {
        let account = model.accounts.get_mut(&row.account_id).expect("a card has an account");
        account.cards.insert(row.label, row.level);
    }
    for row in pot::root::Entity::find().all(reader).await.expect("pots") {
        model.pots.insert(row.id, (row.version, row.total));
    }
    for row in natural_key::Entity::find().all(reader).await.expect("keys") {
        model.keys.insert(row.key, row.aggregate_id);
    }
    for row in journal::Entity::find().all(reader).await.expect("the journal") {
        model.journal.insert((row.code, row.account_id, row.amount));
    }
    for row in timer::Entity::find().all(reader).await.expect("timers") {
        model.timers.insert(row.aggregate_id, row.due_at);
    }
    for row in idempotency::Entity::find().all(reader).await.expect("replies") {
        let fingerprint = row.fingerprint.try_into().expect("32 bytes");
        let reply = prost::Message::decode(row.reply.as_slice()).expect("a reply");
        model.answered.insert((row.principal, row.request_id), (fingerprint, reply));
    }
    let events = read_events(store, &mut model).await;
    let sent = outgoing::Entity::find().order_by_asc(outgoing::Column::Id).all(reader).await;
    for row in sent.expect("outgoing commands") {
        let (cause, step) = row.request_id.split_once('/').expect("event and step");
        assert!(events.contains(&cause.parse().expect("an event's id")) && step == "notice");
        let amount = i64::from_be_bytes(row.body.try_into().expect("8 bytes"));
        model.sent.push((row.aggregate_id, amount));
    }
    model
}

async fn read_events(store: &Store, model: &mut Model) -> BTreeSet<Uuid> {
    let events = event::Entity::find().order_by_asc(event::Column::Version).all(store.reader());
    let events = events.await.expect("events");
    let pending = event_pending::Entity::find().all(store.reader()).await.expect("pending events");
    let pending: BTreeSet<_> = pending
        .into_iter()
        .map(|row| (row.event_id, row.partition, row.recorded_at, row.version))
        .collect();
    let mut latest: BTreeMap<Uuid, i64> = BTreeMap::new();
    for row in &events {
        assert_eq!(row.hash, row.computed_hash(), "an event carries its hash");
        assert_eq!(row.partition, i16::from(partition_of(row.aggregate_id)));
        let waits = (row.event_id, row.partition, row.recorded_at, row.version);
        assert!(pending.contains(&waits), "an event waits for its number");
        let last = latest.insert(row.aggregate_id, row.recorded_at).unwrap_or(i64::MIN);
        assert!(last <= row.recorded_at, "recording never goes back within an aggregate");
        let names = event::split_names(&row.changed);
        let twice = model.events.insert((row.aggregate_id, row.version), names);
        assert!(twice.is_none(), "one event per version");
    }
    assert_eq!(pending.len(), events.len());
    let roots = model.accounts.iter().map(|(id, account)| (*id, account.version));
    let roots: Vec<_> = roots.chain(model.pots.iter().map(|(id, (v, _))| (*id, *v))).collect();
    for (id, version) in &roots {
        let all = (1..=*version).all(|version| model.events.contains_key(&(*id, version)));
        assert!(all, "versions 1 to {version} have their events");
    }
    let total: i64 = roots.iter().map(|(_, version)| version).sum();
    assert_eq!(i64::try_from(events.len()), Ok(total), "no event without its version");
    events.into_iter().map(|row| row.event_id).collect()
}

/// Asserts that the database holds exactly what the model does.
pub async fn assert_same(store: &Store, model: &Model) {
    let mut found = read(store).await;
    let mut model = model.clone();
    found.sent.sort_unstable();
    model.sent.sort_unstable();
    assert_eq!(found, model);
}
