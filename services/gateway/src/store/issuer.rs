//! The table of trusted issuers. One that is trusted no longer keeps its row, and is found no more.

use std::sync::LazyLock;

use kefu_kernel::id::Uuid;
use kefu_kernel::{Head, Scope, Timestamp};
use kefu_store::filter::{Resource, Row, Value};
use kefu_store::page::{Page, Pages};
use kefu_store::{Aggregate, Reader, StoreError, ids_in};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::list::{self, Asked};
use super::{Stored, of_the_company, text};
use crate::domain::Issuer;
use crate::domain::issuer::Algorithm;
use crate::error::Error;

static RESOURCE: LazyLock<Resource> = LazyLock::new(|| list::newest_first("issuer"));

/// A page of the issuers that are trusted, newest first.
pub async fn page(
    reader: &Reader,
    pages: &Pages,
    scope: &Scope,
    asked: Asked<'_>,
) -> Result<Page<Issuer>, Error> {
    let trusted =
        Condition::all().add(of_the_company(scope)).add(root::Column::DeletedAt.is_null());
    list::page(reader, pages, &RESOURCE, asked, trusted).await
}

/// All issuers that are trusted.
pub async fn trusted(reader: &Reader) -> Result<Vec<Issuer>, StoreError> {
    let rows = root::Entity::find().filter(root::Column::DeletedAt.is_null()).all(reader).await?;
    Issuer::assemble(reader, rows).await
}

impl Aggregate for Issuer {
    const KIND: &'static str = "issuer";
    type Root = root::Model;

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    async fn load(reader: &Reader, ids: &[Uuid]) -> Result<Vec<Self>, StoreError> {
        let rows = root::Entity::find()
            .filter(ids_in(root::Column::Id, ids))
            .filter(root::Column::DeletedAt.is_null())
            .all(reader)
            .await?;
        Self::assemble(reader, rows).await
    }

    fn root(&self) -> root::Model {
        let name = |one: &Algorithm| Algorithm::ALL.iter().find(|(it, _)| it == one).map(|it| it.1);
        let algorithms: Vec<&str> = self.algorithms.iter().filter_map(name).collect();
        root::Model {
            id: self.head.id,
            version: self.head.version,
            issuer: self.issuer.clone(),
            name: self.name.clone(),
            jwks_url: self.jwks_url.clone(),
            audiences: self.audiences.join("\n"),
            algorithms: algorithms.join(" "),
            roles_claim: self.roles_claim.clone(),
            branches_claim: self.branches_claim.clone(),
            deleted_at: self.deleted_at.map(Timestamp::as_millis),
            created_at: self.head.created_at.as_millis(),
            updated_at: self.head.updated_at.as_millis(),
        }
    }
}

impl Stored for Issuer {
    type Entity = root::Entity;

    fn id_column() -> root::Column {
        root::Column::Id
    }

    async fn assemble(_: &Reader, roots: Vec<root::Model>) -> Result<Vec<Self>, StoreError> {
        let known =
            |name: String| Algorithm::ALL.iter().find(|(_, it)| **it == name).map(|it| it.0);
        let issuers = roots.into_iter().map(|row| Self {
            head: super::head(row.id, row.version, None, row.created_at, row.updated_at),
            issuer: row.issuer,
            name: row.name,
            jwks_url: row.jwks_url,
            audiences: row.audiences.lines().map(str::to_owned).collect(),
            algorithms: text::read_words::<Vec<String>>(&row.algorithms)
                .into_iter()
                .filter_map(known)
                .collect(),
            roles_claim: row.roles_claim,
            branches_claim: row.branches_claim,
            deleted_at: row.deleted_at.map(Timestamp::from_millis),
        });
        Ok(issuers.collect())
    }
}

impl Row for root::Model {
    fn value(&self, field: &str) -> Value {
        list::value(field, self.id, "")
    }
}

pub mod root {
    //! A trusted issuer.
    use sea_orm::entity::prelude::*;

    /// The issuer's row.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "issuer")]
    pub struct Model {
        /// Its id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The aggregate's version.
        pub version: i64,
        /// Its `iss`.
        pub issuer: String,
        /// Its name.
        pub name: String,
        /// Where its keys are.
        pub jwks_url: String,
        /// Audiences, one a line.
        pub audiences: String,
        /// Algorithms, divided by spaces.
        pub algorithms: String,
        /// The claim that names roles.
        pub roles_claim: String,
        /// The claim that names branches.
        pub branches_claim: String,
        /// When it ceased to be trusted.
        pub deleted_at: Option<i64>,
        /// When it was added.
        pub created_at: i64,
        /// When it last changed.
        pub updated_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
