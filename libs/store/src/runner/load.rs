//! Loading what a batch needs: one statement per table, in one snapshot, without row locks.

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::aggregate::{Kind, StateKey};
use super::batch::{Answered, Batch, Slot};
use super::command::Job;
use super::etag;
use super::lookup::{by_texts, ids_in};
use super::needs::{NaturalKey, RequestKey};
use super::rows::Rows;
use crate::tables::{event, idempotency, natural_key};
use crate::{Reader, Store, StoreError};

/// How many aggregates of a kind one statement loads at most.
const MAX_IDS: usize = 4_096;

/// Loads the state over which `jobs` are decided.
pub(crate) async fn load(store: &Store, jobs: &[Job]) -> Result<Batch, StoreError> {
    let ambient = store.ambient();
    let mut batch = Batch {
        service: store.service().to_owned(),
        ambient: ambient.clone(),
        now: ambient.now(),
        machine_now: ambient.machine_now(),
        slots: HashMap::new(),
        keys: HashMap::new(),
        answered: HashMap::new(),
        changed_since: HashMap::new(),
        events: Vec::new(),
        personal: Vec::new(),
        rows: Rows::default(),
        timers: BTreeMap::new(),
        outgoing: Vec::new(),
        claims: Vec::new(),
        releases: BTreeSet::new(),
        replies: Vec::new(),
        relied_on: BTreeSet::new(),
    };
    let requests: BTreeSet<&RequestKey> =
        jobs.iter().filter_map(|job| job.request.as_ref()).collect();
    let state = jobs.iter().any(|job| !job.needs.loads.is_empty() || !job.needs.keys.is_empty());
    if !state {
        batch.answered = answered(store.reader(), requests).await?;
        return Ok(batch);
    }
    let snapshot = store.snapshot().await?;
    batch.keys = keys(&snapshot, jobs).await?;
    batch.slots = slots(&snapshot, jobs, &batch.keys).await?;
    batch.changed_since = changed_since(&snapshot, jobs, &batch).await?;
    batch.answered = answered(&snapshot, requests).await?;
    Ok(batch)
}

/// What was answered before under idempotency keys.
pub(super) async fn answered(
    reader: &Reader,
    requests: BTreeSet<&RequestKey>,
) -> Result<HashMap<RequestKey, Answered>, StoreError> {
    use idempotency::Column::{Principal, RequestId, Rpc};
    let keys = requests
        .into_iter()
        .map(|(principal, rpc, id)| vec![principal.clone(), rpc.clone(), id.clone()]);
    let rows =
        by_texts::<idempotency::Entity>(reader, &[Principal, Rpc, RequestId], keys.collect())
            .await?;
    let answered = rows.into_iter().map(|row| {
        let answered = Answered { fingerprint: row.fingerprint, reply: Arc::new(row.reply) };
        ((row.principal, row.rpc, row.request_id), answered)
    });
    Ok(answered.collect())
}

async fn keys(reader: &Reader, jobs: &[Job]) -> Result<HashMap<NaturalKey, Uuid>, StoreError> {
    let wanted: BTreeSet<&NaturalKey> =
        jobs.iter().flat_map(|job| &job.needs.keys).map(|need| &need.name).collect();
    let wanted = wanted.into_iter().map(|(kind, key)| vec![kind.clone(), key.clone()]).collect();
    let columns = [natural_key::Column::Kind, natural_key::Column::Key];
    let rows = by_texts::<natural_key::Entity>(reader, &columns, wanted).await?;
    Ok(rows.into_iter().map(|row| ((row.kind, row.key), row.aggregate_id)).collect())
}

async fn slots(
    reader: &Reader,
    jobs: &[Job],
    keys: &HashMap<NaturalKey, Uuid>,
) -> Result<HashMap<StateKey, Slot>, StoreError> {
    let mut wanted: BTreeMap<TypeId, (&'static dyn Kind, BTreeSet<Uuid>)> = BTreeMap::new();
    let mut want = |kind: &'static dyn Kind, id: Uuid| {
        wanted.entry(kind.type_id()).or_insert((kind, BTreeSet::new())).1.insert(id);
    };
    for needs in jobs.iter().map(|job| &job.needs) {
        needs.loads.iter().for_each(|load| want(load.kind, load.id));
        for need in &needs.keys {
            if let Some(id) = keys.get(&need.name) {
                want(need.kind, *id);
            }
        }
    }
    let mut slots = HashMap::new();
    for (kind, ids) in wanted.into_values() {
        let ids: Vec<Uuid> = ids.into_iter().collect();
        for ids in ids.chunks(MAX_IDS) {
            for state in kind.load(reader, ids).await? {
                let key = (kind.type_id(), state.head.id);
                let loaded = Some(state);
                slots.insert(key, Slot { kind, current: loaded.clone(), loaded });
            }
        }
    }
    Ok(slots)
}

/// Which fields the events changed since the etags of stale Updates.
async fn changed_since(
    reader: &Reader,
    jobs: &[Job],
    batch: &Batch,
) -> Result<HashMap<Uuid, Vec<(i64, Vec<String>)>>, StoreError> {
    let mut oldest: BTreeMap<Uuid, i64> = BTreeMap::new();
    for load in jobs.iter().flat_map(|job| &job.needs.loads) {
        let Some(state) = batch.current(&(load.kind.type_id(), load.id)) else { continue };
        if let Some(since) = etag::compared_since(load, state.head.version) {
            let entry = oldest.entry(load.id).or_insert(since);
            *entry = since.min(*entry);
        }
    }
    let mut changed: HashMap<Uuid, Vec<(i64, Vec<String>)>> = HashMap::new();
    let Some(since) = oldest.values().min() else { return Ok(changed) };
    let ids: Vec<Uuid> = oldest.keys().copied().collect();
    let rows: Vec<(Uuid, i64, String)> = event::Entity::find()
        .select_only()
        .columns([event::Column::AggregateId, event::Column::Version, event::Column::Changed])
        .filter(ids_in(event::Column::AggregateId, &ids))
        .filter(event::Column::Version.gt(*since))
        .into_tuple()
        .all(reader)
        .await?;
    for (id, version, names) in rows {
        if batch.slots.values().any(|slot| holds(slot, id, version)) {
            changed.entry(id).or_default().push((version, event::split_names(&names)));
        }
    }
    Ok(changed)
}

fn holds(slot: &Slot, id: Uuid, version: i64) -> bool {
    slot.loaded.as_ref().is_some_and(|state| state.head.id == id && state.head.version >= version)
}
