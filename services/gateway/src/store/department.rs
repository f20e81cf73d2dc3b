//! The table of departments.

use std::sync::LazyLock;

use kefu_kernel::id::Uuid;
use kefu_kernel::{Head, Id, Scope};
use kefu_store::filter::{Resource, Row, Value};
use kefu_store::page::{Page, Pages};
use kefu_store::{Aggregate, Reader, StoreError};
use sea_orm::ColumnTrait;

use super::list::{self, Asked};
use super::{Stored, within};
use crate::domain::Department;
use crate::error::Error;

static RESOURCE: LazyLock<Resource> = LazyLock::new(|| list::by_code("department"));

/// A page of the departments in scope, by code; only the one with `code` where it is not empty.
pub async fn page(
    reader: &Reader,
    pages: &Pages,
    scope: &Scope,
    code: &str,
    asked: Asked<'_>,
) -> Result<Page<Department>, Error> {
    let mut condition = within(scope, root::Column::Branch);
    if !code.is_empty() {
        condition = sea_orm::Condition::all().add(condition).add(root::Column::Code.eq(code));
    }
    let asked = Asked { parent: code, ..asked };
    list::page(reader, pages, &RESOURCE, asked, condition).await
}

impl Aggregate for Department {
    const KIND: &'static str = "department";
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
            branch: self.head.branch,
            code: self.code.clone(),
            name: self.name.clone(),
            head_id: self.headed_by.map(Id::uuid),
            created_at: self.head.created_at.as_millis(),
            updated_at: self.head.updated_at.as_millis(),
        }
    }
}

impl Stored for Department {
    type Entity = root::Entity;

    fn id_column() -> root::Column {
        root::Column::Id
    }

    async fn assemble(_: &Reader, roots: Vec<root::Model>) -> Result<Vec<Self>, StoreError> {
        let departments = roots.into_iter().map(|row| Self {
            head: super::head(row.id, row.version, row.branch, row.created_at, row.updated_at),
            code: row.code,
            name: row.name,
            headed_by: row.head_id.map(Into::into),
        });
        Ok(departments.collect())
    }
}

impl Row for root::Model {
    fn value(&self, field: &str) -> Value {
        list::value(field, self.id, &self.code)
    }
}

pub mod root {
    //! A department.
    use sea_orm::entity::prelude::*;

    /// The department's row.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "department")]
    pub struct Model {
        /// Its id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The aggregate's version.
        pub version: i64,
        /// The branch that it belongs to.
        pub branch: Option<Uuid>,
        /// Its code.
        pub code: String,
        /// Its name.
        pub name: String,
        /// Who heads it.
        pub head_id: Option<Uuid>,
        /// When it was added.
        pub created_at: i64,
        /// When it last changed.
        pub updated_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
