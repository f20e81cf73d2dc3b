//! The lines of claims.

use std::collections::HashMap;

use kefu_kernel::Id;
use kefu_store::migrate::columns::*;
use kefu_store::runner::ids_in;
use kefu_store::{Reader, Schema, StoreError};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

use crate::claim::domain::{Claim, Line};
use crate::domain::ids::{ExposureId, PieceId};
use crate::store::word;

/// One line of a claim.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "claim_line")]
pub struct Model {
    /// The claim.
    #[sea_orm(primary_key, auto_increment = false)]
    pub claim_id: Uuid,
    /// Its place, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: i32,
    /// Of what sort it is.
    pub kind: String,
    /// The exposure it belongs to.
    pub exposure_id: Uuid,
    /// What it is. Personal.
    pub description: String,
    /// The line of the order; 0: none.
    pub goods_line: i32,
    /// The piece.
    pub piece_id: Option<Uuid>,
    /// How many units.
    pub quantity: i64,
    /// What they are worth as declared, in minor units.
    pub declared: Option<i64>,
    /// What they cost by the invoice.
    pub invoiced: Option<i64>,
    /// What repair costs.
    pub repair: Option<i64>,
    /// What is claimed for them.
    pub claimed: i64,
    /// What that is worth.
    pub assessed: Option<i64>,
    /// What the damaged goods are still worth.
    pub salvage: Option<i64>,
    /// Why that. Personal.
    pub assessment_note: String,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("claim_line")
            .col(uuid("claim_id"))
            .col(integer("place"))
            .col(text("kind"))
            .col(uuid("exposure_id"))
            .col(text("description"))
            .col(integer("goods_line"))
            .col(uuid_null("piece_id"))
            .col(big_integer("quantity"))
            .col(big_integer_null("declared"))
            .col(big_integer_null("invoiced"))
            .col(big_integer_null("repair"))
            .col(big_integer("claimed"))
            .col(big_integer_null("assessed"))
            .col(big_integer_null("salvage"))
            .col(text("assessment_note"))
            .primary_key(Index::create().col("claim_id").col("place")),
    );
}

/// The rows of a claim's lines.
pub fn rows(claim: &Claim) -> Vec<Model> {
    let row = |(place, line): (i32, &Line)| Model {
        claim_id: claim.head.id,
        place,
        kind: line.kind.name().to_owned(),
        exposure_id: line.exposure.uuid(),
        description: line.description.clone(),
        goods_line: line.goods_line,
        piece_id: line.piece.map(Id::uuid),
        quantity: line.quantity,
        declared: line.declared,
        invoiced: line.invoiced,
        repair: line.repair,
        claimed: line.claimed,
        assessed: line.assessed,
        salvage: line.salvage,
        assessment_note: line.assessment_note.clone(),
    };
    (0..).zip(&claim.lines).map(row).collect()
}

/// The lines of these claims, by claim, in order: one statement.
pub async fn load(
    reader: &Reader,
    claims: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Line>>, StoreError> {
    let found = Entity::find().filter(ids_in(Column::ClaimId, claims)).order_by_asc(Column::Place);
    let mut loaded: HashMap<Uuid, Vec<Line>> = HashMap::new();
    for row in found.all(reader).await? {
        loaded.entry(row.claim_id).or_default().push(read(row)?);
    }
    Ok(loaded)
}

fn read(row: Model) -> Result<Line, StoreError> {
    Ok(Line {
        kind: word(&row.kind, "kind of line")?,
        exposure: ExposureId::from(row.exposure_id),
        description: row.description,
        goods_line: row.goods_line,
        piece: row.piece_id.map(PieceId::from),
        quantity: row.quantity,
        declared: row.declared,
        invoiced: row.invoiced,
        repair: row.repair,
        claimed: row.claimed,
        assessed: row.assessed,
        salvage: row.salvage,
        assessment_note: row.assessment_note,
    })
}
