//! Limits of authority: aggregates of one row.

use kefu_kernel::{Currency, Head, Id, Timestamp};
use kefu_store::migrate::columns::*;
use kefu_store::row::{broken, instant, millis};
use kefu_store::runner::{Aggregate, ids_in};
use kefu_store::{Reader, Schema, StoreError};
use sea_orm::entity::prelude::*;

use crate::decision::domain::limit::{AuthorityLimit, Holder};
use crate::domain::ids::PersonId;
use crate::store::word;

/// One limit.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "authority_limit")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its version.
    pub version: i64,
    /// When it was set.
    pub created_at: i64,
    /// When it last changed.
    pub updated_at: i64,
    /// The role that has it; empty: a person has.
    pub role: String,
    /// The person who has it.
    pub person_id: Option<Uuid>,
    /// For what.
    pub kind: String,
    /// Of its amounts.
    pub currency: String,
    /// Up to how much, in minor units; none: without end.
    pub limit_minor: Option<i64>,
    /// Above how much a second signature is needed.
    pub four_eyes_above: Option<i64>,
    /// From when on.
    pub valid_from: i64,
    /// Until when.
    pub valid_until: Option<i64>,
    /// Who set it.
    pub created_by: String,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("authority_limit")
            .col(uuid("id"))
            .col(big_integer("version"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .col(text("role"))
            .col(uuid_null("person_id"))
            .col(text("kind"))
            .col(text("currency"))
            .col(big_integer_null("limit_minor"))
            .col(big_integer_null("four_eyes_above"))
            .col(big_integer("valid_from"))
            .col(big_integer_null("valid_until"))
            .col(text("created_by"))
            .primary_key(Index::create().col("id")),
    );
    schema.index("authority_limit", &["role", "kind", "valid_from", "id"]);
    schema.index("authority_limit", &["person_id", "kind", "valid_from"]);
}

impl Aggregate for AuthorityLimit {
    const KIND: &'static str = "authority";
    type Root = Model;

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    async fn load(reader: &Reader, ids: &[Uuid]) -> Result<Vec<Self>, StoreError> {
        let rows = Entity::find().filter(ids_in(Column::Id, ids)).all(reader).await?;
        rows.into_iter().map(read).collect()
    }

    fn root(&self) -> Model {
        Model {
            id: self.head.id,
            version: self.head.version,
            created_at: self.head.created_at.as_millis(),
            updated_at: self.head.updated_at.as_millis(),
            role: match &self.holder {
                Holder::Role(role) => role.clone(),
                Holder::Person(_) => String::new(),
            },
            person_id: match self.holder {
                Holder::Role(_) => None,
                Holder::Person(person) => Some(person.uuid()),
            },
            kind: self.kind.name().to_owned(),
            currency: self.currency.code().to_owned(),
            limit_minor: self.limit,
            four_eyes_above: self.four_eyes_above,
            valid_from: self.valid_from.as_millis(),
            valid_until: millis(self.valid_until),
            created_by: self.created_by.clone(),
        }
    }
}

/// What a row says.
pub fn read(row: Model) -> Result<AuthorityLimit, StoreError> {
    let head = Head {
        id: row.id,
        version: row.version,
        branch: None,
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
    };
    Ok(AuthorityLimit {
        head,
        holder: match row.person_id {
            Some(person) => Holder::Person(PersonId::from(person)),
            None => Holder::Role(row.role),
        },
        kind: word(&row.kind, "kind of decision")?,
        currency: Currency::from_code(&row.currency).ok_or_else(|| broken("currency"))?,
        limit: row.limit_minor,
        four_eyes_above: row.four_eyes_above,
        valid_from: Timestamp::from_millis(row.valid_from),
        valid_until: instant(row.valid_until),
        created_by: row.created_by,
    })
}
