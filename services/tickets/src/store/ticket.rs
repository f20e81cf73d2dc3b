//! The root row of a ticket: all that lists show and filter by, with what follows from its parts.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// One ticket.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket")]
pub struct Model {
    /// The ticket.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its version.
    pub version: i64,
    /// The branch it belongs to.
    pub branch_id: Option<Uuid>,
    /// When the customer raised it.
    pub created_at: i64,
    /// When it last changed.
    pub updated_at: i64,
    /// The number that people read out; unique.
    pub number: i64,
    /// The code of its type.
    pub kind: String,
    /// The code of its state.
    pub state: String,
    /// The kind of state: its number in `kefu.events.v1.StatusCategory`.
    pub category: i32,
    /// The channel's number in `kefu.events.v1.Channel`.
    pub channel: i32,
    /// From where it came; empty where unknown.
    pub source: String,
    /// Its id there.
    pub external_id: Option<String>,
    /// What it is about. Personal.
    pub subject: String,
    /// What the customer said. Personal.
    pub description: String,
    /// Name as given. Personal.
    pub requester_name: String,
    /// Telephone number. Personal.
    pub requester_phone: String,
    /// E-mail address. Personal.
    pub requester_email: String,
    /// The customer's language.
    pub language: String,
    /// How much it touches.
    pub impact: String,
    /// How soon it must be done.
    pub urgency: String,
    /// The priority's number in `kefu.events.v1.Priority`.
    pub priority: i32,
    /// The code of its cause; empty while unknown.
    pub cause: String,
    /// The department responsible.
    pub department_id: Option<Uuid>,
    /// Who works on it.
    pub assignee_id: Option<Uuid>,
    /// Who answers for it.
    pub owner_id: Option<Uuid>,
    /// How often it was handed on.
    pub hand_offs: i32,
    /// The present episode.
    pub episode: i32,
    /// Whether a clock of the present episode was breached.
    pub breached: bool,
    /// Imported as history.
    pub historic: bool,
    /// The call that it was registered from.
    pub call_id: Option<Uuid>,
    /// Who registered it.
    pub created_by: String,
    /// The earliest deadline of a running clock.
    pub due_at: Option<i64>,
    /// When the present episode was first answered.
    pub first_replied_at: Option<i64>,
    /// When the present episode was solved.
    pub solved_at: Option<i64>,
    /// When it was closed.
    pub closed_at: Option<i64>,
    /// The result of the present episode; empty while it has none.
    pub resolution: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// Columns by which lists walk, each followed by the time of creation and the id.
const WALKED: [&str; 8] = [
    "assignee_id",
    "owner_id",
    "department_id",
    "branch_id",
    "category",
    "cause",
    "channel",
    "source",
];

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("ticket")
            .col(uuid("id"))
            .col(big_integer("version"))
            .col(uuid_null("branch_id"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .col(big_integer("number"))
            .col(text("kind"))
            .col(text("state"))
            .col(integer("category"))
            .col(integer("channel"))
            .col(text("source"))
            .col(text_null("external_id"))
            .col(text("subject"))
            .col(text("description"))
            .col(text("requester_name"))
            .col(text("requester_phone"))
            .col(text("requester_email"))
            .col(text("language"))
            .col(text("impact"))
            .col(text("urgency"))
            .col(integer("priority"))
            .col(text("cause"))
            .col(uuid_null("department_id"))
            .col(uuid_null("assignee_id"))
            .col(uuid_null("owner_id"))
            .col(integer("hand_offs"))
            .col(integer("episode"))
            .col(boolean("breached"))
            .col(boolean("historic"))
            .col(uuid_null("call_id"))
            .col(text("created_by"))
            .col(big_integer_null("due_at"))
            .col(big_integer_null("first_replied_at"))
            .col(big_integer_null("solved_at"))
            .col(big_integer_null("closed_at"))
            .col(text("resolution"))
            .primary_key(Index::create().col("id")),
    );
    schema.unique_index("ticket", &["number"]);
    schema.index("ticket", &["created_at", "id"]);
    schema.index("ticket", &["updated_at", "id"]);
    schema.index("ticket", &["due_at", "id"]);
    schema.index("ticket", &["source", "external_id", "created_at", "id"]);
    for column in WALKED {
        schema.index("ticket", &[column, "created_at", "id"]);
    }
}
