//! The offers of claims.

use std::collections::HashMap;

use kefu_kernel::{Id, Timestamp};
use kefu_store::migrate::columns::*;
use kefu_store::row::{instant, millis};
use kefu_store::runner::ids_in;
use kefu_store::{Reader, Schema, StoreError};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

use crate::claim::domain::Claim;
use crate::domain::ids::OfferId;
use crate::domain::words::Channel;
use crate::offer::domain::Offer;
use crate::store::word;

/// One offer.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "offer")]
pub struct Model {
    /// The offer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The claim.
    pub claim_id: Uuid,
    /// Its place, from 0.
    pub place: i32,
    /// Whose it is.
    pub side: String,
    /// How it stands.
    pub state: String,
    /// How much, in minor units.
    pub amount: i64,
    /// On what it rests.
    pub basis: String,
    /// What was said with it. Personal.
    pub message: String,
    /// Until when it can be accepted.
    pub valid_until: i64,
    /// The offer that it counters.
    pub counters_id: Option<Uuid>,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: i64,
    /// By which way the claimant made or answered it.
    pub channel: Option<i32>,
    /// When it ended.
    pub ended_at: Option<i64>,
    /// Who ended it.
    pub ended_by: String,
    /// Why it was not accepted.
    pub reason: String,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("offer")
            .col(uuid("id"))
            .col(uuid("claim_id"))
            .col(integer("place"))
            .col(text("side"))
            .col(text("state"))
            .col(big_integer("amount"))
            .col(text("basis"))
            .col(text("message"))
            .col(big_integer("valid_until"))
            .col(uuid_null("counters_id"))
            .col(text("made_by"))
            .col(big_integer("made_at"))
            .col(integer_null("channel"))
            .col(big_integer_null("ended_at"))
            .col(text("ended_by"))
            .col(text("reason"))
            .primary_key(Index::create().col("id")),
    );
    schema.index("offer", &["claim_id", "place"]);
}

/// The rows of a claim's offers.
pub fn rows(claim: &Claim) -> Vec<Model> {
    let row = |(place, offer): (i32, &Offer)| Model {
        id: offer.id.uuid(),
        claim_id: claim.head.id,
        place,
        side: offer.side.name().to_owned(),
        state: offer.state.name().to_owned(),
        amount: offer.amount,
        basis: offer.basis.clone(),
        message: offer.message.clone(),
        valid_until: offer.valid_until.as_millis(),
        counters_id: offer.counters.map(Id::uuid),
        made_by: offer.made_by.clone(),
        made_at: offer.made_at.as_millis(),
        channel: offer.channel.map(Channel::to_wire),
        ended_at: millis(offer.ended_at),
        ended_by: offer.ended_by.clone(),
        reason: offer.reason.clone(),
    };
    (0..).zip(&claim.offers).map(row).collect()
}

/// The offers of these claims, by claim, in order: one statement.
pub async fn load(
    reader: &Reader,
    claims: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Offer>>, StoreError> {
    let found = Entity::find().filter(ids_in(Column::ClaimId, claims)).order_by_asc(Column::Place);
    let mut loaded: HashMap<Uuid, Vec<Offer>> = HashMap::new();
    for row in found.all(reader).await? {
        loaded.entry(row.claim_id).or_default().push(read(row)?);
    }
    Ok(loaded)
}

fn read(row: Model) -> Result<Offer, StoreError> {
    Ok(Offer {
        id: OfferId::from(row.id),
        side: word(&row.side, "side")?,
        state: word(&row.state, "state of an offer")?,
        amount: row.amount,
        basis: row.basis,
        message: row.message,
        valid_until: Timestamp::from_millis(row.valid_until),
        counters: row.counters_id.map(OfferId::from),
        made_by: row.made_by,
        made_at: Timestamp::from_millis(row.made_at),
        channel: row.channel.and_then(Channel::from_wire),
        ended_at: instant(row.ended_at),
        ended_by: row.ended_by,
        reason: row.reason,
    })
}
