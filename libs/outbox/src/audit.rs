//! The audit trail's protection: signed heads of the hash chain, and its verification.
//!
//! Each event row carries the hash of its own content; positions chain them; a signature over the
//! chain's head each minute fixes everything before it. Whoever alters a row must redo every chain
//! value after it and cannot redo the signatures.

use std::collections::HashMap;

use kefu_store::Store;
use kefu_store::tables::{
    audit_head, dropped_head, event, event_pending, event_position, partition_head,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::OutboxError;
use crate::lease::Held;
use crate::numbering::chained;

/// Signs and verifies with the process's Ed25519 keys.
pub trait HeadSigner: Send + Sync + 'static {
    /// The id of the key that signs now.
    fn key_id(&self) -> String;
    /// The signature over `message` with that key.
    fn sign(&self, message: &[u8]) -> Vec<u8>;
    /// Whether `signature` over `message` is by the key `key_id`; false for an unknown key.
    fn verify(&self, key_id: &str, message: &[u8], signature: &[u8]) -> bool;
}

/// What is signed: service, partition, position and chain value, told apart by their lengths.
fn signed_message(service: &str, partition: i16, position: i64, chain: &[u8]) -> Vec<u8> {
    let mut message =
        format!("kefu-audit-head/1\n{service}\n{partition}\n{position}\n").into_bytes();
    message.extend_from_slice(chain);
    message
}

/// Signs the head of each partition held that has moved since it was last signed.
pub async fn sign_heads(
    store: &Store,
    signer: &dyn HeadSigner,
    held: &Held,
) -> Result<(), OutboxError> {
    let own = held.keys().map(|partition| i16::from(*partition));
    let heads = partition_head::Entity::find()
        .filter(partition_head::Column::Partition.is_in(own))
        .filter(partition_head::Column::Position.gt(0))
        .all(store.reader())
        .await?;
    let signed: Vec<audit_head::Model> = heads
        .into_iter()
        .map(|head| signed(store, signer, head.partition, head.position, head.chain))
        .collect();
    if signed.is_empty() {
        return Ok(());
    }
    Ok(store.write(async |tx| tx.insert_new(&signed).await.map(drop)).await?)
}

/// The chain value at a position, signed now.
pub(crate) fn signed(
    store: &Store,
    signer: &dyn HeadSigner,
    partition: i16,
    position: i64,
    chain: Vec<u8>,
) -> audit_head::Model {
    let message = signed_message(store.service(), partition, position, &chain);
    audit_head::Model {
        partition,
        position,
        chain,
        signed_at: store.ambient().machine_now().as_millis(),
        key_id: signer.key_id(),
        signature: signer.sign(&message),
    }
}

/// What is wrong with one place of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The event's row does not have the hash that it was recorded with.
    Altered,
    /// A position has no event, or is itself missing.
    Missing,
    /// The chained hash does not follow from the one before.
    Reordered,
    /// A signed head does not verify, or does not match the chain.
    BadSignature,
}

/// One thing that is not as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub flaw: Flaw,
    /// In which partition.
    pub partition: u8,
    /// At which position.
    pub position: i64,
    /// Which event, where it can be told.
    pub event_id: Option<Uuid>,
    /// Its aggregate's type and id, where they can be told.
    pub aggregate: Option<(String, Uuid)>,
}

/// How far a verification of one partition has come.
#[derive(Clone, Debug, Default)]
pub struct Verification {
    /// The last position checked.
    pub position: i64,
    /// The chain value there, as recomputed.
    chain: Vec<u8>,
    /// Positions checked so far.
    pub checked: u64,
    /// Signed heads that were verified.
    pub signed_heads: u64,
    /// Whether it is known where the log begins.
    begun: bool,
}

/// How many positions one step checks.
const STEP: u64 = 1_000;

/// Checks the next thousand positions of `partition` and adds what is wrong to `findings`; false at
/// the end of the log.
pub async fn verify_step(
    store: &Store,
    signer: &dyn HeadSigner,
    partition: u8,
    state: &mut Verification,
    findings: &mut Vec<Finding>,
) -> Result<bool, OutboxError> {
    let key = i16::from(partition);
    if !std::mem::replace(&mut state.begun, true) {
        begin(store, signer, partition, state, findings).await?;
    }
    let positions = event_position::Entity::find()
        .filter(event_position::Column::Partition.eq(key))
        .filter(event_position::Column::Position.gt(state.position))
        .order_by_asc(event_position::Column::Position)
        .limit(STEP)
        .all(store.reader())
        .await?;
    let Some(last) = positions.last().map(|place| place.position) else {
        check_end(store, partition, state, findings).await?;
        return Ok(false);
    };
    let events = events_of(store, &positions).await?;
    let heads = audit_head::Entity::find()
        .filter(audit_head::Column::Partition.eq(key))
        .filter(audit_head::Column::Position.gt(state.position))
        .filter(audit_head::Column::Position.lte(last))
        .all(store.reader())
        .await?;
    let heads: HashMap<i64, audit_head::Model> =
        heads.into_iter().map(|head| (head.position, head)).collect();
    for place in positions {
        let mut checked = Place { store, signer, partition, state: &mut *state, findings };
        checked.check(&place, events.get(&place.event_id), heads.get(&place.position));
    }
    Ok(true)
}

