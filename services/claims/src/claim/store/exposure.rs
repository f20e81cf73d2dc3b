//! The exposures of claims.

use std::collections::HashMap;

use kefu_kernel::Id;
use kefu_store::migrate::columns::*;
use kefu_store::runner::ids_in;
use kefu_store::{Reader, Schema, StoreError};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

use crate::claim::domain::{Claim, Exposure};
use crate::domain::ids::ExposureId;
use crate::store::word;

/// One part of a loss.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "exposure")]
pub struct Model {
    /// The exposure.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The claim.
    pub claim_id: Uuid,
    /// Its place, from 0.
    pub place: i32,
    /// What it is for.
    pub peril: String,
    /// By what it is covered.
    pub cover: String,
    /// Of what kind its money is.
    pub cost_kind: String,
    /// Who has to answer for it.
    pub responsible: Option<String>,
    /// Which one; empty: not told.
    pub responsible_code: String,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("exposure")
            .col(uuid("id"))
            .col(uuid("claim_id"))
            .col(integer("place"))
            .col(text("peril"))
            .col(text("cover"))
            .col(text("cost_kind"))
            .col(text_null("responsible"))
            .col(text("responsible_code"))
            .primary_key(Index::create().col("id")),
    );
    schema.index("exposure", &["claim_id", "place"]);
}

/// The rows of a claim's exposures.
pub fn rows(claim: &Claim) -> Vec<Model> {
    let row = |(place, exposure): (i32, &Exposure)| Model {
        id: exposure.id.uuid(),
        claim_id: claim.head.id,
        place,
        peril: exposure.peril.name().to_owned(),
        cover: exposure.cover.name().to_owned(),
        cost_kind: exposure.cost_kind.name().to_owned(),
        responsible: exposure.responsible.as_ref().map(|(party, _)| party.name().to_owned()),
        responsible_code: exposure.responsible.as_ref().map_or_else(String::new, |r| r.1.clone()),
    };
    (0..).zip(&claim.exposures).map(row).collect()
}

/// The exposures of these claims, by claim, in order: one statement.
pub async fn load(
    reader: &Reader,
    claims: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Exposure>>, StoreError> {
    let found = Entity::find().filter(ids_in(Column::ClaimId, claims)).order_by_asc(Column::Place);
    let mut loaded: HashMap<Uuid, Vec<Exposure>> = HashMap::new();
    for row in found.all(reader).await? {
        loaded.entry(row.claim_id).or_default().push(read(row)?);
    }
    Ok(loaded)
}

fn read(row: Model) -> Result<Exposure, StoreError> {
    let party = row.responsible.map(|party| word(&party, "party")).transpose()?;
    Ok(Exposure {
        id: ExposureId::from(row.id),
        peril: word(&row.peril, "peril")?,
        cover: word(&row.cover, "cover")?,
        cost_kind: word(&row.cost_kind, "kind of money")?,
        responsible: party.map(|party| (party, row.responsible_code)),
    })
}
