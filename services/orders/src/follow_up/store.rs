//! The tables of follow-ups, and how one is read from and written to them.

use std::collections::HashMap;

use kefu_api_events::v1 as words;
use kefu_kernel::{Head, Id, Scope, Timestamp};
use kefu_store::filter::{Field, Resource, Row, Shape, Value};
use kefu_store::migrate::columns::*;
use kefu_store::row::{broken, instant, millis};
use kefu_store::runner::{Aggregate, Personal, Rows, ids_in};
use kefu_store::{Reader, Schema, StoreError, deadline};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Condition;

use super::domain::{Check, FollowUp, FollowUpState};
use crate::domain::ids::{CustomerId, OrderId, PersonId, ShipmentId};
use crate::service::FOLLOW_UP_TIMER;

/// The looks at the matters.
pub mod check {
    use kefu_store::Schema;
    use kefu_store::migrate::columns::*;
    use sea_orm::entity::prelude::*;

    /// One look.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "follow_up_check")]
    pub struct Model {
        /// The follow-up.
        #[sea_orm(primary_key, auto_increment = false)]
        pub follow_up_id: Uuid,
        /// Its number, from 1.
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        /// What was found.
        pub outcome: String,
        /// The note. Personal.
        pub note: String,
        /// When it was made.
        pub checked_at: i64,
        /// Who made it.
        pub checked_by: String,
        /// When the next one was planned for.
        pub next_check_at: Option<i64>,
    }

    impl ActiveModelBehavior for ActiveModel {}

    /// Makes the table.
    pub fn create(schema: &mut Schema) {
        schema.create_table(
            Table::create()
                .table("follow_up_check")
                .col(uuid("follow_up_id"))
                .col(integer("number"))
                .col(text("outcome"))
                .col(text("note"))
                .col(big_integer("checked_at"))
                .col(text("checked_by"))
                .col(big_integer_null("next_check_at"))
                .primary_key(Index::create().col("follow_up_id").col("number")),
        );
    }
}

/// One follow-up.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "follow_up")]
pub struct Model {
    /// The follow-up.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its version.
    pub version: i64,
    /// The branch of the order.
    pub branch_id: Option<Uuid>,
    /// When it began.
    pub created_at: i64,
    /// When it last changed.
    pub updated_at: i64,
    /// What is followed.
    pub kind: String,
    /// The state's number in `kefu.events.v1.FollowUpState`.
    pub state: i32,
    /// The order.
    pub order_id: Uuid,
    /// The shipment.
    pub shipment_id: Option<Uuid>,
    /// Whose order it is.
    pub customer_id: Option<Uuid>,
    /// Who answers for it.
    pub responsible_id: Uuid,
    /// When the next check is planned.
    pub next_check_at: Option<i64>,
    /// Whether a planned check was not made in time.
    pub breached: bool,
    /// Who began it.
    pub created_by: String,
    /// When it was done or cancelled.
    pub ended_at: Option<i64>,
    /// The code of why it was cancelled.
    pub cancel_reason: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// Columns by which lists walk, each followed by the time of the next check or of creation.
const WALKED: [&str; 6] =
    ["order_id", "shipment_id", "customer_id", "responsible_id", "branch_id", "state"];

/// Makes the tables; deadlines are kept for traces, too.
pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("follow_up")
            .col(uuid("id"))
            .col(big_integer("version"))
            .col(uuid_null("branch_id"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .col(text("kind"))
            .col(integer("state"))
            .col(uuid("order_id"))
            .col(uuid_null("shipment_id"))
            .col(uuid_null("customer_id"))
            .col(uuid("responsible_id"))
            .col(big_integer_null("next_check_at"))
            .col(boolean("breached"))
            .col(text("created_by"))
            .col(big_integer_null("ended_at"))
            .col(text("cancel_reason"))
            .primary_key(Index::create().col("id")),
    );
    for column in WALKED {
        schema.index("follow_up", &[column, "next_check_at", "id"]);
        schema.index("follow_up", &[column, "created_at", "id"]);
    }
    for column in ["next_check_at", "created_at", "updated_at"] {
        schema.index("follow_up", &[column, "id"]);
    }
    check::create(schema);
    deadline::create(schema);
}

/// Follow-ups as filters and orders know them.
pub fn resource() -> Resource {
    let states =
        (0..=3).filter_map(|n| Some((words::FollowUpState::try_from(n).ok()?.as_str_name(), n)));
    let mut resource = Resource::new("follow_up", Field::id("id", "followup", Column::Id))
        .field(Field::text("kind", Column::Kind))
        .field(Field::enumeration("state", Column::State, states))
        .field(Field::id("order_id", "order", Column::OrderId))
        .field(Field::id("shipment_id", "shipment", Column::ShipmentId).nullable())
        .field(Field::id("customer_id", "customer", Column::CustomerId).nullable())
        .field(Field::id("branch_id", "branch", Column::BranchId).nullable())
        .field(Field::id("responsible_id", "person", Column::ResponsibleId))
        .field(Field::bool("breached", Column::Breached))
        .field(Field::time("created_at", Column::CreatedAt))
        .field(Field::time("updated_at", Column::UpdatedAt))
        .field(Field::time("next_check_at", Column::NextCheckAt).nullable())
        .field(Field::time("ended_at", Column::EndedAt).nullable());
    for field in WALKED {
        for order in ["created_at", "next_check_at"] {
            resource = resource
                .shape(Shape::on([field]).descending(order))
                .shape(Shape::on([field]).ascending(order));
        }
    }
    for order in ["created_at", "updated_at", "next_check_at"] {
        resource =
            resource.shape(Shape::on([]).descending(order)).shape(Shape::on([]).ascending(order));
    }
    resource
}

/// The follow-ups within a caller's sight.
pub fn in_sight(scope: &Scope) -> Condition {
    kefu_store::in_sight(scope, Column::BranchId)
}

impl Row for Model {
    fn value(&self, field: &str) -> Value {
        let time = |at: Option<i64>| instant(at).into();
        match field {
            "id" => Value::Id(self.id),
            "kind" => Value::Text(self.kind.clone()),
            "state" => Value::Int(self.state.into()),
            "order_id" => Value::Id(self.order_id),
            "shipment_id" => self.shipment_id.into(),
            "customer_id" => self.customer_id.into(),
            "branch_id" => self.branch_id.into(),
            "responsible_id" => Value::Id(self.responsible_id),
            "breached" => Value::Bool(self.breached),
            "created_at" => time(Some(self.created_at)),
            "updated_at" => time(Some(self.updated_at)),
            "next_check_at" => time(self.next_check_at),
            "ended_at" => time(self.ended_at),
            _ => Value::Unset,
        }
    }
}

impl Aggregate for FollowUp {
    const KIND: &'static str = "followup";
    type Root = Model;

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    async fn load(reader: &Reader, ids: &[Uuid]) -> Result<Vec<Self>, StoreError> {
        let roots = Entity::find().filter(ids_in(Column::Id, ids)).all(reader).await?;
        with_parts(reader, roots).await
    }

