//! What a rule sees and does while it decides: loaded state, time, ids, numbers, and the staging of
//! changes. All of it is in memory; nothing here waits.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use kefu_kernel::{Ambient, Call, NewEvent, Principal, Timestamp};
use sea_orm::ModelTrait;
use uuid::Uuid;

use super::aggregate::{Aggregate, State, kind};
use super::batch::Batch;
use super::error::{Defect, KeyTaken, NotFound};
use super::needs::Needs;
use super::personal;
use super::staged::{Outgoing, Staged, StagedEvent, StagedOutgoing};

/// The desk at which one command is decided.
pub struct Work<'a> {
    batch: &'a Batch,
    call: &'a Call,
    needs: &'a Needs,
    numbers: &'a HashMap<&'static str, Vec<i64>>,
    numbers_used: RefCell<HashMap<&'static str, usize>>,
    staged: Staged,
    /// The first misuse; it fails the command, whatever the rule makes of it.
    defect: Cell<Option<String>>,
}

impl<'a> Work<'a> {
    pub(crate) fn new(
        batch: &'a Batch,
        call: &'a Call,
        needs: &'a Needs,
        numbers: &'a HashMap<&'static str, Vec<i64>>,
    ) -> Self {
        Self {
            batch,
            call,
            needs,
            numbers,
            numbers_used: RefCell::default(),
            staged: Staged::default(),
            defect: Cell::new(None),
        }
    }

    /// The present instant, by the record clock.
    pub fn now(&self) -> Timestamp {
        self.batch.now
    }

    /// A new id.
    pub fn new_id(&self) -> Uuid {
        self.ambient().new_uuid()
    }

    /// Clocks and randomness.
    pub fn ambient(&self) -> &Ambient {
        &self.batch.ambient
    }

