//! Links between claims, kept with the one on which they were made.

use std::collections::HashMap;

use kefu_kernel::{Id, Timestamp};
use kefu_store::migrate::columns::*;
use kefu_store::runner::ids_in;
use kefu_store::{Reader, Schema, StoreError};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

use crate::claim::domain::{Claim, Link};
use crate::domain::ids::ClaimId;
use crate::store::word;

/// One link.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "claim_link")]
pub struct Model {
    /// The claim.
    #[sea_orm(primary_key, auto_increment = false)]
    pub claim_id: Uuid,
    /// What the other is to it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// The other claim.
    #[sea_orm(primary_key, auto_increment = false)]
    pub other_id: Uuid,
    /// Its place, from 0.
    pub place: i32,
    /// Whether nobody confirmed it.
    pub suggested: bool,
    /// When it was made.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("claim_link")
            .col(uuid("claim_id"))
            .col(text("kind"))
            .col(uuid("other_id"))
            .col(integer("place"))
            .col(boolean("suggested"))
            .col(big_integer("created_at"))
            .primary_key(Index::create().col("claim_id").col("kind").col("other_id")),
    );
    schema.index("claim_link", &["other_id"]);
}

/// The rows of a claim's links.
pub fn rows(claim: &Claim) -> Vec<Model> {
    let row = |(place, link): (i32, &Link)| Model {
        claim_id: claim.head.id,
        kind: link.kind.name().to_owned(),
        other_id: link.other.uuid(),
        place,
        suggested: link.suggested,
        created_at: link.created_at.as_millis(),
    };
    (0..).zip(&claim.links).map(row).collect()
}

/// The links of these claims, by claim, in order: one statement.
pub async fn load(
    reader: &Reader,
    claims: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Link>>, StoreError> {
    let found = Entity::find().filter(ids_in(Column::ClaimId, claims)).order_by_asc(Column::Place);
    let mut loaded: HashMap<Uuid, Vec<Link>> = HashMap::new();
    for row in found.all(reader).await? {
        loaded.entry(row.claim_id).or_default().push(read(&row)?);
    }
    Ok(loaded)
}

fn read(row: &Model) -> Result<Link, StoreError> {
    Ok(Link {
        kind: word(&row.kind, "kind of link")?,
        other: ClaimId::from(row.other_id),
        suggested: row.suggested,
        created_at: Timestamp::from_millis(row.created_at),
    })
}
