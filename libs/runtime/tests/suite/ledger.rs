//! The service `ledger`.

use kefu_fixture_counter::v1::CounterAdded;
use kefu_fixture_ledger::FILE_DESCRIPTOR_SET;
use kefu_fixture_ledger::v1::events_service_server::EventsServiceServer;
use kefu_fixture_ledger::v1::ledger_service_server::{LedgerService, LedgerServiceServer};
use kefu_fixture_ledger::v1::{
    EntryRecorded, GetTotalsRequest, RecordReply, RecordRequest, Totals,
};
use kefu_kernel::id::Uuid;
use kefu_kernel::{Call, Head, NewEvent, Recorded, Timestamp, id_type};
use kefu_outbox::{FoldError, Projection};
use kefu_rpc::{Answer, Mount, command, query, server};
use kefu_runtime::{Context, Parts, Service};
use kefu_store::migrate::columns::*;
use kefu_store::{
    Aggregate, Command, Migration, Needs, Reader, RunError, Runner, RunnerError, Store, StoreError,
    Work, WriteTx, ids_in,
};
use prost::{Message, Name};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use tonic::{Request, async_trait};

kefu_outbox::events_service!(kefu_fixture_ledger, Events);
id_type!(
    /// An entry's id.
    EntryId, "entry"
);

pub fn service() -> Service {
    Service::new("ledger", FILE_DESCRIPTOR_SET, MIGRATIONS, build)
}

const MIGRATIONS: &[Migration] = &[Migration {
    name: "ledger_001_entry",
    up: |schema| {
        schema.create_table(
            Table::create()
                .table("entry")
                .col(uuid("id"))
                .col(big_integer("version"))
                .col(big_integer("amount"))
                .col(big_integer("created_at"))
                .col(big_integer("updated_at"))
                .primary_key(Index::create().col("id")),
        );
        schema.create_table(
            Table::create()
                .table("folded")
                .col(integer("generation"))
                .col(big_integer("total"))
                .primary_key(Index::create().col("generation")),
        );
    },
}];

async fn build(context: Context) -> anyhow::Result<Parts> {
    let ledger = Ledger { store: context.store.clone(), runner: context.runner.clone() };
    let events = Events(context.events.clone());
    let mount = Mount::new()
        .add(server!(LedgerServiceServer::new(ledger)), FILE_DESCRIPTOR_SET)?
        .add(server!(EventsServiceServer::new(events)), FILE_DESCRIPTOR_SET)?;
    Ok(Parts::new(mount).project(Counted))
}

struct Ledger {
    store: Store,
    runner: Runner,
}

#[async_trait]
impl LedgerService for Ledger {
    async fn record(&self, request: Request<RecordRequest>) -> Answer<RecordReply> {
        command(request, |call, message| self.keep(call, message)).await
    }

    async fn get_totals(&self, request: Request<GetTotalsRequest>) -> Answer<Totals> {
        query(request, |_, _| self.totals()).await
    }
}

impl Ledger {
    async fn keep(
        &self,
        call: Call,
        message: RecordRequest,
    ) -> Result<RecordReply, RunError<RunnerError>> {
        Ok(self.runner.run(call, Keep(message)).await?.reply)
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        let reader = self.store.reader();
        let amounts: Vec<i64> = entry::Entity::find()
            .select_only()
            .column(entry::Column::Amount)
            .into_tuple()
            .all(reader)
            .await?;
        let folded = folded::Entity::find_by_id(1).one(reader).await?;
        let folded = folded.map_or(0, |row| row.total);
        Ok(Totals { folded, recorded: amounts.iter().sum() })
    }
}

struct Keep(RecordRequest);

impl Command for Keep {
    type Reply = RecordReply;
    type Error = RunnerError;

    fn needs(&self, _: &mut Needs) {}

    fn decide(&self, work: &mut Work<'_>) -> Result<RecordReply, RunnerError> {
        let head = Head::new(work.new_id(), None, work.now());
        let recorded = NewEvent {
            type_name: EntryRecorded::full_name(),
            payload: EntryRecorded { amount: self.0.amount }.encode_to_vec(),
            changed: vec!["amount".into()],
        };
        let saved = work.save(Entry { head, amount: self.0.amount }, vec![recorded]);
        Ok(RecordReply { entry_id: EntryId::from(saved.head.id).to_string() })
    }
}

/// The sum of what the counters told.
struct Counted;

#[async_trait]
impl Projection for Counted {
    fn name(&self) -> &'static str {
        "counted"
    }

    fn source(&self) -> &'static str {
        "counter"
    }

    async fn fold(
        &self,
        tx: &WriteTx,
        generation: i32,
        events: &[Recorded],
    ) -> Result<(), FoldError> {
        let before = folded::Entity::find_by_id(generation).one(tx).await?;
        let mut total = before.map_or(0, |row| row.total);
        for event in events {
            let added = CounterAdded::decode(event.payload.as_slice())
                .map_err(|error| FoldError::Poison(error.to_string()))?;
            total += added.by;
        }
        Ok(tx.put(&[folded::Model { generation, total }]).await?)
    }

    async fn drop_rows(&self, tx: &WriteTx, generation: i32) -> Result<bool, StoreError> {
        let gone = folded::Entity::delete_many().filter(folded::Column::Generation.eq(generation));
        gone.exec(tx).await?;
        Ok(false)
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    head: Head,
    amount: i64,
}

impl Aggregate for Entry {
    const KIND: &'static str = "entry";
    type Root = entry::Model;

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    async fn load(reader: &Reader, ids: &[Uuid]) -> Result<Vec<Self>, StoreError> {
        let rows = entry::Entity::find().filter(ids_in(entry::Column::Id, ids)).all(reader).await?;
        let entries = rows.into_iter().map(|row| Self {
            head: Head {
                id: row.id,
                version: row.version,
                branch: None,
                created_at: Timestamp::from_millis(row.created_at),
                updated_at: Timestamp::from_millis(row.updated_at),
            },
            amount: row.amount,
        });
        Ok(entries.collect())
    }

    fn root(&self) -> entry::Model {
        entry::Model {
            id: self.head.id,
            version: self.head.version,
            amount: self.amount,
            created_at: self.head.created_at.as_millis(),
            updated_at: self.head.updated_at.as_millis(),
        }
    }
}

mod entry {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "entry")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub version: i64,
        pub amount: i64,
        pub created_at: i64,
        pub updated_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod folded {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "folded")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub generation: i32,
        pub total: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
