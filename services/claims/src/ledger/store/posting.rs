//! The postings of claims: rows that are added and never changed.

use std::collections::HashMap;

use kefu_kernel::{Id, Timestamp};
use kefu_store::migrate::columns::*;
use kefu_store::runner::ids_in;
use kefu_store::{Reader, Schema, StoreError};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

use crate::claim::domain::Claim;
use crate::domain::ids::{DecisionId, ExposureId, PaymentId, PostingId, RecoveryId};
use crate::ledger::domain::{Conversion, Posting};
use crate::store::{money, word};

/// One posting.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "posting")]
pub struct Model {
    /// The posting.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The claim.
    pub claim_id: Uuid,
    /// Its place, from 0.
    pub place: i32,
    /// What was posted.
    pub kind: String,
    /// The exposure.
    pub exposure_id: Uuid,
    /// Of what kind the money is.
    pub cost_kind: String,
    /// The posting that it reverses.
    pub reverses_id: Option<Uuid>,
    /// The decision that it rests on.
    pub decision_id: Option<Uuid>,
    /// The payment that it belongs to.
    pub payment_id: Option<Uuid>,
    /// The recovery that it belongs to.
    pub recovery_id: Option<Uuid>,
    /// By which system or bank it came.
    pub source: Option<String>,
    /// Its reference there.
    pub external_id: String,
    /// The code of the reason.
    pub reason: String,
    /// Who posted it.
    pub posted_by: String,
    /// When.
    pub posted_at: i64,
    /// The amount that was converted, in minor units of its currency; none: it was not.
    pub from_minor: Option<i64>,
    /// Its currency.
    pub from_currency: String,
    /// The rate.
    pub rate: String,
    /// The day of the rate.
    pub rate_date: String,
    /// From where the rate is.
    pub rate_source: String,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("posting")
            .col(uuid("id"))
            .col(uuid("claim_id"))
            .col(integer("place"))
            .col(text("kind"))
            .col(uuid("exposure_id"))
            .col(text("cost_kind"))
            .col(uuid_null("reverses_id"))
            .col(uuid_null("decision_id"))
            .col(uuid_null("payment_id"))
            .col(uuid_null("recovery_id"))
            .col(text_null("source"))
            .col(text("external_id"))
            .col(text("reason"))
            .col(text("posted_by"))
            .col(big_integer("posted_at"))
            .col(big_integer_null("from_minor"))
            .col(text("from_currency"))
            .col(text("rate"))
            .col(text("rate_date"))
            .col(text("rate_source"))
            .primary_key(Index::create().col("id")),
    );
    schema.index("posting", &["claim_id", "place"]);
}

/// The rows of a claim's postings.
pub fn rows(claim: &Claim) -> Vec<Model> {
    let row = |(place, posting): (i32, &Posting)| {
        let conversion = posting.conversion.as_ref();
        Model {
            id: posting.id.uuid(),
            claim_id: claim.head.id,
            place,
            kind: posting.kind.name().to_owned(),
            exposure_id: posting.exposure.uuid(),
            cost_kind: posting.cost_kind.name().to_owned(),
            reverses_id: posting.reverses.map(Id::uuid),
            decision_id: posting.decision.map(Id::uuid),
            payment_id: posting.payment.map(Id::uuid),
            recovery_id: posting.recovery.map(Id::uuid),
            source: posting.reference.as_ref().map(|(source, _)| source.clone()),
            external_id: posting.reference.as_ref().map_or_else(String::new, |r| r.1.clone()),
            reason: posting.reason.clone(),
            posted_by: posting.posted_by.clone(),
            posted_at: posting.posted_at.as_millis(),
            from_minor: conversion.map(|c| c.from.minor()),
            from_currency: conversion
                .map_or_else(String::new, |c| c.from.currency().code().to_owned()),
            rate: conversion.map_or_else(String::new, |c| c.rate.clone()),
            rate_date: conversion.map_or_else(String::new, |c| c.rate_date.clone()),
            rate_source: conversion.map_or_else(String::new, |c| c.source.clone()),
        }
    };
    (0..).zip(&claim.ledger.postings).map(row).collect()
}

/// The postings of these claims, by claim, in order: one statement.
pub async fn load(
    reader: &Reader,
    claims: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Posting>>, StoreError> {
    let found = Entity::find().filter(ids_in(Column::ClaimId, claims)).order_by_asc(Column::Place);
    let mut loaded: HashMap<Uuid, Vec<Posting>> = HashMap::new();
    for row in found.all(reader).await? {
        loaded.entry(row.claim_id).or_default().push(read(row)?);
    }
    Ok(loaded)
}

fn read(row: Model) -> Result<Posting, StoreError> {
    let from = row.from_minor.map(|minor| money(minor, &row.from_currency)).transpose()?;
    let (rate, rate_date, source) = (row.rate, row.rate_date, row.rate_source);
    let conversion = from.map(|from| Conversion { from, rate, rate_date, source });
    Ok(Posting {
        id: PostingId::from(row.id),
        kind: word(&row.kind, "kind of posting")?,
        exposure: ExposureId::from(row.exposure_id),
        cost_kind: word(&row.cost_kind, "kind of money")?,
        // Read by themselves.
        entries: Vec::new(),
        reverses: row.reverses_id.map(PostingId::from),
        // Follows from what reverses it.
        reversed_by: None,
        decision: row.decision_id.map(DecisionId::from),
        payment: row.payment_id.map(PaymentId::from),
        recovery: row.recovery_id.map(RecoveryId::from),
        conversion,
        reference: row.source.map(|source| (source, row.external_id)),
        reason: row.reason,
        posted_by: row.posted_by,
        posted_at: Timestamp::from_millis(row.posted_at),
    })
}
