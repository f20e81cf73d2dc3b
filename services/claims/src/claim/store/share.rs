//! Who has to answer for how much of a claim, by its assessment.

use std::collections::HashMap;

use kefu_store::migrate::columns::*;
use kefu_store::runner::ids_in;
use kefu_store::{Reader, Schema, StoreError};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

use crate::claim::domain::{Claim, Share};
use crate::store::word;

/// One share.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "liability_share")]
pub struct Model {
    /// The claim.
    #[sea_orm(primary_key, auto_increment = false)]
    pub claim_id: Uuid,
    /// Its place, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: i32,
    /// Who.
    pub party: String,
    /// Which one; empty: not told.
    pub code: String,
    /// How much, in hundredths of a percent.
    pub basis_points: i32,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("liability_share")
            .col(uuid("claim_id"))
            .col(integer("place"))
            .col(text("party"))
            .col(text("code"))
            .col(integer("basis_points"))
            .primary_key(Index::create().col("claim_id").col("place")),
    );
}

/// The rows of a claim's shares.
pub fn rows(claim: &Claim) -> Vec<Model> {
    let row = |(place, share): (i32, &Share)| Model {
        claim_id: claim.head.id,
        place,
        party: share.party.name().to_owned(),
        code: share.code.clone(),
        basis_points: share.basis_points,
    };
    let shares = claim.assessment.iter().flat_map(|assessment| &assessment.shares);
    (0..).zip(shares).map(row).collect()
}

/// The shares of these claims, by claim, in order: one statement.
pub async fn load(
    reader: &Reader,
    claims: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Share>>, StoreError> {
    let found = Entity::find().filter(ids_in(Column::ClaimId, claims)).order_by_asc(Column::Place);
    let mut loaded: HashMap<Uuid, Vec<Share>> = HashMap::new();
    for row in found.all(reader).await? {
        loaded.entry(row.claim_id).or_default().push(read(row)?);
    }
    Ok(loaded)
}

fn read(row: Model) -> Result<Share, StoreError> {
    Ok(Share { party: word(&row.party, "party")?, code: row.code, basis_points: row.basis_points })
}
