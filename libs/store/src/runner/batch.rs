//! The state of a batch while its commands are decided: what was loaded, and what the accepted ones
//! have made of it so far.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use kefu_kernel::{Ambient, Call, Recorded, Timestamp, partition_of};
use uuid::Uuid;

use super::aggregate::{Kind, State, StateKey};
use super::command::{Job, Outcome};
use super::error::RunnerError;
use super::etag;
use super::needs::{NaturalKey, RequestKey};
use super::rows::Rows;
use super::staged::Staged;
use crate::tables::{event_personal, idempotency, natural_key, outgoing};

/// One aggregate: as loaded, and as it is now.
pub(crate) struct Slot {
    pub kind: &'static dyn Kind,
    pub loaded: Option<State>,
    pub current: Option<State>,
}

/// What was answered under an idempotency key, in the database or earlier in the batch.
pub(crate) struct Answered {
    pub fingerprint: Vec<u8>,
    pub reply: Arc<Vec<u8>>,
}

impl Answered {
    /// What a job under the same key is answered.
    pub fn outcome(&self, job: &Job) -> Outcome {
        if self.fingerprint == job.call.fingerprint {
            Outcome::Replay(Arc::clone(&self.reply))
        } else {
            Outcome::Failed(RunnerError::RequestIdReused)
        }
    }
}

pub(crate) struct Batch {
    pub service: String,
    pub ambient: Ambient,
    pub now: Timestamp,
    pub machine_now: Timestamp,
    pub slots: HashMap<StateKey, Slot>,
    pub keys: HashMap<NaturalKey, Uuid>,
    pub answered: HashMap<RequestKey, Answered>,
    /// Versions with their changed fields, of aggregates that a stale Update compares.
    pub changed_since: HashMap<Uuid, Vec<(i64, Vec<String>)>>,

    pub events: Vec<Recorded>,
    pub personal: Vec<event_personal::Model>,
    pub rows: Rows,
    pub timers: BTreeMap<(&'static str, Uuid, String), Option<Timestamp>>,
    pub outgoing: Vec<outgoing::Model>,
    pub claims: Vec<natural_key::Model>,
    /// Natural keys that the database holds no longer, before the claims.
    pub releases: BTreeSet<NaturalKey>,
    pub replies: Vec<idempotency::Model>,
    /// Aggregates that accepted commands relied on.
    pub relied_on: BTreeSet<StateKey>,
}

impl Batch {
    pub fn current(&self, key: &StateKey) -> Option<&State> {
        self.slots.get(key)?.current.as_ref()
    }

    /// Decides one job over the state that the jobs before it have left.
    pub fn decide(&mut self, job: &mut Job) -> Outcome {
        if let Some(answered) = job.request.as_ref().and_then(|key| self.answered.get(key)) {
            return answered.outcome(job);
        }
        if let Err(stale) = self.check_etags(job) {
            return Outcome::Failed(stale);
        }
        match job.decide(self) {
            Ok(Some((staged, reply))) => {
                self.accept(job, staged, reply);
                Outcome::Decided
            }
            Ok(None) => Outcome::Decided,
            Err(defect) => Outcome::Failed(RunnerError::Defect(defect)),
        }
    }

    /// Whether the accepted commands leave anything to write.
    pub fn is_empty(&self) -> bool {
        self.replies.is_empty()
            && self.events.is_empty()
            && self.rows.is_empty()
            && self.timers.is_empty()
            && self.claims.is_empty()
            && self.releases.is_empty()
    }

    /// An etag is compared only where the caller may know of the aggregate at all.
    fn check_etags(&self, job: &Job) -> Result<(), RunnerError> {
        let scope = &job.call.principal.scope;
        let compared = job.needs.loads.iter().filter(|load| load.etag.is_some());
        let visible = compared.into_iter().all(|load| {
            let state = self.current(&(load.kind.type_id(), load.id));
            state.is_some_and(|state| scope.admits(state.head.branch))
        });
        if visible { etag::check(self, &job.needs) } else { Ok(()) }
    }

