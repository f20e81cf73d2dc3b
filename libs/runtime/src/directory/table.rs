//! The folded rows: of each thing of the directory its facts, as its last event told them.

use kefu_store::migrate::columns::*;
use kefu_store::{Migration, Schema};
use sea_orm::entity::prelude::*;

/// Kinds of things.
pub const BRANCH: &str = "branch";
/// Departments.
pub const DEPARTMENT: &str = "department";
/// People.
pub const PERSON: &str = "person";
/// Roles.
pub const ROLE: &str = "role";
/// Calendars; each revision is a row.
pub const CALENDAR: &str = "calendar";

/// What makes the table; each service that uses the directory adds it to its own.
pub const MIGRATIONS: &[Migration] = &[Migration { name: "directory_001_entry", up: create }];

/// One thing.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "directory_entry")]
pub struct Model {
    /// What sort of thing.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its revision, for calendars; else 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision: i32,
    /// Its facts, the message of `kefu.events.v1`.
    pub facts: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}

fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("directory_entry")
            .col(text("kind"))
            .col(uuid("id"))
            .col(integer("revision"))
            .col(blob("facts"))
            .primary_key(Index::create().col("kind").col("id").col("revision")),
    );
}
