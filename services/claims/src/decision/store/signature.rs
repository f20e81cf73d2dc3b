//! The signatures under decisions, with the authority as it was then. Rows that never change.

use std::collections::HashMap;

use kefu_kernel::{Id, Timestamp};
use kefu_store::migrate::columns::*;
use kefu_store::runner::ids_in;
use kefu_store::{Reader, Schema, StoreError};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

use crate::claim::domain::Claim;
use crate::decision::domain::{Decision, Signature};
use crate::domain::ids::{AuthorityId, DecisionId, PersonId};

/// One signature.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "decision_signature")]
pub struct Model {
    /// The decision.
    #[sea_orm(primary_key, auto_increment = false)]
    pub decision_id: Uuid,
    /// Its place, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: i32,
    /// The claim.
    pub claim_id: Uuid,
    /// Who signed.
    pub signed_by: Uuid,
    /// By whose authority, where by delegation.
    pub on_authority_of: Option<Uuid>,
    /// The limit of authority.
    pub authority_id: Option<Uuid>,
    /// Up to how much; none: without end.
    pub limit_minor: Option<i64>,
    /// When.
    pub signed_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("decision_signature")
            .col(uuid("decision_id"))
            .col(integer("place"))
            .col(uuid("claim_id"))
            .col(uuid("signed_by"))
            .col(uuid_null("on_authority_of"))
            .col(uuid_null("authority_id"))
            .col(big_integer_null("limit_minor"))
            .col(big_integer("signed_at"))
            .primary_key(Index::create().col("decision_id").col("place")),
    );
    schema.index("decision_signature", &["claim_id", "decision_id", "place"]);
}

/// The rows of the signatures under a claim's decisions.
pub fn rows(claim: &Claim) -> Vec<Model> {
    let of_one = |decision: &Decision| {
        let id = decision.id.uuid();
        let row = |(place, signature): (i32, &Signature)| Model {
            decision_id: id,
            place,
            claim_id: claim.head.id,
            signed_by: signature.signed_by.uuid(),
            on_authority_of: signature.on_authority_of.map(Id::uuid),
            authority_id: signature.authority.map(Id::uuid),
            limit_minor: signature.limit,
            signed_at: signature.signed_at.as_millis(),
        };
        (0..).zip(&decision.signatures).map(row).collect::<Vec<_>>()
    };
    claim.decisions.iter().flat_map(of_one).collect()
}

/// The signatures under the decisions of these claims, by decision, in order: one statement.
pub async fn load(
    reader: &Reader,
    claims: &[Uuid],
) -> Result<HashMap<DecisionId, Vec<Signature>>, StoreError> {
    let found = Entity::find().filter(ids_in(Column::ClaimId, claims)).order_by_asc(Column::Place);
    let mut loaded: HashMap<DecisionId, Vec<Signature>> = HashMap::new();
    for row in found.all(reader).await? {
        loaded.entry(DecisionId::from(row.decision_id)).or_default().push(Signature {
            signed_by: PersonId::from(row.signed_by),
            on_authority_of: row.on_authority_of.map(PersonId::from),
            authority: row.authority_id.map(AuthorityId::from),
            limit: row.limit_minor,
            signed_at: Timestamp::from_millis(row.signed_at),
        });
    }
    Ok(loaded)
}
