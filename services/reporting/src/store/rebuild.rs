//! The records of rebuilds.

use kefu_kernel::{Head, Timestamp};
use kefu_store::migrate::columns::*;
use kefu_store::runner::{Aggregate, ids_in};
use kefu_store::{Reader, Schema, StoreError};
use sea_orm::entity::prelude::*;

use crate::domain::{Rebuild, RebuildState};

/// One projection's record.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rebuild")]
pub struct Model {
    /// The record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its version.
    pub version: i64,
    /// The projection's name.
    pub name: String,
    /// Whether a rebuild is under way.
    pub running: bool,
    /// The generation built last, or now.
    pub generation: i32,
    /// When the last rebuild began.
    pub started_at: i64,
    /// When the record was made.
    pub created_at: i64,
    /// When it last changed.
    pub updated_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("rebuild")
            .col(uuid("id"))
            .col(big_integer("version"))
            .col(text("name"))
            .col(boolean("running"))
            .col(integer("generation"))
            .col(big_integer("started_at"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .primary_key(Index::create().col("id")),
    );
    schema.unique_index("rebuild", &["name"]);
}

impl Aggregate for Rebuild {
    const KIND: &'static str = "projection";
    type Root = Model;

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    async fn load(reader: &Reader, ids: &[Uuid]) -> Result<Vec<Self>, StoreError> {
        let rows = Entity::find().filter(ids_in(Column::Id, ids)).all(reader).await?;
        Ok(rows.into_iter().map(Self::from).collect())
    }

    fn root(&self) -> Model {
        Model {
            id: self.head.id,
            version: self.head.version,
            name: self.name.clone(),
            running: self.state == RebuildState::Running,
            generation: self.generation,
            started_at: self.started_at.as_millis(),
            created_at: self.head.created_at.as_millis(),
            updated_at: self.head.updated_at.as_millis(),
        }
    }
}

impl From<Model> for Rebuild {
    fn from(row: Model) -> Self {
        Self {
            head: Head {
                id: row.id,
                version: row.version,
                branch: None,
                created_at: Timestamp::from_millis(row.created_at),
                updated_at: Timestamp::from_millis(row.updated_at),
            },
            name: row.name,
            state: if row.running { RebuildState::Running } else { RebuildState::Idle },
            generation: row.generation,
            started_at: Timestamp::from_millis(row.started_at),
        }
    }
}
