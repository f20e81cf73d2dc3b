//! How many tickets of a branch and channel are in which state now: a few hundred rows.

use kefu_store::migrate::columns::*;
use kefu_store::{Schema, StoreError, WriteTx};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, OnConflict};

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

/// Adds the counts of `rows` to those that are there, in one statement.
pub async fn add(tx: &WriteTx, rows: Vec<Model>) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let added = |column: Column| {
        let excluded = Expr::cust(format!("excluded.\"{}\"", column.to_string()));
        (column, Expr::col((Entity, column)).add(excluded))
    };
    let rows = rows.into_iter().map(|row| ActiveModel {
        generation: Set(row.generation),
        branch_id: Set(row.branch_id),
        channel: Set(row.channel),
        category: Set(row.category),
        state: Set(row.state),
        count: Set(row.count),
        breached: Set(row.breached),
        unassigned: Set(row.unassigned),
    });
    let key =
        [Column::Generation, Column::BranchId, Column::Channel, Column::Category, Column::State];
    let counts = [added(Column::Count), added(Column::Breached), added(Column::Unassigned)];
    Entity::insert_many(rows)
        .on_conflict(OnConflict::columns(key).values(counts).to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}
