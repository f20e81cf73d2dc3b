//! The tables of API keys. When a key was last used is beside them: it is no change of the key.

use std::collections::HashMap;
use std::sync::LazyLock;

use kefu_kernel::id::Uuid;
use kefu_kernel::{Head, Scope, Timestamp};
use kefu_store::filter::{Resource, Row, Value};
use kefu_store::page::{Page, Pages};
use kefu_store::{Aggregate, Reader, Rows, Store, StoreError, WriteTx, ids_in};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::list::{self, Asked};
use super::{Stored, of_the_company, text};
use crate::domain::key::Secret;
use crate::domain::{Key, Rights};
use crate::error::Error;

static RESOURCE: LazyLock<Resource> = LazyLock::new(|| list::newest_first("api_key"));

/// A page of keys, newest first; without those that are revoked or over at `now` (machine clock),
/// unless `revoked`.
pub async fn page(
    reader: &Reader,
    pages: &Pages,
    scope: &Scope,
    (revoked, now): (bool, Timestamp),
    asked: Asked<'_>,
) -> Result<Page<Key>, Error> {
    let mut condition = Condition::all().add(of_the_company(scope));
    if !revoked {
        let ends = root::Column::ExpiresAt;
        let lasts = Condition::any().add(ends.is_null()).add(ends.gt(now.as_millis()));
        condition = condition.add(root::Column::RevokedAt.is_null()).add(lasts);
    }
    let parent = if revoked { "revoked" } else { "" };
    list::page(reader, pages, &RESOURCE, Asked { parent, ..asked }, condition).await
}

/// When these keys were last used, to the hour.
pub async fn last_used(
    reader: &Reader,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Timestamp>, StoreError> {
    let rows = usage::Entity::find().filter(ids_in(usage::Column::KeyId, ids)).all(reader).await?;
    Ok(rows.into_iter().map(|row| (row.key_id, Timestamp::from_millis(row.used_at))).collect())
}

/// Notes when keys were used.
pub async fn note_use(store: &Store, used: HashMap<Uuid, Timestamp>) -> Result<(), StoreError> {
    let rows: Vec<usage::Model> = used
        .into_iter()
        .map(|(key_id, at)| usage::Model { key_id, used_at: at.as_millis() })
        .collect();
    store.write(async |tx: &WriteTx| tx.put(&rows).await).await
}

impl Key {
    fn secret_rows(&self) -> Vec<secret::Model> {
        let rows = self.secrets.iter().map(|one| secret::Model {
            key_id: self.head.id,
            serial: one.serial,
            hash: one.hash.to_vec(),
            created_at: one.created_at.as_millis(),
            ends_at: one.ends_at.map(Timestamp::as_millis),
        });
        rows.collect()
    }
}

impl Aggregate for Key {
    const KIND: &'static str = "key";
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
            name: self.name.clone(),
            roles: text::words(&self.rights.roles),
            branches: text::ids(&self.rights.branches),
            all_branches: self.rights.all_branches,
            scopes: text::words(&self.scopes),
            administrator: self.is_administrator(Timestamp::from_millis(i64::MIN)),
            expires_at: self.expires_at.map(Timestamp::as_millis),
            revoked_at: self.revoked_at.map(Timestamp::as_millis),
            created_at: self.head.created_at.as_millis(),
            updated_at: self.head.updated_at.as_millis(),
        }
    }

    fn parts(before: Option<&Self>, after: &Self, rows: &mut Rows) {
        rows.parts(&before.map(Self::secret_rows).unwrap_or_default(), &after.secret_rows());
    }
}

impl Stored for Key {
    type Entity = root::Entity;

    fn id_column() -> root::Column {
        root::Column::Id
    }

    async fn assemble(reader: &Reader, roots: Vec<root::Model>) -> Result<Vec<Self>, StoreError> {
        let ids: Vec<Uuid> = roots.iter().map(|row| row.id).collect();
        let secrets = secret::Entity::find().filter(ids_in(secret::Column::KeyId, &ids));
        let mut secrets = secrets.all(reader).await?;
        secrets.sort_by_key(|row| row.serial);
        let keys = roots.into_iter().map(|row| Self {
            head: super::head(row.id, row.version, None, row.created_at, row.updated_at),
            name: row.name,
            rights: Rights {
                roles: text::read_words(&row.roles),
                branches: text::read_ids(&row.branches),
                all_branches: row.all_branches,
            },
            scopes: text::read_words(&row.scopes),
            expires_at: row.expires_at.map(Timestamp::from_millis),
            revoked_at: row.revoked_at.map(Timestamp::from_millis),
            secrets: secrets.iter().filter(|one| one.key_id == row.id).filter_map(read).collect(),
        });
        Ok(keys.collect())
    }
}

/// A hash of another length matches nothing and is left out.
fn read(row: &secret::Model) -> Option<Secret> {
    Some(Secret {
        serial: row.serial,
        hash: row.hash.as_slice().try_into().ok()?,
        created_at: Timestamp::from_millis(row.created_at),
        ends_at: row.ends_at.map(Timestamp::from_millis),
    })
}

impl Row for root::Model {
    fn value(&self, field: &str) -> Value {
        list::value(field, self.id, "")
    }
}

pub mod root {
    //! An API key.
    use sea_orm::entity::prelude::*;

    /// The key's row.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "api_key")]
    pub struct Model {
        /// Its id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The aggregate's version.
        pub version: i64,
        /// What it is for.
        pub name: String,
        /// Codes of roles, divided by spaces.
        pub roles: String,
        /// Ids of branches, divided by spaces.
        pub branches: String,
        /// Whether every branch's things are its.
        pub all_branches: bool,
        /// Permissions, divided by spaces; empty: all of its roles'.
        pub scopes: String,
        /// Whether it lets its holder administer the company, until it ends.
        pub administrator: bool,
        /// When it ends.
        pub expires_at: Option<i64>,
        /// When it was revoked.
        pub revoked_at: Option<i64>,
        /// When it was made.
        pub created_at: i64,
        /// When it last changed.
        pub updated_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod secret {
    //! What is kept of a secret.
    use sea_orm::entity::prelude::*;

    /// One secret of a key.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "api_key_secret")]
    pub struct Model {
        /// The key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub key_id: Uuid,
        /// Counts the key's secrets.
        #[sea_orm(primary_key, auto_increment = false)]
        pub serial: i32,
        /// The keyed hash.
        pub hash: Vec<u8>,
        /// When it was made.
        pub created_at: i64,
        /// When it ends, machine clock.
        pub ends_at: Option<i64>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod usage {
    //! When a key was last used.
    use sea_orm::entity::prelude::*;

    /// One key's last hour of use.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "api_key_use")]
    pub struct Model {
        /// The key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub key_id: Uuid,
        /// The beginning of the hour, machine clock.
        pub used_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