    fn accept(&mut self, job: &Job, staged: Staged, reply: Vec<u8>) {
        let ids = self.ids_of(job, &staged);
        if !staged.is_empty() {
            self.rely_on(job);
            self.join(&job.call, staged);
        }
        let Some(key) = &job.request else { return };
        self.replies.push(idempotency::Model {
            principal: key.0.clone(),
            rpc: key.1.clone(),
            request_id: key.2.clone(),
            fingerprint: job.call.fingerprint.to_vec(),
            reply: reply.clone(),
            aggregates: ids.iter().flat_map(|id| id.into_bytes()).collect(),
            created_at: self.machine_now.as_millis(),
        });
        let fingerprint = job.call.fingerprint.to_vec();
        self.answered.insert(key.clone(), Answered { fingerprint, reply: Arc::new(reply) });
    }

    /// The aggregates that a job read or changed: an erase of one of them reaches its reply.
    fn ids_of(&self, job: &Job, staged: &Staged) -> BTreeSet<Uuid> {
        let loaded = job.needs.loads.iter().map(|load| load.id);
        let keyed = job.needs.keys.iter().filter_map(|need| self.keys.get(&need.name).copied());
        loaded.chain(keyed).chain(staged.states.keys().map(|(_, id)| *id)).collect()
    }

    fn rely_on(&mut self, job: &Job) {
        let loaded = job.needs.loads.iter().map(|load| (load.kind.type_id(), load.id));
        let keyed = job
            .needs
            .keys
            .iter()
            .filter_map(|need| self.keys.get(&need.name).map(|id| (need.kind.type_id(), *id)));
        self.relied_on.extend(loaded.chain(keyed));
    }

    fn join(&mut self, call: &Call, staged: Staged) {
        for (key, (kind, state)) in staged.states {
            let slot = self.slots.entry(key);
            let slot = slot.or_insert(Slot { kind, loaded: None, current: None });
            slot.current = Some(state);
        }
        for event in staged.events {
            self.events.push(Recorded {
                event_id: event.event_id,
                service: self.service.clone(),
                aggregate_type: event.kind.to_owned(),
                aggregate_id: event.aggregate_id,
                version: event.version,
                type_name: event.event.type_name,
                payload: event.event.payload,
                changed: event.event.changed,
                branch: event.branch,
                actor: call.principal.id.clone(),
                on_behalf_of: call.principal.on_behalf_of.clone(),
                cause: call.rpc.clone(),
                traceparent: call.traceparent.clone(),
                recorded_at: event.recorded_at,
                historic: staged.historic,
                partition: partition_of(event.aggregate_id),
                position: 0,
            });
        }
        self.personal.extend(staged.personal);
        for sent in staged.outgoing {
            self.outgoing.push(outgoing::Model {
                id: sent.id,
                target: sent.command.target.to_owned(),
                rpc: sent.command.rpc.to_owned(),
                body: sent.command.body,
                request_id: format!("{}/{}", sent.cause, sent.command.step),
                aggregate_type: sent.kind.to_owned(),
                aggregate_id: sent.aggregate_id,
                on_behalf_of: call.principal.id.clone(),
                traceparent: call.traceparent.clone(),
                state: 0,
                attempts: 0,
                next_at: self.machine_now.as_millis(),
                code: -1,
                answer: None,
                created_at: self.now.as_millis(),
                finished_at: None,
            });
        }
        for name in staged.releases {
            self.keys.remove(&name);
            self.claims.retain(|claim| (&claim.kind, &claim.key) != (&name.0, &name.1));
            self.releases.insert(name);
        }
        for ((kind, key), aggregate_id) in staged.claims {
            self.keys.insert((kind.clone(), key.clone()), aggregate_id);
            self.claims.push(natural_key::Model { kind, key, aggregate_id });
        }
        self.timers.extend(staged.timers);
        self.rows.merge(staged.rows);
    }
}
