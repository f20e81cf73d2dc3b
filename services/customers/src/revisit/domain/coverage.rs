//! How many of the revisits that are owed were made: what each revisit counts for, so that a fold takes what it
//! counted for before and adds what it counts for now.

use kefu_api_events::v1::{RevisitFacts, RevisitState, Verdict};
use kefu_api_events::{Step, wire};
use kefu_kernel::{Day, Zone};

/// Of which revisits a count is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// The policy's code.
    pub policy: String,
    /// The branch's id; empty where none.
    pub branch_id: String,
    /// The day on which they became owed, in the company's zone.
    pub day: Day,
}

/// Counts of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Covered {
    /// How many became owed, without those cancelled.
    pub owed: i64,
    /// How many of them were tried at least once.
    pub attempted: i64,
    /// How many of them reached the customer.
    pub reached: i64,
    /// How many of them reached the customer in time.
    pub reached_in_time: i64,
    /// How many were given up.
    pub given_up: i64,
    /// Verdicts of those reached.
    pub satisfied: i64,
    /// Verdicts of those reached.
    pub neutral: i64,
    /// Verdicts of those reached.
    pub dissatisfied: i64,
}

/// What one event of a revisit adds to which cells; nothing where it changes no count.
pub fn cells(step: &Step<RevisitFacts>, zone: &Zone) -> Vec<(Cell, Covered)> {
    let before = step.before.as_ref().map(|facts| (cell(facts, zone), Covered::of(facts)));
    let (cell, now) = (cell(&step.after, zone), Covered::of(&step.after));
    let changes = match before {
        Some((former, counted)) if former == cell => vec![(cell, now.plus(counted, -1))],
        Some((former, counted)) => {
            vec![(former, Covered::default().plus(counted, -1)), (cell, now)]
        }
        None => vec![(cell, now)],
    };
    changes.into_iter().filter(|(_, counts)| *counts != Covered::default()).collect()
}

fn cell(facts: &RevisitFacts, zone: &Zone) -> Cell {
    let created_at = facts.created_at.as_ref().map(wire::instant).unwrap_or_default();
    Cell {
        policy: facts.policy.clone(),
        branch_id: facts.branch_id.clone(),
        day: zone.day_of(created_at),
    }
}

impl Covered {
    /// What a revisit counts for.
    pub fn of(facts: &RevisitFacts) -> Self {
        if facts.state() == RevisitState::Cancelled {
            return Self::default();
        }
        let verdict = |verdict| i64::from(facts.verdict() == verdict);
        Self {
            owed: 1,
            attempted: i64::from(facts.attempts > 0),
            reached: i64::from(facts.reached),
            reached_in_time: i64::from(facts.reached_in_time),
            given_up: i64::from(facts.state() == RevisitState::GivenUp),
            satisfied: verdict(Verdict::Satisfied),
            neutral: verdict(Verdict::Neutral),
            dissatisfied: verdict(Verdict::Dissatisfied),
        }
    }

    /// These counts and `times` the others.
    pub fn plus(self, other: Self, times: i64) -> Self {
        Self {
            owed: self.owed + times * other.owed,
            attempted: self.attempted + times * other.attempted,
            reached: self.reached + times * other.reached,
            reached_in_time: self.reached_in_time + times * other.reached_in_time,
            given_up: self.given_up + times * other.given_up,
            satisfied: self.satisfied + times * other.satisfied,
            neutral: self.neutral + times * other.neutral,
            dissatisfied: self.dissatisfied + times * other.dissatisfied,
        }
    }
}
