//! The service `counter`.

use kefu_fixture_counter::FILE_DESCRIPTOR_SET;
use kefu_fixture_counter::v1::counter_service_server::{CounterService, CounterServiceServer};
use kefu_fixture_counter::v1::events_service_server::EventsServiceServer;
use kefu_fixture_counter::v1::{AddRequest, Counter as Reply, CounterAdded, GetCounterRequest};
use kefu_fixture_ledger::v1::RecordRequest;
use kefu_kernel::id::Uuid;
use kefu_kernel::{Call, Fault, FaultKind, Head, Id, IdError, NewEvent, Timestamp, id_type};
use kefu_outbox::{Timer, TimerHandler};
use kefu_rpc::{Answer, Mount, command, query, server};
use kefu_runtime::{Context, Parts, Service};
use kefu_store::migrate::columns::*;
use kefu_store::{
    Aggregate, Command, Migration, Needs, Outgoing, Reader, RunError, Runner, Store, StoreError,
    Work, ids_in,
};
use prost::{Message, Name};
use sea_orm::{EntityTrait, QueryFilter};
use std::time::Duration;
use tonic::{Request, async_trait};

kefu_outbox::events_service!(kefu_fixture_counter, Events);
id_type!(
    /// A counter's id.
    CounterId, "counter"
);

pub fn service() -> Service {
    Service::new("counter", FILE_DESCRIPTOR_SET, MIGRATIONS, build)
}

const MIGRATIONS: &[Migration] = &[Migration {
    name: "counter_001_counter",
    up: |schema| {
        schema.create_table(
            Table::create()
                .table("counter")
                .col(uuid("id"))
                .col(big_integer("version"))
                .col(big_integer("total"))
                .col(big_integer("created_at"))
                .col(big_integer("updated_at"))
                .primary_key(Index::create().col("id")),
        );
    },
}];

async fn build(context: Context) -> anyhow::Result<Parts> {
    let counters = Counters { store: context.store.clone(), runner: context.runner.clone() };
    let events = Events(context.events.clone());
    let mount = Mount::new()
        .add(server!(CounterServiceServer::new(counters.clone())), FILE_DESCRIPTOR_SET)?
        .add(server!(EventsServiceServer::new(events)), FILE_DESCRIPTOR_SET)?;
    Ok(Parts::new(mount).timer("again", Again(counters)))
}

#[derive(Clone)]
struct Counters {
    store: Store,
    runner: Runner,
}

#[async_trait]
impl CounterService for Counters {
    async fn add(&self, request: Request<AddRequest>) -> Answer<Reply> {
        command(request, |call, message| self.run(call, message)).await
    }

    async fn get_counter(&self, request: Request<GetCounterRequest>) -> Answer<Reply> {
        query(request, |_, message| self.get(message)).await
    }
}

#[derive(Debug, thiserror::Error)]
enum CounterError {
    #[error("there is no such counter")]
    NoSuchCounter,
    #[error(transparent)]
    Id(#[from] IdError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for CounterError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::NoSuchCounter => FaultKind::NotFound,
            Self::Id(_) => FaultKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::NoSuchCounter => "RESOURCE_NOT_FOUND",
            Self::Id(_) => "FIELDS_INVALID",
            Self::Store(error) => error.reason(),
        }
    }
}

impl Counters {
    async fn run(&self, call: Call, message: AddRequest) -> Result<Reply, RunError<CounterError>> {
        let id: CounterId =
            message.counter_id.parse().map_err(|error: IdError| RunError::Refused(error.into()))?;
        let add = Add { id: id.uuid(), message };
        Ok(self.runner.run(call, add).await?.reply)
    }

    async fn get(&self, message: GetCounterRequest) -> Result<Reply, CounterError> {
        let id: CounterId = message.counter_id.parse()?;
        let found = Counter::load(self.store.reader(), &[id.uuid()]).await?;
        found.first().map(Counter::reply).ok_or(CounterError::NoSuchCounter)
    }
}

struct Add {
    id: Uuid,
    message: AddRequest,
}

impl Command for Add {
    type Reply = Reply;
    type Error = CounterError;

    fn needs(&self, needs: &mut Needs) {
        needs.load::<Counter>(self.id);
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Reply, CounterError> {
        let before = work.find::<Counter>(self.id);
        let mut counter = before.map_or_else(
            || Counter { head: Head::new(self.id, None, work.now()), total: 0 },
            |counter| (*counter).clone(),
        );
        counter.total += self.message.by;
        let added = NewEvent {
            type_name: CounterAdded::full_name(),
            payload: CounterAdded { by: self.message.by }.encode_to_vec(),
            changed: vec!["total".into()],
        };
        let saved = work.save(counter, vec![added]);
        if self.message.tell_ledger {
            let amount = self.message.by;
            work.send(Outgoing {
                target: "ledger",
                rpc: "kefu.ledger.v1.LedgerService/Record",
                body: RecordRequest { amount, ..RecordRequest::default() }.encode_to_vec(),
                step: "tell",
            });
        }
        if let Ok(after @ 1..) = u64::try_from(self.message.again_after_ms) {
            work.set_timer("again", self.id, "", work.now().plus(Duration::from_millis(after)));
        }
        Ok(saved.reply())
    }
}

/// Adds one more.
struct Again(Counters);

#[async_trait]
impl TimerHandler for Again {
    async fn fire(&self, timer: &Timer) -> Result<(), Box<dyn Fault>> {
        let counter_id = CounterId::from(timer.aggregate_id).to_string();
        let message = AddRequest { counter_id, by: 1, ..AddRequest::default() };
        let call = Call::internal("counter", "timer:again");
        self.0.run(call, message).await.map_err(|error| Box::new(error) as Box<dyn Fault>)?;
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Counter {
    head: Head,
    total: i64,
}

impl Counter {
    fn reply(&self) -> Reply {
        Reply {
            counter_id: CounterId::from(self.head.id).to_string(),
            etag: self.head.etag(),
            total: self.total,
        }
    }
}

impl Aggregate for Counter {
    const KIND: &'static str = "counter";
    type Root = row::Model;

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    async fn load(reader: &Reader, ids: &[Uuid]) -> Result<Vec<Self>, StoreError> {
        let rows = row::Entity::find().filter(ids_in(row::Column::Id, ids)).all(reader).await?;
        let counters = rows.into_iter().map(|row| Self {
            head: Head {
                id: row.id,
                version: row.version,
                branch: None,
                created_at: Timestamp::from_millis(row.created_at),
                updated_at: Timestamp::from_millis(row.updated_at),
            },
            total: row.total,
        });
        Ok(counters.collect())
    }

    fn root(&self) -> row::Model {
        row::Model {
            id: self.head.id,
            version: self.head.version,
            total: self.total,
            created_at: self.head.created_at.as_millis(),
            updated_at: self.head.updated_at.as_millis(),
        }
    }
}

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "counter")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub version: i64,
        pub total: i64,
        pub created_at: i64,
        pub updated_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
