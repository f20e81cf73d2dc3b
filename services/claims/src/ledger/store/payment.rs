//! The payments of claims.

use std::collections::HashMap;

use kefu_kernel::{Id, Timestamp};
use kefu_store::migrate::columns::*;
use kefu_store::row::{broken, instant, millis};
use kefu_store::runner::ids_in;
use kefu_store::{Reader, Schema, StoreError};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

use crate::claim::domain::Claim;
use crate::domain::ids::{DecisionId, ExposureId, PayeeId, PaymentId};
use crate::domain::words::{CostKind, PaymentState};
use crate::ledger::domain::{Conversion, Payment};
use crate::store::money;

/// One payment.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "claim_payment")]
pub struct Model {
    /// The payment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The claim.
    pub claim_id: Uuid,
    /// Its place, from 0.
    pub place: i32,
    /// How it stands: its number in `kefu.events.v1.ClaimPaymentState`.
    pub state: i32,
    /// The exposure.
    pub exposure_id: Uuid,
    /// Of what kind the money is: its number in `kefu.events.v1.CostKind`.
    pub cost_kind: i32,
    /// How much, in minor units.
    pub amount: i64,
    /// Who is paid.
    pub payee_id: Uuid,
    /// The decision that it rests on.
    pub decision_id: Uuid,
    /// Who ordered it.
    pub ordered_by: String,
    /// When.
    pub ordered_at: i64,
    /// Which system or bank carried it out; empty before.
    pub source: String,
    /// Its reference there.
    pub external_id: Option<String>,
    /// When the bank did.
    pub paid_at: Option<i64>,
    /// When it failed or was cancelled.
    pub failed_at: Option<i64>,
    /// Why.
    pub failure_reason: String,
    /// The claim's branch.
    pub branch_id: Option<Uuid>,
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
            .table("claim_payment")
            .col(uuid("id"))
            .col(uuid("claim_id"))
            .col(integer("place"))
            .col(integer("state"))
            .col(uuid("exposure_id"))
            .col(integer("cost_kind"))
            .col(big_integer("amount"))
            .col(uuid("payee_id"))
            .col(uuid("decision_id"))
            .col(text("ordered_by"))
            .col(big_integer("ordered_at"))
            .col(text("source"))
            .col(text_null("external_id"))
            .col(big_integer_null("paid_at"))
            .col(big_integer_null("failed_at"))
            .col(text("failure_reason"))
            .col(uuid_null("branch_id"))
            .col(big_integer_null("from_minor"))
            .col(text("from_currency"))
            .col(text("rate"))
            .col(text("rate_date"))
            .col(text("rate_source"))
            .primary_key(Index::create().col("id")),
    );
    schema.index("claim_payment", &["claim_id", "place"]);
    schema.index("claim_payment", &["state", "ordered_at", "id"]);
    schema.index("claim_payment", &["source", "external_id", "ordered_at", "id"]);
    schema.index("claim_payment", &["ordered_at", "id"]);
}

/// The rows of a claim's payments.
pub fn rows(claim: &Claim) -> Vec<Model> {
    let row = |(place, payment): (i32, &Payment)| {
        let conversion = payment.conversion.as_ref();
        Model {
            id: payment.id.uuid(),
            claim_id: claim.head.id,
            place,
            state: payment.state.to_wire(),
            exposure_id: payment.exposure.uuid(),
            cost_kind: payment.cost_kind.to_wire(),
            amount: payment.amount,
            payee_id: payment.payee.uuid(),
            decision_id: payment.decision.uuid(),
            ordered_by: payment.ordered_by.clone(),
            ordered_at: payment.ordered_at.as_millis(),
            source: payment.reference.as_ref().map_or_else(String::new, |r| r.0.clone()),
            external_id: payment.reference.as_ref().map(|(_, id)| id.clone()),
            paid_at: millis(payment.paid_at),
            failed_at: millis(payment.failed.as_ref().map(|(at, _)| *at)),
            failure_reason: payment.failed.as_ref().map_or_else(String::new, |f| f.1.clone()),
            branch_id: claim.head.branch,
            from_minor: conversion.map(|c| c.from.minor()),
            from_currency: conversion
                .map_or_else(String::new, |c| c.from.currency().code().to_owned()),
            rate: conversion.map_or_else(String::new, |c| c.rate.clone()),
            rate_date: conversion.map_or_else(String::new, |c| c.rate_date.clone()),
            rate_source: conversion.map_or_else(String::new, |c| c.source.clone()),
        }
    };
    (0..).zip(&claim.payments).map(row).collect()
}

/// The payments of these claims, by claim, in order: one statement.
pub async fn load(
    reader: &Reader,
    claims: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Payment>>, StoreError> {
    let found = Entity::find().filter(ids_in(Column::ClaimId, claims)).order_by_asc(Column::Place);
    let mut loaded: HashMap<Uuid, Vec<Payment>> = HashMap::new();
    for row in found.all(reader).await? {
        loaded.entry(row.claim_id).or_default().push(read(row)?);
    }
    Ok(loaded)
}

/// What a row says.
pub fn read(row: Model) -> Result<Payment, StoreError> {
    let from = row.from_minor.map(|minor| money(minor, &row.from_currency)).transpose()?;
    let (rate, rate_date, source) = (row.rate, row.rate_date, row.rate_source);
    let conversion = from.map(|from| Conversion { from, rate, rate_date, source });
    Ok(Payment {
        id: PaymentId::from(row.id),
        state: PaymentState::from_wire(row.state).ok_or_else(|| broken("state of a payment"))?,
        exposure: ExposureId::from(row.exposure_id),
        cost_kind: CostKind::from_wire(row.cost_kind).ok_or_else(|| broken("kind of money"))?,
        amount: row.amount,
        payee: PayeeId::from(row.payee_id),
        decision: DecisionId::from(row.decision_id),
        conversion,
        ordered_by: row.ordered_by,
        ordered_at: Timestamp::from_millis(row.ordered_at),
        reference: row.external_id.map(|id| (row.source, id)),
        paid_at: instant(row.paid_at),
        failed: instant(row.failed_at).map(|at| (at, row.failure_reason)),
    })
}