    /// The call behind the command.
    pub fn call(&self) -> &'a Call {
        self.call
    }

    /// Who asks.
    pub fn principal(&self) -> &'a Principal {
        &self.call.principal
    }

    /// The next of the numbers that [`Needs::numbers`] asked for.
    pub fn number(&self, kind: &'static str) -> i64 {
        let mut used = self.numbers_used.borrow_mut();
        let used = used.entry(kind).or_default();
        *used += 1;
        let number = self.numbers.get(kind).and_then(|numbers| numbers.get(*used - 1));
        number.copied().unwrap_or_else(|| {
            self.misused(format!("more {kind} numbers were taken than needed"));
            0
        })
    }

    /// A loaded or just saved aggregate. What lies outside the principal's branches is not found.
    pub fn get<A: Aggregate>(&self, id: Uuid) -> Result<Arc<A>, NotFound> {
        self.find(id).ok_or(NotFound { kind: A::KIND, id })
    }

    /// The same, where its absence is no error.
    pub fn find<A: Aggregate>(&self, id: Uuid) -> Option<Arc<A>> {
        let state = self.state::<A>(id)?;
        if self.call.principal.scope.admits(state.head.branch) { state.get() } else { None }
    }

    /// The same, of whatever branch it is: for rules that hold beyond what the caller may see, such as that
    /// a chain makes no circle. Nothing of it is told to the caller.
    pub fn find_anywhere<A: Aggregate>(&self, id: Uuid) -> Option<Arc<A>> {
        self.state::<A>(id)?.get()
    }

    /// The aggregate that a natural key names; it must have been asked for by [`Needs::key`].
    pub fn key(&self, key_kind: &str, key: &str) -> Option<Uuid> {
        if !self.asked_for_key(key_kind, key) {
            self.misused(format!("a key of kind {key_kind} was read that was not asked for"));
        }
        let name = (key_kind.to_owned(), key.to_owned());
        let own = self.staged.claims.iter().find(|(claimed, _)| *claimed == name);
        let before = || self.batch.keys.get(&name).copied();
        let kept = || before().filter(|_| !self.staged.releases.contains(&name));
        own.map(|(_, id)| *id).or_else(kept)
    }

    /// Claims a natural key for an aggregate, until it is released: mostly for good.
    pub fn claim(&mut self, key_kind: &str, key: &str, id: Uuid) -> Result<(), KeyTaken> {
        match self.key(key_kind, key) {
            Some(by) if by == id => Ok(()),
            Some(by) => Err(KeyTaken { by }),
            None => {
                self.staged.claims.push(((key_kind.to_owned(), key.to_owned()), id));
                Ok(())
            }
        }
    }

    /// Gives up a natural key of an aggregate that is saved in the same command; nothing happens where
    /// the key is another's. A request that names the outside thing once more would make it anew, so
    /// keys by which repeats are recognised are never released.
    pub fn release(&mut self, key_kind: &str, key: &str, id: Uuid) {
        if self.key(key_kind, key) == Some(id) {
            let name = (key_kind.to_owned(), key.to_owned());
            self.staged.claims.retain(|(claimed, _)| *claimed != name);
            self.staged.releases.push(name);
        }
    }

    /// Stages a changed or new aggregate with what happened to it, and gives it back as it will be
    /// stored: one version per event. Its timers are set as it says. Without events it must be unchanged, and
    /// nothing else is staged.
    pub fn save<A: Aggregate>(&mut self, mut aggregate: A, events: Vec<NewEvent>) -> Arc<A> {
        let id = aggregate.head().id;
        for (kind, due) in aggregate.timers() {
            self.staged.timers.insert((kind, id, String::new()), due);
        }
        let key = (kind::<A>().type_id(), id);
        let staged = self.staged.states.get(&key).map(|(_, state)| state);
        let before = staged.or_else(|| self.batch.current(&key)).cloned();
        let version = before.as_ref().map_or(0, |state| state.head.version);
        if aggregate.head().version != version {
            self.misused(format!("a {} was saved over a newer one", A::KIND));
        }
        if events.is_empty() {
            let same = before.and_then(|state| state.get::<A>()).is_some_and(|it| *it == aggregate);
            if !same {
                self.misused(format!("a {} was changed without an event", A::KIND));
            }
            return Arc::new(aggregate);
        }
        let last = before.as_ref().map_or(self.now(), |state| state.head.updated_at);
        let recorded_at = self.now().max(last);
        let branch = aggregate.head().branch;
        let told = self.staged.events.len();
        for (event, version) in events.into_iter().zip(version + 1..) {
            aggregate.head_mut().version = version;
            self.staged.events.push(StagedEvent {
                event_id: self.batch.ambient.new_uuid(),
                kind: A::KIND,
                aggregate_id: id,
                version,
                branch,
                recorded_at,
                event,
            });
        }
        aggregate.head_mut().updated_at = recorded_at;
        if let Some(before) = before.and_then(|state| state.get::<A>()) {
            let events = &self.staged.events[told..];
            match personal::changes(&before.personal(), &aggregate.personal(), events) {
                Ok(rows) => self.staged.personal.extend(rows),
                Err(field) => self.misused(format!("no event tells that {field} changed")),
            }
        }
        let state = State::new(aggregate);
        let saved = state.get::<A>().expect("it was made of an A");
        self.staged.states.insert(key, (kind::<A>(), state));
        saved
    }

    /// Adds a row to a table whose rows are never changed, such as messages.
    pub fn append<M: ModelTrait>(&mut self, row: &M) {
        self.staged.rows.insert(row);
    }

    /// Sets a timer of an aggregate, or moves it. `name` tells several of a kind apart.
    pub fn set_timer(&mut self, kind: &'static str, id: Uuid, name: &str, due: Timestamp) {
        self.staged.timers.insert((kind, id, name.to_owned()), Some(due));
    }

    /// Cancels a timer, set or not.
    pub fn cancel_timer(&mut self, kind: &'static str, id: Uuid, name: &str) {
        self.staged.timers.insert((kind, id, name.to_owned()), None);
    }

    /// Has another service called after the commit. It is the consequence of the last event saved.
    pub fn send(&mut self, command: Outgoing) {
        let Some(cause) = self.staged.events.last() else {
            return self.misused("an outgoing command needs the event that caused it".to_owned());
        };
        self.staged.outgoing.push(StagedOutgoing {
            id: self.batch.ambient.new_uuid(),
            cause: cause.event_id,
            kind: cause.kind,
            aggregate_id: cause.aggregate_id,
            command,
        });
    }

    /// Marks this command's events as imported history: consumers start no action on them.
    pub fn historic(&mut self) {
        self.staged.historic = true;
    }

    pub(crate) fn finish(self) -> Result<Staged, Defect> {
        match self.defect.into_inner() {
            Some(defect) => Err(Defect(defect)),
            None => Ok(self.staged),
        }
    }

    fn state<A: Aggregate>(&self, id: Uuid) -> Option<&State> {
        let key = (kind::<A>().type_id(), id);
        let staged = self.staged.states.get(&key).map(|(_, state)| state);
        if staged.is_none() && !self.declared(key) {
            self.misused(format!("a {} was read that was not asked for", A::KIND));
            return None;
        }
        staged.or_else(|| self.batch.current(&key))
    }

    fn declared(&self, key: (std::any::TypeId, Uuid)) -> bool {
        let by_id = |(kind, id)| {
            self.needs.loads.iter().any(|load| load.kind.type_id() == kind && load.id == id)
        };
        let by_key = |(kind, id)| {
            self.needs.keys.iter().any(|need| {
                need.kind.type_id() == kind && self.batch.keys.get(&need.name) == Some(&id)
            })
        };
        by_id(key) || by_key(key)
    }

    fn asked_for_key(&self, kind: &str, key: &str) -> bool {
        self.needs.keys.iter().any(|need| need.name.0 == kind && need.name.1 == key)
    }

    fn misused(&self, what: String) {
        let first = self.defect.take().unwrap_or(what);
        self.defect.set(Some(first));
    }
}
