//! Items of checklists that were asked for or waived.

use std::collections::HashMap;

use kefu_store::migrate::columns::*;
use kefu_store::row::{instant, millis};
use kefu_store::runner::ids_in;
use kefu_store::{Reader, Schema, StoreError};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

use crate::claim::domain::{ChecklistItem, Claim};

/// One item.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "checklist_item")]
pub struct Model {
    /// The claim.
    #[sea_orm(primary_key, auto_increment = false)]
    pub claim_id: Uuid,
    /// Its place, from 0.
    pub place: i32,
    /// Its code.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// By when it was asked for.
    pub wanted_by: Option<i64>,
    /// Whether it did not come yet.
    pub requested: bool,
    /// Why it is not asked for.
    pub waived_reason: Option<String>,
    /// Who said so; empty: nobody.
    pub waived_by: String,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("checklist_item")
            .col(uuid("claim_id"))
            .col(integer("place"))
            .col(text("code"))
            .col(big_integer_null("wanted_by"))
            .col(boolean("requested"))
            .col(text_null("waived_reason"))
            .col(text("waived_by"))
            .primary_key(Index::create().col("claim_id").col("code")),
    );
}

/// The rows of a claim's checklist items.
pub fn rows(claim: &Claim) -> Vec<Model> {
    let row = |(place, item): (i32, &ChecklistItem)| Model {
        claim_id: claim.head.id,
        place,
        code: item.code.clone(),
        wanted_by: millis(item.wanted_by),
        requested: item.requested,
        waived_reason: item.waived.as_ref().map(|(reason, _)| reason.clone()),
        waived_by: item.waived.as_ref().map_or_else(String::new, |(_, by)| by.clone()),
    };
    (0..).zip(&claim.checklist).map(row).collect()
}

/// The checklist items of these claims, by claim, in order: one statement.
pub async fn load(
    reader: &Reader,
    claims: &[Uuid],
) -> Result<HashMap<Uuid, Vec<ChecklistItem>>, StoreError> {
    let found = Entity::find().filter(ids_in(Column::ClaimId, claims)).order_by_asc(Column::Place);
    let mut loaded: HashMap<Uuid, Vec<ChecklistItem>> = HashMap::new();
    for row in found.all(reader).await? {
        loaded.entry(row.claim_id).or_default().push(read(row));
    }
    Ok(loaded)
}

fn read(row: Model) -> ChecklistItem {
    ChecklistItem {
        code: row.code,
        wanted_by: instant(row.wanted_by),
        requested: row.requested,
        waived: row.waived_reason.map(|reason| (reason, row.waived_by)),
    }
}
