//! Telling: the events of one step of an aggregate, each with everything that changed since the one before.

use kefu_kernel::NewEvent;

use crate::v1::ClockChange;
use crate::{Facts, FactsEvent, Told, event};

/// An aggregate that events tell of by its facts.
pub trait Subject: Clone {
    /// Its facts.
    type Facts: Facts;

    /// Its id, in its text form.
    fn subject_id(&self) -> String;

    /// What is true of it now.
    fn facts(&self) -> Self::Facts;

    /// Names of the fields that differ, as the resource's proto spells them.
    fn changed(before: &Self, now: &Self) -> Vec<String>;
}

/// The events of one step, in the order in which they are told.
#[derive(Clone, Debug)]
pub struct Tale<S> {
    /// The aggregate as the last event left it; none: nothing has been told of it yet.
    told: Option<S>,
    events: Vec<NewEvent>,
}

impl<S: Subject> Tale<S> {
    /// Begins with an aggregate as it is.
    pub fn of(subject: &S) -> Self {
        Self { told: Some(subject.clone()), events: Vec::new() }
    }

    /// Begins with one that comes into being: its first event says that nothing was before.
    pub fn of_new() -> Self {
        Self { told: None, events: Vec::new() }
    }

    /// Tells an event: everything that changed since the one before. `payload` holds what is its own.
    pub fn tell<P>(&mut self, now: &S, clock_changes: Vec<ClockChange>, mut payload: P)
    where
        P: FactsEvent<Facts = S::Facts>,
    {
        let facts = now.facts();
        let former = self.told.as_ref().map(|told| S::Facts::former(&told.facts(), &facts));
        let changed = self.told.as_ref().map(|told| S::changed(told, now)).unwrap_or_default();
        payload.fill(Told { id: now.subject_id(), facts, former, clock_changes });
        self.events.push(event(&payload, changed));
        self.told = Some(now.clone());
    }

    /// The aggregate as the last event left it.
    pub fn told(&self) -> Option<&S> {
        self.told.as_ref()
    }

    /// Whether nothing was told yet.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The events.
    pub fn into_events(self) -> Vec<NewEvent> {
        self.events
    }
}
