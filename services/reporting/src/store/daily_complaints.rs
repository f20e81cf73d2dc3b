//! How many complaints were raised on a day, by cause, department and branch.

use kefu_store::Schema;
use kefu_store::filter::{Field, Resource, Row, Shape, Value};
use kefu_store::migrate::columns::*;
use sea_orm::FromQueryResult;
use sea_orm::entity::prelude::*;

/// One count.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "daily_complaints")]
pub struct Model {
    /// The projection's generation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub generation: i32,
    /// Days since 1970-01-01, in the company's zone.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: i32,
    /// The code of the cause; empty: unknown.
    #[sea_orm(primary_key, auto_increment = false)]
    pub cause: String,
    /// The department; nil: none.
    #[sea_orm(primary_key, auto_increment = false)]
    pub department_id: Uuid,
    /// The branch; nil: none.
    #[sea_orm(primary_key, auto_increment = false)]
    pub branch_id: Uuid,
    /// How many complaints.
    pub count: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// The counts of several branches together.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Sum {
    /// The day.
    pub day: i32,
    /// The cause.
    pub cause: String,
    /// The department.
    pub department_id: Uuid,
    /// How many.
    pub total: i64,
}

impl Row for Sum {
    fn value(&self, field: &str) -> Value {
        match field {
            "day" => Value::Int(self.day.into()),
            "cause" => Value::Text(self.cause.clone()),
            "department_id" => Value::Id(self.department_id),
            _ => Value::Unset,
        }
    }
}

/// How the list is ordered: by day, cause and department.
pub fn resource() -> Resource {
    Resource::new(
        "daily_complaints",
        Field::id("department_id", "department", Column::DepartmentId),
    )
    .field(Field::int("day", Column::Day))
    .field(Field::text("cause", Column::Cause))
    .shape(Shape::on([]).ascending("day").ascending("cause"))
}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("daily_complaints")
            .col(integer("generation"))
            .col(integer("day"))
            .col(text("cause"))
            .col(uuid("department_id"))
            .col(uuid("branch_id"))
            .col(big_integer("count"))
            .primary_key(
                Index::create()
                    .col("generation")
                    .col("day")
                    .col("cause")
                    .col("department_id")
                    .col("branch_id"),
            ),
    );
}
