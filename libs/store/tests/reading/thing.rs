//! A resource with a field of every kind, and its tables.

use std::collections::BTreeMap;

use kefu_kernel::{Timestamp, id_type};
use kefu_store::filter::{Field, Resource, Row, Shape, Value};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, IntoCondition, Query};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};
use uuid::Uuid;

use crate::backends::run;

id_type!(
    /// The sample resource's id.
    ThingId,
    "thing"
);
id_type!(
    /// What a thing belongs to.
    DepartmentId,
    "department"
);

pub const STATES: [(&str, i32); 4] = [
    ("THING_STATE_UNSPECIFIED", 0),
    ("THING_STATE_OPEN", 1),
    ("THING_STATE_SOLVED", 2),
    ("THING_STATE_CLOSED", 3),
];

/// A row; `None` is NULL, or no row in the table of custom fields.
#[derive(Clone, Debug, Default)]
pub struct Thing {
    pub id: Uuid,
    pub state: i32,
    pub department_id: Option<Uuid>,
    pub subject: String,
    pub note: Option<String>,
    pub priority: i32,
    pub rank: Option<i64>,
    pub escalated: bool,
    pub urgent: Option<bool>,
    pub due_at: Option<i64>,
    pub created_at: i64,
    pub color: Option<String>,
    pub size: Option<i64>,
}

impl Row for Thing {
    fn value(&self, field: &str) -> Value {
        match field {
            "id" => self.id.into(),
            "state" => self.state.into(),
            "department_id" => self.department_id.into(),
            "subject" => self.subject.as_str().into(),
            "note" => self.note.clone().into(),
            "priority" => self.priority.into(),
            "rank" => self.rank.into(),
            "escalated" => self.escalated.into(),
            "urgent" => self.urgent.into(),
            "due_at" => self.due_at.map(Timestamp::from_millis).into(),
            "created_at" => Timestamp::from_millis(self.created_at).into(),
            "fields.color" => self.color.clone().into(),
            "fields.size" => self.size.into(),
            "text" => self.subject.as_str().into(),
            _ => Value::Unset,
        }
    }
}

fn column(name: &'static str) -> (Alias, Alias) {
    (Alias::new("thing"), Alias::new(name))
}

/// The resource as a service declares it.
pub fn resource() -> Resource {
    let custom = |code: &str| {
        Expr::col((Alias::new("thing_field"), Alias::new("code"))).eq(code).into_condition()
    };
    let kept = |field: Field, code: &str| {
        let owner = (Alias::new("thing_field"), Alias::new("thing_id"));
        field.kept_in(Alias::new("thing_field"), owner, custom(code))
    };
    let value = |name: &'static str| (Alias::new("thing_field"), Alias::new(name));
    Resource::new("thing", Field::id("id", "thing", column("id")))
        .field(Field::enumeration("state", column("state"), STATES))
        .field(Field::id("department_id", "department", column("department_id")).nullable())
        .field(Field::text("subject", column("subject")))
        .field(Field::text("note", column("note")).nullable())
        .field(Field::int("priority", column("priority")))
        .field(Field::int("rank", column("rank")).nullable())
        .field(Field::bool("escalated", column("escalated")))
        .field(Field::bool("urgent", column("urgent")).nullable())
        .field(Field::time("due_at", column("due_at")).nullable())
        .field(Field::time("created_at", column("created_at")))
        .field(kept(Field::text("fields.color", value("text_value")), "color"))
        .field(kept(Field::int("fields.size", value("int_value")), "size"))
        .field(Field::search("text"))
        .shape(Shape::on([]).descending("created_at"))
        .shape(Shape::on([]).ascending("due_at"))
        .shape(Shape::on(["state"]).descending("created_at"))
        .shape(Shape::on(["state"]).descending("priority").ascending("created_at"))
        .shape(Shape::on(["department_id", "state"]).descending("created_at"))
        .shape(Shape::on(["fields.color"]))
}

/// The statements that make the tables.
pub fn tables(backend: DbBackend) -> Vec<String> {
    let id = match backend {
        DbBackend::Postgres => "uuid",
        _ => "uuid_blob",
    };
    vec![
        format!(
            "CREATE TABLE thing (id {id} NOT NULL PRIMARY KEY, state integer NOT NULL, \
             department_id {id}, subject text NOT NULL, note text, priority integer NOT NULL, \
             rank bigint, escalated boolean NOT NULL, urgent boolean, due_at bigint, \
             created_at bigint NOT NULL)"
        ),
        format!(
            "CREATE TABLE thing_field (thing_id {id} NOT NULL, code text NOT NULL, \
             text_value text, int_value bigint, PRIMARY KEY (thing_id, code))"
        ),
    ]
}

/// Makes the tables.
pub async fn create(db: &DatabaseConnection) {
    run(db, &tables(db.get_database_backend())).await;
}

const COLUMNS: [&str; 11] = [
    "id",
    "state",
    "department_id",
    "subject",
    "note",
    "priority",
    "rank",
    "escalated",
    "urgent",
    "due_at",
    "created_at",
];

/// Inserts rows.
pub async fn insert(db: &impl ConnectionTrait, things: &[Thing]) {
    for things in things.chunks(500) {
        let mut rows = Query::insert();
        rows.into_table(Alias::new("thing")).columns(COLUMNS.map(Alias::new));
        let mut fields = Query::insert();
        let columns = ["thing_id", "code", "text_value", "int_value"].map(Alias::new);
        fields.into_table(Alias::new("thing_field")).columns(columns);
        let mut any_field = false;
        for thing in things {
            rows.values_panic([
                thing.id.into(),
                thing.state.into(),
                thing.department_id.into(),
                thing.subject.as_str().into(),
                thing.note.clone().into(),
                thing.priority.into(),
                thing.rank.into(),
                thing.escalated.into(),
                thing.urgent.into(),
                thing.due_at.into(),
                thing.created_at.into(),
            ]);
            if let Some(color) = &thing.color {
                let none: Option<i64> = None;
                fields.values_panic([
                    thing.id.into(),
                    "color".into(),
                    color.as_str().into(),
                    none.into(),
                ]);
                any_field = true;
            }
            if let Some(size) = thing.size {
                let none: Option<String> = None;
                fields.values_panic([thing.id.into(), "size".into(), none.into(), size.into()]);
                any_field = true;
            }
        }
        db.execute(&rows).await.unwrap();
        if any_field {
            db.execute(&fields).await.unwrap();
        }
    }
}

/// The ids that a condition lets through, in order.
pub async fn ids(db: &DatabaseConnection, condition: Condition) -> Vec<Uuid> {
    let mut select = Query::select();
    select.column(column("id")).from(Alias::new("thing")).cond_where(condition);
    let rows = db.query_all(&select).await.unwrap();
    let mut ids: Vec<Uuid> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    ids.sort();
    ids
}

/// A row as a map: what saved views and watchers may have instead of a model.
pub fn map(thing: &Thing) -> BTreeMap<String, Value> {
    let names = COLUMNS.into_iter().chain(["fields.color", "fields.size", "text"]);
    names.map(|name| (name.to_owned(), thing.value(name))).collect()
}
