//! The entries of postings: rows that are added and never changed.

use std::collections::HashMap;

use kefu_kernel::Id;
use kefu_store::migrate::columns::*;
use kefu_store::runner::ids_in;
use kefu_store::{Reader, Schema, StoreError};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

use crate::claim::domain::Claim;
use crate::domain::ids::{AccountId, PostingId};
use crate::ledger::domain::{Entry, Posting};
use crate::store::word;

/// One side of a posting.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "entry")]
pub struct Model {
    /// The posting.
    #[sea_orm(primary_key, auto_increment = false)]
    pub posting_id: Uuid,
    /// Its place, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: i32,
    /// The claim.
    pub claim_id: Uuid,
    /// The account.
    pub account_id: Uuid,
    /// What it holds.
    pub kind: String,
    /// How much it is debited; negative: credited.
    pub debit: i64,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("entry")
            .col(uuid("posting_id"))
            .col(integer("place"))
            .col(uuid("claim_id"))
            .col(uuid("account_id"))
            .col(text("kind"))
            .col(big_integer("debit"))
            .primary_key(Index::create().col("posting_id").col("place")),
    );
    schema.index("entry", &["claim_id", "posting_id", "place"]);
    schema.index("entry", &["account_id"]);
}

/// The rows of a claim's entries.
pub fn rows(claim: &Claim) -> Vec<Model> {
    let of_one = |posting: &Posting| {
        let id = posting.id.uuid();
        let row = |(place, entry): (i32, &Entry)| Model {
            posting_id: id,
            place,
            claim_id: claim.head.id,
            account_id: entry.account.uuid(),
            kind: entry.kind.name().to_owned(),
            debit: entry.debit,
        };
        (0..).zip(&posting.entries).map(row).collect::<Vec<_>>()
    };
    claim.ledger.postings.iter().flat_map(of_one).collect()
}

/// The entries of these claims, by posting, in order: one statement.
pub async fn load(
    reader: &Reader,
    claims: &[Uuid],
) -> Result<HashMap<PostingId, Vec<Entry>>, StoreError> {
    let found = self::Entity::find();
    let found = found.filter(ids_in(Column::ClaimId, claims)).order_by_asc(Column::Place);
    let mut loaded: HashMap<PostingId, Vec<Entry>> = HashMap::new();
    for row in found.all(reader).await? {
        let (account, debit) = (AccountId::from(row.account_id), row.debit);
        let entry = Entry { account, kind: word(&row.kind, "kind of account")?, debit };
        loaded.entry(PostingId::from(row.posting_id)).or_default().push(entry);
    }
    Ok(loaded)
}
