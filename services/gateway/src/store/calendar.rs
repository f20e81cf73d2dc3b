//! The table of calendars: their present state. The states before are in the events, and in the
//! projections of those who reckon by them.

use std::sync::LazyLock;

use kefu_kernel::id::Uuid;
use kefu_kernel::{Head, Scope};
use kefu_store::filter::{Resource, Row, Value};
use kefu_store::page::{Page, Pages};
use kefu_store::{Aggregate, Reader, StoreError};

use super::list::{self, Asked};
use super::{Stored, of_the_company};
use crate::domain::Calendar;
use crate::error::Error;

static RESOURCE: LazyLock<Resource> = LazyLock::new(|| list::by_code("calendar"));

/// A page of the calendars, by code.
pub async fn page(
    reader: &Reader,
    pages: &Pages,
    scope: &Scope,
    asked: Asked<'_>,
) -> Result<Page<Calendar>, Error> {
    list::page(reader, pages, &RESOURCE, asked, of_the_company(scope)).await
}

impl Aggregate for Calendar {
    const KIND: &'static str = "calendar";
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
            code: self.spec.code.clone(),
            name: self.name.clone(),
            spec: serde_json::to_string(&self.spec).expect("a specification is plain data"),
            is_default: self.is_default,
            created_at: self.head.created_at.as_millis(),
            updated_at: self.head.updated_at.as_millis(),
        }
    }
}

impl Stored for Calendar {
    type Entity = root::Entity;

    fn id_column() -> root::Column {
        root::Column::Id
    }

    async fn assemble(_: &Reader, roots: Vec<root::Model>) -> Result<Vec<Self>, StoreError> {
        let read = |row: root::Model| {
            let spec = serde_json::from_str(&row.spec)
                .map_err(|error| StoreError::Defect(format!("calendar {}: {error}", row.id)))?;
            Ok(Self {
                head: super::head(row.id, row.version, None, row.created_at, row.updated_at),
                name: row.name,
                spec,
                is_default: row.is_default,
            })
        };
        roots.into_iter().map(read).collect()
    }
}

impl Row for root::Model {
    fn value(&self, field: &str) -> Value {
        list::value(field, self.id, &self.code)
    }
}

pub mod root {
    //! A calendar.
    use sea_orm::entity::prelude::*;

    /// The calendar's row.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "calendar")]
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
        /// The kernel's specification, JSON; never queried.
        pub spec: String,
        /// Whether it holds where none is named.
        pub is_default: bool,
        /// When it was added.
        pub created_at: i64,
        /// When it last changed.
        pub updated_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
