//! The decisions on claims.

use std::collections::HashMap;

use kefu_kernel::{Id, Timestamp};
use kefu_store::migrate::columns::*;
use kefu_store::row::{instant, millis};
use kefu_store::runner::ids_in;
use kefu_store::{Reader, Schema, StoreError};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

use crate::claim::domain::Claim;
use crate::decision::domain::Decision;
use crate::domain::ids::{DecisionId, ExposureId, OfferId, RecoveryId};
use crate::store::word;

/// One decision.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "decision")]
pub struct Model {
    /// The decision.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The claim.
    pub claim_id: Uuid,
    /// Its place, from 0.
    pub place: i32,
    /// What it is about.
    pub kind: String,
    /// How it stands.
    pub state: String,
    /// How much, in minor units.
    pub amount: Option<i64>,
    /// How much of it waits.
    pub pending: i64,
    /// What limits are held against.
    pub cumulative: i64,
    /// The exposure.
    pub exposure_id: Option<Uuid>,
    /// The recovery that a write-off closes.
    pub recovery_id: Option<Uuid>,
    /// The offer that it came from.
    pub offer_id: Option<Uuid>,
    /// The code of the reason.
    pub reason: String,
    /// Why. Personal.
    pub grounds: String,
    /// Who proposed it.
    pub proposed_by: String,
    /// When.
    pub proposed_at: i64,
    /// The state that the claim goes back to.
    pub state_before: String,
    /// How many signatures it needs.
    pub signatures_needed: i32,
    /// Who did not sign it, or took it back.
    pub ended_by: String,
    /// When it ended.
    pub ended_at: Option<i64>,
    /// Why it was refused.
    pub refusal_reason: String,
    /// What has to be otherwise. Personal.
    pub refusal_note: String,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("decision")
            .col(uuid("id"))
            .col(uuid("claim_id"))
            .col(integer("place"))
            .col(text("kind"))
            .col(text("state"))
            .col(big_integer_null("amount"))
            .col(big_integer("pending"))
            .col(big_integer("cumulative"))
            .col(uuid_null("exposure_id"))
            .col(uuid_null("recovery_id"))
            .col(uuid_null("offer_id"))
            .col(text("reason"))
            .col(text("grounds"))
            .col(text("proposed_by"))
            .col(big_integer("proposed_at"))
            .col(text("state_before"))
            .col(integer("signatures_needed"))
            .col(text("ended_by"))
            .col(big_integer_null("ended_at"))
            .col(text("refusal_reason"))
            .col(text("refusal_note"))
            .primary_key(Index::create().col("id")),
    );
    schema.index("decision", &["claim_id", "place"]);
}

/// The rows of a claim's decisions.
pub fn rows(claim: &Claim) -> Vec<Model> {
    let row = |(place, decision): (i32, &Decision)| Model {
        id: decision.id.uuid(),
        claim_id: claim.head.id,
        place,
        kind: decision.kind.name().to_owned(),
        state: decision.state.name().to_owned(),
        amount: decision.amount,
        pending: decision.pending,
        cumulative: decision.cumulative,
        exposure_id: decision.exposure.map(Id::uuid),
        recovery_id: decision.recovery.map(Id::uuid),
        offer_id: decision.offer.map(Id::uuid),
        reason: decision.reason.clone(),
        grounds: decision.grounds.clone(),
        proposed_by: decision.proposed_by.clone(),
        proposed_at: decision.proposed_at.as_millis(),
        state_before: decision.state_before.name().to_owned(),
        signatures_needed: decision.signatures_needed,
        ended_by: decision.ended_by.clone(),
        ended_at: millis(decision.ended_at),
        refusal_reason: decision.refusal_reason.clone(),
        refusal_note: decision.refusal_note.clone(),
    };
    (0..).zip(&claim.decisions).map(row).collect()
}

/// The decisions of these claims, by claim, in order: one statement.
pub async fn load(
    reader: &Reader,
    claims: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Decision>>, StoreError> {
    let found = Entity::find().filter(ids_in(Column::ClaimId, claims)).order_by_asc(Column::Place);
    let mut loaded: HashMap<Uuid, Vec<Decision>> = HashMap::new();
    for row in found.all(reader).await? {
        loaded.entry(row.claim_id).or_default().push(read(row)?);
    }
    Ok(loaded)
}

fn read(row: Model) -> Result<Decision, StoreError> {
    Ok(Decision {
        id: DecisionId::from(row.id),
        kind: word(&row.kind, "kind of decision")?,
        state: word(&row.state, "state of a decision")?,
        amount: row.amount,
        pending: row.pending,
        cumulative: row.cumulative,
        exposure: row.exposure_id.map(ExposureId::from),
        recovery: row.recovery_id.map(RecoveryId::from),
        offer: row.offer_id.map(OfferId::from),
        reason: row.reason,
        grounds: row.grounds,
        proposed_by: row.proposed_by,
        proposed_at: Timestamp::from_millis(row.proposed_at),
        state_before: word(&row.state_before, "state of a claim")?,
        signatures_needed: row.signatures_needed,
        // Read by themselves.
        signatures: Vec::new(),
        ended_by: row.ended_by,
        ended_at: instant(row.ended_at),
        refusal_reason: row.refusal_reason,
        refusal_note: row.refusal_note,
    })
}
