//! Delegations of authority: aggregates of one row.

use kefu_kernel::{Currency, Head, Id, Timestamp};
use kefu_store::migrate::columns::*;
use kefu_store::row::{broken, instant, millis};
use kefu_store::runner::{Aggregate, ids_in};
use kefu_store::{Reader, Schema, StoreError};
use sea_orm::entity::prelude::*;

use crate::decision::domain::delegation::Delegation;
use crate::domain::ids::PersonId;
use crate::store::word;

/// One delegation.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "delegation")]
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
    /// Whose authority it is.
    pub from_id: Uuid,
    /// Who may use it.
    pub to_id: Uuid,
    /// For what, separated by commas.
    pub kinds: String,
    /// Up to how much, in minor units; none: all that the other may.
    pub limit_minor: Option<i64>,
    /// Of that limit; empty without one.
    pub currency: String,
    /// From when on.
    pub valid_from: i64,
    /// Until when.
    pub valid_until: i64,
    /// The code of the reason.
    pub reason: String,
    /// Who made it.
    pub created_by: String,
    /// When it was ended before its time.
    pub revoked_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("delegation")
            .col(uuid("id"))
            .col(big_integer("version"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .col(uuid("from_id"))
            .col(uuid("to_id"))
            .col(text("kinds"))
            .col(big_integer_null("limit_minor"))
            .col(text("currency"))
            .col(big_integer("valid_from"))
            .col(big_integer("valid_until"))
            .col(text("reason"))
            .col(text("created_by"))
            .col(big_integer_null("revoked_at"))
            .primary_key(Index::create().col("id")),
    );
    schema.index("delegation", &["to_id", "valid_until"]);
    schema.index("delegation", &["from_id", "valid_until"]);
    schema.index("delegation", &["valid_from", "id"]);
}

impl Aggregate for Delegation {
    const KIND: &'static str = "delegation";
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
            from_id: self.from.uuid(),
            to_id: self.to.uuid(),
            kinds: self.kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(","),
            limit_minor: self.limit,
            currency: self.currency.map_or_else(String::new, |c| c.code().to_owned()),
            valid_from: self.valid_from.as_millis(),
            valid_until: self.valid_until.as_millis(),
            reason: self.reason.clone(),
            created_by: self.created_by.clone(),
            revoked_at: millis(self.revoked_at),
        }
    }
}

/// What a row says.
pub fn read(row: Model) -> Result<Delegation, StoreError> {
    let head = Head {
        id: row.id,
        version: row.version,
        branch: None,
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
    };
    let kinds = row.kinds.split(',').map(|name| word(name, "kind of decision"));
    let currency = Some(row.currency).filter(|code| !code.is_empty());
    let currency =
        currency.map(|code| Currency::from_code(&code).ok_or_else(|| broken("currency")));
    Ok(Delegation {
        head,
        from: PersonId::from(row.from_id),
        to: PersonId::from(row.to_id),
        kinds: kinds.collect::<Result<_, _>>()?,
        limit: row.limit_minor,
        currency: currency.transpose()?,
        valid_from: Timestamp::from_millis(row.valid_from),
        valid_until: Timestamp::from_millis(row.valid_until),
        reason: row.reason,
        created_by: row.created_by,
        revoked_at: instant(row.revoked_at),
    })
}
