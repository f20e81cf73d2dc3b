//! What is asked back for claims.

use std::collections::HashMap;

use kefu_kernel::{Id, Timestamp};
use kefu_store::migrate::columns::*;
use kefu_store::row::{broken, instant, millis};
use kefu_store::runner::ids_in;
use kefu_store::{Reader, Schema, StoreError};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

use crate::claim::domain::Claim;
use crate::domain::ids::{ExposureId, RecoveryId};
use crate::domain::words::Party;
use crate::ledger::domain::Recovery;

/// One recovery.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recovery")]
pub struct Model {
    /// The recovery.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The claim.
    pub claim_id: Uuid,
    /// Its place, from 0.
    pub place: i32,
    /// The exposure.
    pub exposure_id: Uuid,
    /// Of whom: the party's number in `kefu.events.v1.ResponsibleParty`.
    pub against: i32,
    /// Which one.
    pub against_code: String,
    /// How much is asked, in minor units.
    pub asked: i64,
    /// How much came in.
    pub received: i64,
    /// How much was written off.
    pub written_off: i64,
    /// Who opened it.
    pub opened_by: String,
    /// When.
    pub opened_at: i64,
    /// When it was closed.
    pub closed_at: Option<i64>,
    /// Whether it is open.
    pub open: bool,
    /// Why it closed short.
    pub short_reason: String,
    /// The claim's branch.
    pub branch_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("recovery")
            .col(uuid("id"))
            .col(uuid("claim_id"))
            .col(integer("place"))
            .col(uuid("exposure_id"))
            .col(integer("against"))
            .col(text("against_code"))
            .col(big_integer("asked"))
            .col(big_integer("received"))
            .col(big_integer("written_off"))
            .col(text("opened_by"))
            .col(big_integer("opened_at"))
            .col(big_integer_null("closed_at"))
            .col(boolean("open"))
            .col(text("short_reason"))
            .col(uuid_null("branch_id"))
            .primary_key(Index::create().col("id")),
    );
    schema.index("recovery", &["claim_id", "place"]);
    schema.index("recovery", &["against_code", "opened_at", "id"]);
    schema.index("recovery", &["open", "opened_at", "id"]);
    schema.index("recovery", &["opened_at", "id"]);
}

/// The rows of a claim's recoveries.
pub fn rows(claim: &Claim) -> Vec<Model> {
    let row = |(place, recovery): (i32, &Recovery)| Model {
        id: recovery.id.uuid(),
        claim_id: claim.head.id,
        place,
        exposure_id: recovery.exposure.uuid(),
        against: recovery.against.to_wire(),
        against_code: recovery.against_code.clone(),
        asked: recovery.asked,
        received: recovery.received,
        written_off: recovery.written_off,
        opened_by: recovery.opened_by.clone(),
        opened_at: recovery.opened_at.as_millis(),
        closed_at: millis(recovery.closed_at),
        open: recovery.is_open(),
        short_reason: recovery.short_reason.clone(),
        branch_id: claim.head.branch,
    };
    (0..).zip(&claim.recoveries).map(row).collect()
}

/// The recoveries of these claims, by claim, in order: one statement.
pub async fn load(
    reader: &Reader,
    claims: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Recovery>>, StoreError> {
    let found = Entity::find().filter(ids_in(Column::ClaimId, claims)).order_by_asc(Column::Place);
    let mut loaded: HashMap<Uuid, Vec<Recovery>> = HashMap::new();
    for row in found.all(reader).await? {
        loaded.entry(row.claim_id).or_default().push(read(row)?);
    }
    Ok(loaded)
}

/// What a row says.
pub fn read(row: Model) -> Result<Recovery, StoreError> {
    Ok(Recovery {
        id: RecoveryId::from(row.id),
        exposure: ExposureId::from(row.exposure_id),
        against: Party::from_wire(row.against).ok_or_else(|| broken("party"))?,
        against_code: row.against_code,
        asked: row.asked,
        received: row.received,
        written_off: row.written_off,
        opened_by: row.opened_by,
        opened_at: Timestamp::from_millis(row.opened_at),
        closed_at: instant(row.closed_at),
        short_reason: row.short_reason,
    })
}
