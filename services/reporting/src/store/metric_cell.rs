//! Measures by day, branch and up to four dimensions: what metrics are made of.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// One sum.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "metric_cell")]
pub struct Model {
    /// The generation of the measure's projection.
    #[sea_orm(primary_key, auto_increment = false)]
    pub generation: i32,
    /// The code of the measure.
    #[sea_orm(primary_key, auto_increment = false)]
    pub measure: String,
    /// Days since 1970-01-01, in the company's zone.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: i32,
    /// The branch; nil: none.
    #[sea_orm(primary_key, auto_increment = false)]
    pub branch_id: Uuid,
    /// The first dimension of what is counted; empty: none.
    #[sea_orm(primary_key, auto_increment = false)]
    pub first: String,
    /// The second one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub second: String,
    /// The third one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub third: String,
    /// The fourth one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub fourth: String,
    /// The currency of amounts; empty for other sums.
    #[sea_orm(primary_key, auto_increment = false)]
    pub currency: String,
    /// The bin of durations whose percentiles are asked for; 0 for other sums.
    #[sea_orm(primary_key, auto_increment = false)]
    pub bin: i32,
    /// The sum.
    pub total: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// The columns of the dimensions, in order.
pub const DIMENSIONS: [Column; 4] = [Column::First, Column::Second, Column::Third, Column::Fourth];

pub fn create(schema: &mut Schema) {
    let mut key = Index::create();
    for column in ["generation", "measure", "day", "branch_id"] {
        key.col(column);
    }
    let mut table = Table::create();
    table
        .table("metric_cell")
        .col(integer("generation"))
        .col(text("measure"))
        .col(integer("day"))
        .col(uuid("branch_id"));
    for column in ["first", "second", "third", "fourth", "currency"] {
        table.col(text(column));
        key.col(column);
    }
    key.col("bin");
    table.col(integer("bin")).col(big_integer("total")).primary_key(&mut key);
    schema.create_table(&mut table);
}
