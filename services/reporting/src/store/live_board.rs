//! How many tickets of a branch and channel are in which state now: a few hundred rows.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// One cell of the board.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "live_board")]
pub struct Model {
    /// The projection's generation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub generation: i32,
    /// The branch; nil: none.
    #[sea_orm(primary_key, auto_increment = false)]
    pub branch_id: Uuid,
    /// The channel's number in `kefu.events.v1.Channel`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub channel: i32,
    /// The kind of state, its number in `kefu.events.v1.StatusCategory`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub category: i32,
    /// The code of the state.
    #[sea_orm(primary_key, auto_increment = false)]
    pub state: String,
    /// How many tickets.
    pub count: i64,
    /// How many of them have a breached clock.
    pub breached: i64,
    /// How many of them nobody works on.
    pub unassigned: i64,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("live_board")
            .col(integer("generation"))
            .col(uuid("branch_id"))
            .col(integer("channel"))
            .col(integer("category"))
            .col(text("state"))
            .col(big_integer("count"))
            .col(big_integer("breached"))
            .col(big_integer("unassigned"))
            .primary_key(
                Index::create()
                    .col("generation")
                    .col("branch_id")
                    .col("channel")
                    .col("category")
                    .col("state"),
            ),
    );
}
