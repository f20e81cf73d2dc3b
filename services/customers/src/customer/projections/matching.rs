//! By what customers are found, and which of them may be one: tokens as keyed hashes, and pairs that share some.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kefu_kernel::Recorded;
use kefu_kernel::id::Uuid;
use kefu_outbox::{FoldError, Projection};
use kefu_store::runner::ids_in;
use kefu_store::seal::Keys;
use kefu_store::{StoreError, WriteTx};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};

use super::touched;
use crate::customer::domain::words::MatchReason;
use crate::customer::domain::{Token, likeness, tokens};
use crate::customer::store::claims::hex;
use crate::customer::store::duplicate::{candidate, pair, pair_id};
use crate::customer::store::matching::{Column, Entity, Model};
use crate::customer::store::{aggregate, customer};

/// Customers whose tokens are read by one statement.
const CHUNK: usize = 50;
/// A token that more customers share than this says nothing of any two of them.
const COMMON: u64 = 50;
/// Fields of which a customer's tokens are made.
const FIELDS: [&str; 5] = ["name", "birthday", "addresses", "contact_points", "erased"];

/// The projection.
pub struct Matching {
    keys: Keys,
}

impl Matching {
    /// One whose hashes are made with these keys.
    pub fn new(keys: Keys) -> Self {
        Self { keys }
    }
}

/// The hashes by which a token is looked up, the one it is kept by first.
pub fn hashes(keys: &Keys, reason: MatchReason, key: &str) -> Vec<String> {
    let hashes = keys.blind_indexes("customer_match", reason.name(), key.as_bytes());
    hashes.iter().map(|hash| hex(hash)).collect()
}

#[async_trait::async_trait]
impl Projection for Matching {
    fn name(&self) -> &'static str {
        "customer_matching"
    }

    fn source(&self) -> &'static str {
        "customers"
    }

    async fn fold(&self, tx: &WriteTx, _: i32, events: &[Recorded]) -> Result<(), FoldError> {
        let at = events.last().map_or(0, |event| event.recorded_at.as_millis());
        for ids in touched(events, &FIELDS).chunks(CHUNK) {
            let tokens = self.tokens(tx, ids).await?;
            Entity::delete_many().filter(ids_in(Column::CustomerId, ids)).exec(tx).await?;
            tx.insert(&tokens).await?;
            let stale = Condition::any()
                .add(ids_in(candidate::Column::CustomerId, ids))
                .add(ids_in(candidate::Column::OtherId, ids));
            candidate::Entity::delete_many().filter(stale).exec(tx).await?;
            for id in ids {
                let own = tokens.iter().filter(|row| row.customer_id == *id);
                propose(tx, *id, own, at).await?;
            }
        }
        Ok(())
    }

    /// There is one set of rows: building it anew replaces them customer by customer.
    async fn drop_rows(&self, _: &WriteTx, _: i32) -> Result<bool, StoreError> {
        Ok(false)
    }
}

impl Matching {
    /// The rows of these customers' tokens.
    async fn tokens(&self, tx: &WriteTx, ids: &[Uuid]) -> Result<Vec<Model>, FoldError> {
        let of_them = customer::Entity::find().filter(ids_in(customer::Column::Id, ids));
        let customers = of_them.all(tx).await?;
        let mut contacts = aggregate::contacts_of(tx, ids).await?;
        let mut addresses = aggregate::addresses_of(tx, ids).await?;
        let rows = customers.into_iter().flat_map(|row| {
            let contacts = contacts.remove(&row.id).unwrap_or_default();
            let addresses = addresses.remove(&row.id).unwrap_or_default();
            let tokens = tokens(&row.name, row.birthday.parse().ok(), &contacts, &addresses);
            self.rows(row.id, tokens)
        });
        Ok(rows.collect())
    }

    /// The rows of a customer's tokens; of two that differ only in their proof, the proved one.
    fn rows(&self, customer_id: Uuid, tokens: BTreeSet<Token>) -> Vec<Model> {
        let mut rows: BTreeMap<(MatchReason, String), bool> = BTreeMap::new();
        for token in tokens {
            if let Some(hash) = hashes(&self.keys, token.reason, &token.key).into_iter().next() {
                *rows.entry((token.reason, hash)).or_default() |= token.verified;
            }
        }
        let row = |((reason, hash), verified): ((MatchReason, String), bool)| Model {
            customer_id,
            reason: reason.name().to_owned(),
            hash,
            verified,
        };
        rows.into_iter().map(row).collect()
    }
}

/// Keeps the pairs of a customer and those who share enough with it.
async fn propose(
    tx: &WriteTx,
    id: Uuid,
    own: impl Iterator<Item = &Model>,
    at: i64,
) -> Result<(), FoldError> {
    let mut shared: HashMap<Uuid, Vec<(MatchReason, bool)>> = HashMap::new();
    for token in own {
        let Some(reason) = MatchReason::from_name(&token.reason) else { continue };
        let others = Entity::find()
            .filter(Column::Reason.eq(token.reason.as_str()))
            .filter(Column::Hash.eq(token.hash.as_str()))
            .filter(Column::CustomerId.ne(id))
            .limit(COMMON + 1)
            .all(tx)
            .await?;
        if others.len() as u64 > COMMON {
            continue;
        }
        for other in others {
            let verified = token.verified || other.verified;
            shared.entry(other.customer_id).or_default().push((reason, verified));
        }
    }
    let pairs = shared.into_iter().filter_map(|(other, shared)| {
        let likeness = likeness(&shared)?;
        let (customer_id, other_id) = pair(id, other);
        let reasons: Vec<&str> = likeness.reasons.iter().map(|reason| reason.name()).collect();
        Some(candidate::Model {
            id: pair_id(customer_id, other_id),
            customer_id,
            other_id,
            score: likeness.score,
            reasons: reasons.join(","),
            found_at: at,
        })
    });
    let pairs: Vec<candidate::Model> = pairs.collect();
    Ok(tx.put(&pairs).await?)
}
