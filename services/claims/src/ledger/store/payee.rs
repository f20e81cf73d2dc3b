//! Whom claims may pay.

use std::collections::HashMap;

use kefu_kernel::{Id, Timestamp};
use kefu_store::migrate::columns::*;
use kefu_store::runner::ids_in;
use kefu_store::{Reader, Schema, StoreError};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

use crate::claim::domain::Claim;
use crate::domain::ids::PayeeId;
use crate::ledger::domain::Payee;
use crate::store::word;

/// One payee.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payee")]
pub struct Model {
    /// The payee.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The claim.
    pub claim_id: Uuid,
    /// Its place, from 0.
    pub place: i32,
    /// Their name. Personal.
    pub name: String,
    /// How they are paid.
    pub method: String,
    /// The end of the account. Personal.
    pub account_end: String,
    /// The account, sealed. Personal.
    pub sealed_account: Vec<u8>,
    /// The bank's code.
    pub bank_code: String,
    /// Who named them.
    pub created_by: String,
    /// When.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("payee")
            .col(uuid("id"))
            .col(uuid("claim_id"))
            .col(integer("place"))
            .col(text("name"))
            .col(text("method"))
            .col(text("account_end"))
            .col(blob("sealed_account"))
            .col(text("bank_code"))
            .col(text("created_by"))
            .col(big_integer("created_at"))
            .primary_key(Index::create().col("id")),
    );
    schema.index("payee", &["claim_id", "place"]);
}

/// The rows of a claim's payees.
pub fn rows(claim: &Claim) -> Vec<Model> {
    let row = |(place, payee): (i32, &Payee)| Model {
        id: payee.id.uuid(),
        claim_id: claim.head.id,
        place,
        name: payee.name.clone(),
        method: payee.method.name().to_owned(),
        account_end: payee.account_end.clone(),
        sealed_account: payee.sealed_account.clone(),
        bank_code: payee.bank_code.clone(),
        created_by: payee.created_by.clone(),
        created_at: payee.created_at.as_millis(),
    };
    (0..).zip(&claim.payees).map(row).collect()
}

/// The payees of these claims, by claim, in order: one statement.
pub async fn load(
    reader: &Reader,
    claims: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Payee>>, StoreError> {
    let found = Entity::find().filter(ids_in(Column::ClaimId, claims)).order_by_asc(Column::Place);
    let mut loaded: HashMap<Uuid, Vec<Payee>> = HashMap::new();
    for row in found.all(reader).await? {
        loaded.entry(row.claim_id).or_default().push(read(row)?);
    }
    Ok(loaded)
}

fn read(row: Model) -> Result<Payee, StoreError> {
    Ok(Payee {
        id: PayeeId::from(row.id),
        name: row.name,
        method: word(&row.method, "way of paying")?,
        account_end: row.account_end,
        sealed_account: row.sealed_account,
        bank_code: row.bank_code,
        created_by: row.created_by,
        created_at: Timestamp::from_millis(row.created_at),
    })
}
