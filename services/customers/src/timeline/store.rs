//! The entries of timelines: a projection of every service's events. An entry names the place of its event in its
//! service's log, so that a reader knows what it has seen.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// One entry.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "timeline_entry")]
pub struct Model {
    /// The event.
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_id: Uuid,
    /// The service it happened in.
    pub service: String,
    /// Its partition there.
    pub partition: i32,
    /// Its place in the partition.
    pub position: i64,
    /// Whose it is; unset while nobody knows.
    pub customer_id: Option<Uuid>,
    /// What it happened to.
    pub subject: String,
    /// The event's short name.
    pub kind: String,
    /// When it happened.
    pub happened_at: i64,
    /// Who did it.
    pub actor: String,
    /// The state that it led to; empty where to none.
    pub state: String,
    /// The channel's number in `kefu.events.v1.Channel`; 0: none.
    pub channel: i32,
    /// Imported history.
    pub historic: bool,
}

impl ActiveModelBehavior for ActiveModel {}

/// Makes the table.
pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("timeline_entry")
            .col(uuid("event_id"))
            .col(text("service"))
            .col(integer("partition"))
            .col(big_integer("position"))
            .col(uuid_null("customer_id"))
            .col(text("subject"))
            .col(text("kind"))
            .col(big_integer("happened_at"))
            .col(text("actor"))
            .col(text("state"))
            .col(integer("channel"))
            .col(boolean("historic"))
            .primary_key(Index::create().col("event_id")),
    );
    schema.index("timeline_entry", &["customer_id", "happened_at", "event_id"]);
    schema.index("timeline_entry", &["customer_id", "service", "partition", "position"]);
    schema.index("timeline_entry", &["subject"]);
}
