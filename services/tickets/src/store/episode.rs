//! The episodes of tickets.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// One span of a ticket from opening to solution.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_episode")]
pub struct Model {
    /// The ticket.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ticket_id: Uuid,
    /// From 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// When it began.
    pub opened_at: i64,
    /// When it was first answered.
    pub first_replied_at: Option<i64>,
    /// When it was solved.
    pub solved_at: Option<i64>,
    /// The code of its result.
    pub resolution: String,
    /// The code of why it was reopened.
    pub reason: String,
    /// Whether a clock of it was breached.
    pub breached: bool,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("ticket_episode")
            .col(uuid("ticket_id"))
            .col(integer("number"))
            .col(big_integer("opened_at"))
            .col(big_integer_null("first_replied_at"))
            .col(big_integer_null("solved_at"))
            .col(text("resolution"))
            .col(text("reason"))
            .col(boolean("breached"))
            .primary_key(Index::create().col("ticket_id").col("number")),
    );
}
