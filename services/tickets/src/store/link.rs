//! Links between tickets, kept with the one on which they were made.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// One link.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_link")]
pub struct Model {
    /// The ticket on which it was made.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ticket_id: Uuid,
    /// What the other is to it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// The other ticket.
    #[sea_orm(primary_key, auto_increment = false)]
    pub other_id: Uuid,
    /// Its place among the ticket's links.
    pub place: i32,
    /// When it was made.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("ticket_link")
            .col(uuid("ticket_id"))
            .col(text("kind"))
            .col(uuid("other_id"))
            .col(integer("place"))
            .col(big_integer("created_at"))
            .primary_key(Index::create().col("ticket_id").col("kind").col("other_id")),
    );
    schema.index("ticket_link", &["other_id"]);
}
