//! The evidence of claims, by the hashes of its files.

use std::collections::HashMap;

use kefu_kernel::{Id, Timestamp};
use kefu_store::migrate::columns::*;
use kefu_store::row::{instant, millis};
use kefu_store::runner::ids_in;
use kefu_store::{Reader, Schema, StoreError};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

use crate::claim::domain::{Claim, Evidence};
use crate::domain::ids::EvidenceId;

/// One file.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence")]
pub struct Model {
    /// The evidence.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The claim.
    pub claim_id: Uuid,
    /// Its place, from 0.
    pub place: i32,
    /// What it is.
    pub kind: String,
    /// The hash of its bytes, in hexadecimal.
    pub sha256: String,
    /// Of what type it is.
    pub media_type: String,
    /// How many bytes it has.
    pub size_bytes: i64,
    /// Its name. Personal.
    pub name: String,
    /// Where its bytes are.
    pub storage_key: String,
    /// Who handed it in.
    pub provided_by: String,
    /// When it was taken.
    pub taken_at: Option<i64>,
    /// Who recorded it.
    pub recorded_by: String,
    /// When.
    pub recorded_at: i64,
    /// When it was withdrawn.
    pub withdrawn_at: Option<i64>,
    /// Why.
    pub withdrawal_reason: String,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("evidence")
            .col(uuid("id"))
            .col(uuid("claim_id"))
            .col(integer("place"))
            .col(text("kind"))
            .col(text("sha256"))
            .col(text("media_type"))
            .col(big_integer("size_bytes"))
            .col(text("name"))
            .col(text("storage_key"))
            .col(text("provided_by"))
            .col(big_integer_null("taken_at"))
            .col(text("recorded_by"))
            .col(big_integer("recorded_at"))
            .col(big_integer_null("withdrawn_at"))
            .col(text("withdrawal_reason"))
            .primary_key(Index::create().col("id")),
    );
    schema.index("evidence", &["claim_id", "place"]);
    schema.index("evidence", &["sha256", "claim_id"]);
}

/// The rows of a claim's evidence.
pub fn rows(claim: &Claim) -> Vec<Model> {
    let row = |(place, evidence): (i32, &Evidence)| Model {
        id: evidence.id.uuid(),
        claim_id: claim.head.id,
        place,
        kind: evidence.kind.clone(),
        sha256: evidence.sha256.clone(),
        media_type: evidence.media_type.clone(),
        size_bytes: evidence.size_bytes,
        name: evidence.name.clone(),
        storage_key: evidence.storage_key.clone(),
        provided_by: evidence.provided_by.clone(),
        taken_at: millis(evidence.taken_at),
        recorded_by: evidence.recorded_by.clone(),
        recorded_at: evidence.recorded_at.as_millis(),
        withdrawn_at: millis(evidence.withdrawn.as_ref().map(|(at, _)| *at)),
        withdrawal_reason: evidence.withdrawn.as_ref().map_or_else(String::new, |w| w.1.clone()),
    };
    (0..).zip(&claim.evidence).map(row).collect()
}

/// The evidence of these claims, by claim, in order: one statement.
pub async fn load(
    reader: &Reader,
    claims: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Evidence>>, StoreError> {
    let found = Entity::find().filter(ids_in(Column::ClaimId, claims)).order_by_asc(Column::Place);
    let mut loaded: HashMap<Uuid, Vec<Evidence>> = HashMap::new();
    for row in found.all(reader).await? {
        loaded.entry(row.claim_id).or_default().push(read(row));
    }
    Ok(loaded)
}

fn read(row: Model) -> Evidence {
    Evidence {
        id: EvidenceId::from(row.id),
        kind: row.kind,
        sha256: row.sha256,
        media_type: row.media_type,
        size_bytes: row.size_bytes,
        name: row.name,
        storage_key: row.storage_key,
        provided_by: row.provided_by,
        taken_at: instant(row.taken_at),
        recorded_by: row.recorded_by,
        recorded_at: Timestamp::from_millis(row.recorded_at),
        // Read by itself.
        custody: Vec::new(),
        withdrawn: instant(row.withdrawn_at).map(|at| (at, row.withdrawal_reason)),
    }
}
