//! The table of roles.

use std::sync::LazyLock;

use kefu_kernel::id::Uuid;
use kefu_kernel::{Head, Scope};
use kefu_rpc::RoleTable;
use kefu_store::filter::{Resource, Row, Value};
use kefu_store::page::{Page, Pages};
use kefu_store::{Aggregate, Reader, StoreError};
use sea_orm::EntityTrait;

use super::list::{self, Asked};
use super::{Stored, of_the_company, text};
use crate::domain::Role;
use crate::error::Error;

static RESOURCE: LazyLock<Resource> = LazyLock::new(|| list::by_code("role"));

/// A page of the roles, by code.
pub async fn page(
    reader: &Reader,
    pages: &Pages,
    scope: &Scope,
    asked: Asked<'_>,
) -> Result<Page<Role>, Error> {
    list::page(reader, pages, &RESOURCE, asked, of_the_company(scope)).await
}

/// Every role's permissions, by code.
pub async fn table(reader: &Reader) -> Result<RoleTable, StoreError> {
    let rows = root::Entity::find().all(reader).await?;
    Ok(rows.into_iter().map(|row| (row.code, text::read_words(&row.permissions))).collect())
}

impl Aggregate for Role {
    const KIND: &'static str = "role";
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
            permissions: text::words(&self.permissions),
            built_in: self.built_in,
            created_at: self.head.created_at.as_millis(),
            updated_at: self.head.updated_at.as_millis(),
        }
    }
}

impl Stored for Role {
    type Entity = root::Entity;

    fn id_column() -> root::Column {
        root::Column::Id
    }

    async fn assemble(_: &Reader, roots: Vec<root::Model>) -> Result<Vec<Self>, StoreError> {
        let roles = roots.into_iter().map(|row| Self {
            head: super::head(row.id, row.version, None, row.created_at, row.updated_at),
            code: row.code,
            name: row.name,
            permissions: text::read_words(&row.permissions),
            built_in: row.built_in,
        });
        Ok(roles.collect())
    }
}

impl Row for root::Model {
    fn value(&self, field: &str) -> Value {
        list::value(field, self.id, &self.code)
    }
}

pub mod root {
    //! A role.
    use sea_orm::entity::prelude::*;

    /// The role's row.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "role")]
    pub struct Model {
        /// Its id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The aggregate's version.
        pub version: i64,
        /// Its code.
        pub code: String,
        /// Its name.
        pub name: String,
        /// Its permissions, divided by spaces.
        pub permissions: String,
        /// Whether it came with Kefu.
        pub built_in: bool,
        /// When it was added.
        pub created_at: i64,
        /// When it last changed.
        pub updated_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