/// The chain begins after the last event that retention has dropped, whose value was signed then.
async fn begin(
    store: &Store,
    signer: &dyn HeadSigner,
    partition: u8,
    state: &mut Verification,
    findings: &mut Vec<Finding>,
) -> Result<(), OutboxError> {
    let key = i16::from(partition);
    let dropped = dropped_head::Entity::find_by_id(key).one(store.reader()).await?;
    let Some(dropped) = dropped else { return Ok(()) };
    let head = audit_head::Entity::find_by_id((key, dropped.position)).one(store.reader()).await?;
    let sound = head.is_some_and(|head| head.chain == dropped.chain && valid(store, signer, &head));
    if sound {
        state.signed_heads += 1;
    } else {
        findings.push(Finding {
            flaw: Flaw::BadSignature,
            partition,
            position: dropped.position,
            event_id: None,
            aggregate: None,
        });
    }
    (state.position, state.chain) = (dropped.position, dropped.chain);
    Ok(())
}

fn valid(store: &Store, signer: &dyn HeadSigner, head: &audit_head::Model) -> bool {
    let message = signed_message(store.service(), head.partition, head.position, &head.chain);
    signer.verify(&head.key_id, &message, &head.signature)
}

/// How many recorded events have no position yet: the tail that nothing protects so far.
pub async fn unchained(store: &Store) -> Result<u64, OutboxError> {
    Ok(event_pending::Entity::find().count(store.reader()).await?)
}

async fn events_of(
    store: &Store,
    positions: &[event_position::Model],
) -> Result<HashMap<Uuid, event::Model>, OutboxError> {
    let ids = positions.iter().map(|place| place.event_id);
    let times = positions.iter().map(|place| place.recorded_at);
    let (first, last) = (times.clone().min().unwrap_or(0), times.max().unwrap_or(0));
    let found = event::Entity::find()
        .filter(event::Column::EventId.is_in(ids))
        // Names the months to look in, where the table is divided by month.
        .filter(event::Column::RecordedAt.between(first, last))
        .all(store.reader())
        .await?;
    Ok(found.into_iter().map(|event| (event.event_id, event)).collect())
}

/// The head must not reach beyond the last position: that would be a cut tail.
async fn check_end(
    store: &Store,
    partition: u8,
    state: &Verification,
    findings: &mut Vec<Finding>,
) -> Result<(), OutboxError> {
    let head = partition_head::Entity::find_by_id(i16::from(partition)).one(store.reader()).await?;
    let signed = audit_head::Entity::find()
        .filter(audit_head::Column::Partition.eq(i16::from(partition)))
        .order_by_desc(audit_head::Column::Position)
        .one(store.reader())
        .await?;
    let reaches = head.map_or(0, |head| head.position).max(signed.map_or(0, |head| head.position));
    if reaches > state.position {
        findings.push(Finding {
            flaw: Flaw::Missing,
            partition,
            position: state.position + 1,
            event_id: None,
            aggregate: None,
        });
    }
    Ok(())
}

struct Place<'a> {
    store: &'a Store,
    signer: &'a dyn HeadSigner,
    partition: u8,
    state: &'a mut Verification,
    findings: &'a mut Vec<Finding>,
}

impl Place<'_> {
    fn check(
        &mut self,
        place: &event_position::Model,
        event: Option<&event::Model>,
        head: Option<&audit_head::Model>,
    ) {
        let before = self.state.position;
        if place.position != before + 1 {
            self.found(Flaw::Missing, before + 1, None, None);
        }
        match event {
            None => self.found(Flaw::Missing, place.position, Some(place.event_id), None),
            Some(event) => {
                if event.computed_hash().as_slice() != event.hash {
                    self.found(Flaw::Altered, place.position, Some(place.event_id), Some(event));
                }
                let follows = chained(&self.state.chain, &event.hash);
                let contiguous = place.position == before + 1;
                if contiguous && follows != place.chain {
                    self.found(Flaw::Reordered, place.position, Some(place.event_id), Some(event));
                }
            }
        }
        if let Some(head) = head {
            self.check_head(place, head);
        }
        self.state.position = place.position;
        self.state.chain.clone_from(&place.chain);
        self.state.checked += 1;
    }

    fn check_head(&mut self, place: &event_position::Model, head: &audit_head::Model) {
        if head.chain == place.chain && valid(self.store, self.signer, head) {
            self.state.signed_heads += 1;
        } else {
            self.found(Flaw::BadSignature, place.position, Some(place.event_id), None);
        }
    }

    fn found(
        &mut self,
        flaw: Flaw,
        position: i64,
        event_id: Option<Uuid>,
        event: Option<&event::Model>,
    ) {
        self.findings.push(Finding {
            flaw,
            partition: self.partition,
            position,
            event_id,
            aggregate: event.map(|event| (event.aggregate_type.clone(), event.aggregate_id)),
        });
    }
}
