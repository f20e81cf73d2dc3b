//! The table of branches.

use std::collections::HashMap;
use std::sync::LazyLock;

use kefu_kernel::id::Uuid;
use kefu_kernel::{Head, Id, Scope};
use kefu_store::filter::{Resource, Row, Value};
use kefu_store::page::{Page, Pages};
use kefu_store::{Aggregate, Reader, StoreError};
use sea_orm::{EntityTrait, QuerySelect};

use super::list::{self, Asked};
use super::{Stored, within};
use crate::domain::Branch;
use crate::error::Error;

static RESOURCE: LazyLock<Resource> = LazyLock::new(|| list::by_code("branch"));

/// A page of the branches in scope, by code.
pub async fn page(
    reader: &Reader,
    pages: &Pages,
    scope: &Scope,
    asked: Asked<'_>,
) -> Result<Page<Branch>, Error> {
    list::page(reader, pages, &RESOURCE, asked, within(scope, root::Column::Id)).await
}

/// The ids of all branches, by code.
pub async fn by_code(reader: &Reader) -> Result<HashMap<String, Uuid>, StoreError> {
    let all = root::Entity::find().select_only().columns([root::Column::Code, root::Column::Id]);
    Ok(all.into_tuple::<(String, Uuid)>().all(reader).await?.into_iter().collect())
}

impl Aggregate for Branch {
    const KIND: &'static str = "branch";
    type Root = root::Model;

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    async fn load(reader: &Reader, ids: &[Uuid]) -> Result<Vec<Self>, StoreError> {
        super::load(reader, ids).await
    }

    fn root(&self) -> root::Model {
        root::Model {
            id: self.head.id,
            version: self.head.version,
            code: self.code.clone(),
            name: self.name.clone(),
            time_zone: self.time_zone.clone(),
            calendar_id: self.calendar.map(Id::uuid),
            created_at: self.head.created_at.as_millis(),
            updated_at: self.head.updated_at.as_millis(),
        }
    }
}

impl Stored for Branch {
    type Entity = root::Entity;

    fn id_column() -> root::Column {
        root::Column::Id
    }

    async fn assemble(_: &Reader, roots: Vec<root::Model>) -> Result<Vec<Self>, StoreError> {
        let branches = roots.into_iter().map(|row| Self {
            head: super::head(row.id, row.version, Some(row.id), row.created_at, row.updated_at),
            code: row.code,
            name: row.name,
            time_zone: row.time_zone,
            calendar: row.calendar_id.map(Into::into),
        });
        Ok(branches.collect())
    }
}

impl Row for root::Model {
    fn value(&self, field: &str) -> Value {
        list::value(field, self.id, &self.code)
    }
}

pub mod root {
    //! A branch.
    use sea_orm::entity::prelude::*;

    /// The branch's row.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "branch")]
    pub struct Model {
        /// Also its scope.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The aggregate's version.
        pub version: i64,
        /// Its code.
        pub code: String,
        /// Its name.
        pub name: String,
        /// IANA name of its zone.
        pub time_zone: String,
        /// Its calendar.
        pub calendar_id: Option<Uuid>,
        /// When it was added.
        pub created_at: i64,
        /// When it last changed.
        pub updated_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