    fn root(&self) -> Model {
        Model {
            id: self.head.id,
            version: self.head.version,
            branch_id: self.head.branch,
            created_at: self.head.created_at.as_millis(),
            updated_at: self.head.updated_at.as_millis(),
            kind: self.kind.clone(),
            state: self.state.to_wire(),
            order_id: self.order.uuid(),
            shipment_id: self.shipment.map(Id::uuid),
            customer_id: self.customer.map(Id::uuid),
            responsible_id: self.responsible.uuid(),
            next_check_at: millis(self.next_check_at),
            breached: self.breached,
            created_by: self.created_by.clone(),
            ended_at: millis(self.ended_at),
            cancel_reason: self.cancel_reason.clone(),
        }
    }

    fn personal(&self) -> Personal<'_> {
        let note = |check: &Check| format!("checks.{}.note", check.number).into();
        self.checks.iter().map(|check| (note(check), check.note.as_str())).collect()
    }

    fn timers(&self) -> Vec<(&'static str, Option<Timestamp>)> {
        vec![(FOLLOW_UP_TIMER, self.wakes_at())]
    }

    fn parts(before: Option<&Self>, after: &Self, rows: &mut Rows) {
        rows.parts(&before.map_or_else(Vec::new, checks), &checks(after));
        let clocks = |of: &Self| deadline::rows(of.head.id, &of.clocks);
        rows.parts(&before.map_or_else(Vec::new, clocks), &clocks(after));
    }
}

/// The follow-ups of these rows, in their order: one statement for each table of parts.
///
/// # Errors
///
/// The database; a row that no rule of ours has written.
pub async fn with_parts(reader: &Reader, roots: Vec<Model>) -> Result<Vec<FollowUp>, StoreError> {
    if roots.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = roots.iter().map(|root| root.id).collect();
    let mut clocks = deadline::load(reader, &ids).await?;
    let found = check::Entity::find().filter(ids_in(check::Column::FollowUpId, &ids));
    let mut checks: HashMap<Uuid, Vec<Check>> = HashMap::new();
    for row in found.order_by_asc(check::Column::Number).all(reader).await? {
        checks.entry(row.follow_up_id).or_default().push(check_of(row));
    }
    let assemble = |row: Model| {
        Ok(FollowUp {
            clocks: clocks.remove(&row.id).unwrap_or_default(),
            checks: checks.remove(&row.id).unwrap_or_default(),
            head: Head {
                id: row.id,
                version: row.version,
                branch: row.branch_id,
                created_at: Timestamp::from_millis(row.created_at),
                updated_at: Timestamp::from_millis(row.updated_at),
            },
            kind: row.kind,
            state: FollowUpState::from_wire(row.state)
                .ok_or_else(|| broken("follow-up's state"))?,
            order: OrderId::from(row.order_id),
            shipment: row.shipment_id.map(ShipmentId::from),
            customer: row.customer_id.map(CustomerId::from),
            responsible: PersonId::from(row.responsible_id),
            next_check_at: instant(row.next_check_at),
            created_by: row.created_by,
            ended_at: instant(row.ended_at),
            cancel_reason: row.cancel_reason,
            breached: row.breached,
        })
    };
    roots.into_iter().map(assemble).collect()
}

fn checks(of: &FollowUp) -> Vec<check::Model> {
    let row = |made: &Check| check::Model {
        follow_up_id: of.head.id,
        number: made.number,
        outcome: made.outcome.clone(),
        note: made.note.clone(),
        checked_at: made.checked_at.as_millis(),
        checked_by: made.checked_by.clone(),
        next_check_at: millis(made.next_check_at),
    };
    of.checks.iter().map(row).collect()
}

fn check_of(row: check::Model) -> Check {
    Check {
        number: row.number,
        outcome: row.outcome,
        note: row.note,
        checked_at: Timestamp::from_millis(row.checked_at),
        checked_by: row.checked_by,
        next_check_at: instant(row.next_check_at),
    }
}
