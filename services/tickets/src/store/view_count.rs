//! How many tickets each view holds, by branch and by what the view asks for: folded, never counted.
//!
//! A view that speaks of a day is kept by day: what is due today is read from today's row, so that
//! nothing has to happen at midnight.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// One count.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "view_count")]
pub struct Model {
    /// The projection's generation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub generation: i32,
    /// The view's code.
    #[sea_orm(primary_key, auto_increment = false)]
    pub view: String,
    /// The person, for `mine`; else nil.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: Uuid,
    /// The day as its number, for views that speak of one; else 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: i32,
    /// The branch; nil: none.
    #[sea_orm(primary_key, auto_increment = false)]
    pub branch_id: Uuid,
    /// How many tickets.
    pub count: i64,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("view_count")
            .col(integer("generation"))
            .col(text("view"))
            .col(uuid("person_id"))
            .col(integer("day"))
            .col(uuid("branch_id"))
            .col(big_integer("count"))
            .primary_key(
                Index::create()
                    .col("generation")
                    .col("view")
                    .col("person_id")
                    .col("day")
                    .col("branch_id"),
            ),
    );
}
