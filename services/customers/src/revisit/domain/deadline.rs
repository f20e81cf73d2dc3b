//! The deadlines of a revisit as events tell them: its own, and one for each promise. They follow from its
//! state; what became of them follows from how it was before.

use kefu_api_events::v1::{self as events, ClockChangeKind as Became, ClockKind};
use kefu_api_events::wire;
use kefu_kernel::Timestamp;

use super::Revisit;
use super::words::State;

/// A deadline that was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Deadline {
    kind: ClockKind,
    /// The number of the promise; 0 for the revisit's own.
    number: i32,
    policy: String,
    policy_version: i32,
    started_at: Timestamp,
    due_at: Timestamp,
    end: Option<End>,
}

/// How a deadline ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct End {
    at: Timestamp,
    /// Whether what it waited for came.
    met: bool,
}

impl Revisit {
    /// Its deadlines, its own first.
    pub(super) fn deadlines(&self) -> Vec<Deadline> {
        let own = Deadline {
            kind: ClockKind::Revisit,
            number: 0,
            policy: self.policy.clone(),
            policy_version: self.policy_version,
            started_at: self.head.created_at,
            due_at: self.due_at,
            end: self.end_of_own(),
        };
        let promises = self.promises.iter().map(|promise| Deadline {
            kind: ClockKind::RevisitPromise,
            number: promise.number,
            policy: "promise".to_owned(),
            policy_version: 0,
            started_at: promise.made_at,
            due_at: promise.due_at,
            end: promise.kept_at.map(|at| End { at, met: true }),
        });
        std::iter::once(own).chain(promises).collect()
    }

    fn end_of_own(&self) -> Option<End> {
        let met = self.reached_at.map(|at| End { at, met: true });
        let ended = matches!(self.state, State::GivenUp | State::Cancelled);
        let stopped = self.ended_at.filter(|_| ended).map(|at| End { at, met: false });
        met.or(stopped)
    }
}

/// What became of deadlines since they were as `before`, as of `now`.
pub(super) fn changes(
    before: &[Deadline],
    after: &[Deadline],
    now: Timestamp,
) -> Vec<events::ClockChange> {
    let of =
        |one: &Deadline| before.iter().find(|old| (old.kind, old.number) == (one.kind, one.number));
    let mut changes = Vec::new();
    for one in after {
        let mut tell = |kind: Became, former: Option<Timestamp>, late| {
            let clock = Some(one.told(now));
            let former_due_at = former.map(wire::timestamp);
            changes.push(events::ClockChange { kind: kind.into(), clock, former_due_at, late });
        };
        match of(one) {
            None => tell(Became::Started, None, false),
            Some(old) if old.due_at != one.due_at => {
                tell(Became::Retargeted, Some(old.due_at), false);
            }
            Some(_) => {}
        }
        let ended = of(one).is_none_or(|old| old.end.is_none());
        match one.end.filter(|_| ended) {
            Some(End { at, met: true }) => tell(Became::Met, None, at > one.due_at),
            Some(End { met: false, .. }) => tell(Became::Stopped, None, false),
            None => {}
        }
    }
    changes
}

impl Deadline {
    fn told(&self, now: Timestamp) -> events::Clock {
        let until = self.end.map_or(now, |end| end.at);
        events::Clock {
            kind: self.kind.into(),
            policy: self.policy.clone(),
            policy_version: self.policy_version,
            episode: self.number,
            target: Some(wire::duration(self.due_at.since(self.started_at))),
            elapsed: Some(wire::duration(until.since(self.started_at))),
            due_at: self.end.is_none().then(|| wire::timestamp(self.due_at)),
        }
    }
}
