//! Who handled a claim, and who does not handle it now.

use std::collections::{BTreeSet, HashMap};

use kefu_kernel::Id;
use kefu_store::migrate::columns::*;
use kefu_store::runner::ids_in;
use kefu_store::{Reader, Schema, StoreError};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

use crate::claim::domain::Claim;
use crate::domain::ids::PersonId;

/// One person.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "claim_person")]
pub struct Model {
    /// The claim.
    #[sea_orm(primary_key, auto_increment = false)]
    pub claim_id: Uuid,
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: Uuid,
    /// Whether they were its handler.
    pub handled: bool,
    /// Whether they had a hand in it before its last appeal.
    pub barred: bool,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("claim_person")
            .col(uuid("claim_id"))
            .col(uuid("person_id"))
            .col(boolean("handled"))
            .col(boolean("barred"))
            .primary_key(Index::create().col("claim_id").col("person_id")),
    );
}

/// The rows of a claim's people.
pub fn rows(claim: &Claim) -> Vec<Model> {
    let people: BTreeSet<PersonId> = claim.handlers.union(&claim.barred).copied().collect();
    let row = |person: PersonId| Model {
        claim_id: claim.head.id,
        person_id: person.uuid(),
        handled: claim.handlers.contains(&person),
        barred: claim.barred.contains(&person),
    };
    people.into_iter().map(row).collect()
}

/// The people of these claims, by claim, in order: one statement.
pub async fn load(
    reader: &Reader,
    claims: &[Uuid],
) -> Result<HashMap<Uuid, Vec<(PersonId, bool, bool)>>, StoreError> {
    let found =
        Entity::find().filter(ids_in(Column::ClaimId, claims)).order_by_asc(Column::PersonId);
    let mut loaded: HashMap<Uuid, Vec<(PersonId, bool, bool)>> = HashMap::new();
    for row in found.all(reader).await? {
        loaded.entry(row.claim_id).or_default().push(read(&row));
    }
    Ok(loaded)
}

fn read(row: &Model) -> (PersonId, bool, bool) {
    (PersonId::from(row.person_id), row.handled, row.barred)
}
