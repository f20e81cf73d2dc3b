//! Where evidence has been: rows that never change, but for an erasure.

use std::collections::HashMap;

use kefu_kernel::{Id, Timestamp};
use kefu_store::migrate::columns::*;
use kefu_store::runner::ids_in;
use kefu_store::{Reader, Schema, StoreError};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

use crate::claim::domain::{Claim, Custody, Evidence};
use crate::domain::ids::EvidenceId;

/// One thing that was done with evidence.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence_custody")]
pub struct Model {
    /// The evidence.
    #[sea_orm(primary_key, auto_increment = false)]
    pub evidence_id: Uuid,
    /// Its place, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: i32,
    /// The claim.
    pub claim_id: Uuid,
    /// What.
    pub action: String,
    /// Who has it since.
    pub holder: String,
    /// Where; empty: not told.
    pub at_place: String,
    /// A remark. Personal.
    pub note: String,
    /// When.
    pub at: i64,
    /// Who recorded it.
    pub recorded_by: String,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("evidence_custody")
            .col(uuid("evidence_id"))
            .col(integer("place"))
            .col(uuid("claim_id"))
            .col(text("action"))
            .col(text("holder"))
            .col(text("at_place"))
            .col(text("note"))
            .col(big_integer("at"))
            .col(text("recorded_by"))
            .primary_key(Index::create().col("evidence_id").col("place")),
    );
    schema.index("evidence_custody", &["claim_id", "evidence_id", "place"]);
}

/// The rows of everything that was done with a claim's evidence.
pub fn rows(claim: &Claim) -> Vec<Model> {
    let of_one = |evidence: &Evidence| {
        let id = evidence.id.uuid();
        let row = |(place, entry): (i32, &Custody)| Model {
            evidence_id: id,
            place,
            claim_id: claim.head.id,
            action: entry.action.clone(),
            holder: entry.holder.clone(),
            at_place: entry.place.clone(),
            note: entry.note.clone(),
            at: entry.at.as_millis(),
            recorded_by: entry.recorded_by.clone(),
        };
        (0..).zip(&evidence.custody).map(row).collect::<Vec<_>>()
    };
    claim.evidence.iter().flat_map(of_one).collect()
}

/// What was done with the evidence of these claims, by evidence, in order: one statement.
pub async fn load(
    reader: &Reader,
    claims: &[Uuid],
) -> Result<HashMap<EvidenceId, Vec<Custody>>, StoreError> {
    let found = Entity::find().filter(ids_in(Column::ClaimId, claims)).order_by_asc(Column::Place);
    let mut loaded: HashMap<EvidenceId, Vec<Custody>> = HashMap::new();
    for row in found.all(reader).await? {
        loaded.entry(EvidenceId::from(row.evidence_id)).or_default().push(Custody {
            action: row.action,
            holder: row.holder,
            place: row.at_place,
            note: row.note,
            at: Timestamp::from_millis(row.at),
            recorded_by: row.recorded_by,
        });
    }
    Ok(loaded)
}
