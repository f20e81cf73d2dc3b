//! The accounts of claims, with their balances kept beside the entries.

use std::collections::HashMap;

use kefu_kernel::{Id, Timestamp};
use kefu_store::migrate::columns::*;
use kefu_store::runner::ids_in;
use kefu_store::{Reader, Schema, StoreError};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

use crate::claim::domain::Claim;
use crate::domain::ids::{AccountId, ExposureId};
use crate::ledger::domain::Account;
use crate::store::word;

/// One account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// The account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The claim.
    pub claim_id: Uuid,
    /// Its place, from 0.
    pub place: i32,
    /// The exposure.
    pub exposure_id: Uuid,
    /// Of what kind the money is.
    pub cost_kind: String,
    /// What it holds.
    pub kind: String,
    /// Debits without credits, in minor units.
    pub balance: i64,
    /// How many entries it has.
    pub entries: i64,
    /// When the last was posted.
    pub last_posted_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("account")
            .col(uuid("id"))
            .col(uuid("claim_id"))
            .col(integer("place"))
            .col(uuid("exposure_id"))
            .col(text("cost_kind"))
            .col(text("kind"))
            .col(big_integer("balance"))
            .col(big_integer("entries"))
            .col(big_integer("last_posted_at"))
            .primary_key(Index::create().col("id")),
    );
    schema.index("account", &["claim_id", "place"]);
}

/// The rows of a claim's accounts.
pub fn rows(claim: &Claim) -> Vec<Model> {
    let row = |(place, account): (i32, &Account)| Model {
        id: account.id.uuid(),
        claim_id: claim.head.id,
        place,
        exposure_id: account.exposure.uuid(),
        cost_kind: account.cost_kind.name().to_owned(),
        kind: account.kind.name().to_owned(),
        balance: account.balance,
        entries: account.entries,
        last_posted_at: account.last_posted_at.as_millis(),
    };
    (0..).zip(&claim.ledger.accounts).map(row).collect()
}

/// The accounts of these claims, by claim, in order: one statement.
pub async fn load(
    reader: &Reader,
    claims: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Account>>, StoreError> {
    let found = Entity::find().filter(ids_in(Column::ClaimId, claims)).order_by_asc(Column::Place);
    let mut loaded: HashMap<Uuid, Vec<Account>> = HashMap::new();
    for row in found.all(reader).await? {
        loaded.entry(row.claim_id).or_default().push(read(&row)?);
    }
    Ok(loaded)
}

fn read(row: &Model) -> Result<Account, StoreError> {
    Ok(Account {
        id: AccountId::from(row.id),
        exposure: ExposureId::from(row.exposure_id),
        cost_kind: word(&row.cost_kind, "kind of money")?,
        kind: word(&row.kind, "kind of account")?,
        balance: row.balance,
        entries: row.entries,
        last_posted_at: Timestamp::from_millis(row.last_posted_at),
    })
}
