//! Telephone calls: what the telephone system told, what follows from it, and the clock of the answer.

use kefu_kernel::{Head, Id, Timestamp};
use kefu_store::filter::{Field, Resource, Row, Shape, Value};
use kefu_store::migrate::columns::*;
use kefu_store::row::{instant, millis};
use kefu_store::runner::{Aggregate, Personal, Rows, ids_in};
use kefu_store::{Reader, Schema, StoreError, deadline};
use sea_orm::entity::prelude::*;

use crate::domain::Call;
use crate::domain::call::{Answer, HangUp, Ring};
use crate::domain::ids::{BranchId, PersonId};
use crate::service::CALL_TIMER;

/// One call.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "call")]
pub struct Model {
    /// The call.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its version.
    pub version: i64,
    /// The branch of the line.
    pub branch_id: Option<Uuid>,
    /// When it was first told of.
    pub created_at: i64,
    /// When it last changed.
    pub updated_at: i64,
    /// The telephone system.
    pub exchange: String,
    /// Its id there.
    pub external_id: String,
    /// How it stands: `ringing`, `answered`, `ended`, `abandoned`.
    pub state: String,
    /// The line that was called; empty while the ring is not told.
    pub line: String,
    /// The caller's number. Personal.
    pub caller_phone: String,
    /// Who answered.
    pub agent_id: Option<Uuid>,
    /// When it rang.
    pub rang_at: Option<i64>,
    /// When it was answered.
    pub answered_at: Option<i64>,
    /// When it ended.
    pub ended_at: Option<i64>,
    /// Whether the caller hung up.
    pub by_caller: bool,
    /// Whether it was not answered in time.
    pub breached: bool,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("call")
            .col(uuid("id"))
            .col(big_integer("version"))
            .col(uuid_null("branch_id"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .col(text("exchange"))
            .col(text("external_id"))
            .col(text("state"))
            .col(text("line"))
            .col(text("caller_phone"))
            .col(uuid_null("agent_id"))
            .col(big_integer_null("rang_at"))
            .col(big_integer_null("answered_at"))
            .col(big_integer_null("ended_at"))
            .col(boolean("by_caller"))
            .col(boolean("breached"))
            .primary_key(Index::create().col("id")),
    );
    schema.index("call", &["created_at", "id"]);
    schema.unique_index("call", &["exchange", "external_id"]);
    for column in ["state", "line", "agent_id", "branch_id"] {
        schema.index("call", &[column, "created_at", "id"]);
    }
}

/// Calls as filters and orders know them.
pub fn resource() -> Resource {
    let mut resource = Resource::new("call", Field::id("id", "call", Column::Id))
        .field(Field::text("exchange", Column::Exchange))
        .field(Field::text("external_id", Column::ExternalId))
        .field(Field::text("state", Column::State))
        .field(Field::text("line", Column::Line))
        .field(Field::id("agent_id", "person", Column::AgentId).nullable())
        .field(Field::id("branch_id", "branch", Column::BranchId).nullable())
        .field(Field::time("created_at", Column::CreatedAt))
        .field(Field::time("rang_at", Column::RangAt).nullable())
        .field(Field::bool("breached", Column::Breached))
        .shape(Shape::on(["exchange", "external_id"]));
    for field in ["state", "line", "agent_id", "branch_id"] {
        resource = resource.shape(Shape::on([field]).descending("created_at"));
    }
    resource
        .shape(Shape::on([]).descending("created_at"))
        .shape(Shape::on([]).ascending("created_at"))
}

impl Row for Model {
    fn value(&self, field: &str) -> Value {
        let text = |text: &str| Value::Text(text.to_owned());
        let id = |id: Option<Uuid>| id.map_or(Value::Unset, Value::Id);
        match field {
            "id" => Value::Id(self.id),
            "exchange" => text(&self.exchange),
            "external_id" => text(&self.external_id),
            "state" => text(&self.state),
            "line" => text(&self.line),
            "agent_id" => id(self.agent_id),
            "branch_id" => id(self.branch_id),
            "created_at" => Value::Time(Timestamp::from_millis(self.created_at)),
            "rang_at" => instant(self.rang_at).map_or(Value::Unset, Value::Time),
            "breached" => Value::Bool(self.breached),
            _ => Value::Unset,
        }
    }
}

impl Aggregate for Call {
    const KIND: &'static str = "call";
    type Root = Model;

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    async fn load(reader: &Reader, ids: &[Uuid]) -> Result<Vec<Self>, StoreError> {
        let roots = Entity::find().filter(ids_in(Column::Id, ids)).all(reader).await?;
        with_clocks(reader, roots).await
    }

    fn root(&self) -> Model {
        let ring = self.ring.as_ref();
        Model {
            id: self.head.id,
            version: self.head.version,
            branch_id: self.head.branch,
            created_at: self.head.created_at.as_millis(),
            updated_at: self.head.updated_at.as_millis(),
            exchange: self.exchange.clone(),
            external_id: self.external_id.clone(),
            state: self.state().name().to_owned(),
            line: ring.map(|ring| ring.line.clone()).unwrap_or_default(),
            caller_phone: ring.map(|ring| ring.caller_phone.clone()).unwrap_or_default(),
            agent_id: self.answer.map(|answer| answer.agent.uuid()),
            rang_at: millis(ring.map(|ring| ring.at)),
            answered_at: millis(self.answer.map(|answer| answer.at)),
            ended_at: millis(self.hang_up.map(|end| end.at)),
            by_caller: self.hang_up.is_some_and(|end| end.by_caller),
            breached: self.is_breached(),
        }
    }

    fn personal(&self) -> Personal<'_> {
        let phone = self.ring.as_ref().map(|ring| ring.caller_phone.as_str());
        Personal::from([("caller_phone".into(), phone.unwrap_or_default())])
    }

    fn timers(&self) -> Vec<(&'static str, Option<Timestamp>)> {
        vec![(CALL_TIMER, self.wakes_at())]
    }

    fn parts(before: Option<&Self>, after: &Self, rows: &mut Rows) {
        let clock = |call: &Self| deadline::rows(call.head.id, &call.clock);
        rows.parts(&before.map_or_else(Vec::new, clock), &clock(after));
    }
}

/// The calls of these rows, in their order.
pub async fn with_clocks(reader: &Reader, roots: Vec<Model>) -> Result<Vec<Call>, StoreError> {
    if roots.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = roots.iter().map(|root| root.id).collect();
    let mut clocks = deadline::load(reader, &ids).await?;
    Ok(roots
        .into_iter()
        .map(|row| {
            let clock = clocks.remove(&row.id).and_then(|mut clocks| clocks.pop());
            let mut call = call(row);
            call.clock = clock;
            call
        })
        .collect())
}

fn call(row: Model) -> Call {
    let (branch, by_caller) = (row.branch_id.map(BranchId::from), row.by_caller);
    Call {
        head: Head {
            id: row.id,
            version: row.version,
            branch: row.branch_id,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        },
        exchange: row.exchange,
        external_id: row.external_id,
        ring: instant(row.rang_at).map(|at| Ring {
            at,
            line: row.line,
            caller_phone: row.caller_phone,
            branch,
        }),
        answer: instant(row.answered_at)
            .zip(row.agent_id.map(PersonId::from))
            .map(|(at, agent)| Answer { at, agent }),
        hang_up: instant(row.ended_at).map(|at| HangUp { at, by_caller }),
        clock: None,
    }
}
