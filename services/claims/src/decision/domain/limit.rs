//! A limit of authority: an aggregate of its own, dated, and never changed once it holds but for its end.

use kefu_api_events::v1 as events;
use kefu_api_events::{event, wire};
use kefu_kernel::{Currency, Head, Id, NewEvent, Timestamp};

use crate::domain::error::Error;
use crate::domain::ids::{AuthorityId, PersonId};
use crate::domain::words::DecisionKind;

use super::authority::Matter;

/// Up to how much a role or person may decide. Amounts are minor units of its currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityLimit {
    /// Identity and version; of no branch.
    pub head: Head,
    /// Who has it.
    pub holder: Holder,
    /// For what.
    pub kind: DecisionKind,
    /// Of its amounts.
    pub currency: Currency,
    /// Up to how much, over all of a claim; none: without end.
    pub limit: Option<i64>,
    /// Above how much a second signature is needed; none: never.
    pub four_eyes_above: Option<i64>,
    /// From when on it holds.
    pub valid_from: Timestamp,
    /// Until when; none: until another takes its place.
    pub valid_until: Option<Timestamp>,
    /// Who set it: a principal's id.
    pub created_by: String,
}

/// Who has a limit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// Everybody with this role, by code.
    Role(String),
    /// This person, whatever their roles.
    Person(PersonId),
}

/// A limit to be set.
#[derive(Clone, Debug)]
pub struct NewLimit {
    /// Its id, made for it.
    pub id: AuthorityId,
    /// Who has it.
    pub holder: Holder,
    /// For what.
    pub kind: DecisionKind,
    /// Of its amounts.
    pub currency: Currency,
    /// Up to how much; none: without end.
    pub limit: Option<i64>,
    /// Above how much a second signature is needed; none: never.
    pub four_eyes_above: Option<i64>,
    /// From when on; none: now.
    pub valid_from: Option<Timestamp>,
}

/// A limit as it becomes, and the events that tell of it.
pub type Limited = Result<(AuthorityLimit, Vec<NewEvent>), Error>;

impl AuthorityLimit {
    /// Its id.
    pub fn id(&self) -> AuthorityId {
        AuthorityId::from(self.head.id)
    }

    /// Whether it is for this, whenever it holds.
    pub fn is_for(&self, matter: Matter) -> bool {
        self.kind == matter.kind && (self.currency == matter.currency || !matter.kind.has_amount())
    }

    /// Whether it holds at a moment.
    pub fn holds_at(&self, at: Timestamp) -> bool {
        self.valid_from <= at && self.valid_until.is_none_or(|until| at < until)
    }

    /// Sets a limit. `others`: all limits of the holder for the same kind and currency; the one that holds when this
    /// one begins ends then, and is answered as it becomes, with its events, after the new one.
    pub fn create(
        now: Timestamp,
        actor: &str,
        new: NewLimit,
        others: &[Self],
    ) -> Result<Vec<(Self, Vec<NewEvent>)>, Error> {
        let valid_from = new.valid_from.unwrap_or(now);
        if valid_from < now {
            return Err(Error::invalid("valid_from", "out_of_range", "is not before now"));
        }
        for (field, amount) in [("limit", new.limit), ("four_eyes_above", new.four_eyes_above)] {
            if amount.is_some_and(i64::is_negative) {
                return Err(Error::invalid(field, "out_of_range", "is not negative"));
            }
        }
        if let (Some(limit), Some(line)) = (new.limit, new.four_eyes_above)
            && line > limit
        {
            return Err(Error::LimitInvalid("the second signature begins above it"));
        }
        if others.iter().any(|other| other.valid_from >= valid_from && !other.is_void()) {
            return Err(Error::LimitInvalid("another is set from then on, or later"));
        }
        let made = Self {
            head: Head::new(new.id.uuid(), None, now),
            holder: new.holder,
            kind: new.kind,
            currency: new.currency,
            limit: new.limit,
            four_eyes_above: new.four_eyes_above,
            valid_from,
            valid_until: None,
            created_by: actor.to_owned(),
        };
        let payload = events::AuthorityLimitCreated {
            authority_id: made.id().to_string(),
            facts: Some(made.facts()),
        };
        let told = vec![event(&payload, Vec::<String>::new())];
        let mut changed = vec![(made, told)];
        for other in others.iter().filter(|other| other.holds_at(valid_from)) {
            changed.push(other.ended(valid_from));
        }
        Ok(changed)
    }

    /// Gives a limit an end; none: now.
    pub fn end(&self, now: Timestamp, until: Option<Timestamp>) -> Limited {
        if self.valid_until.is_some() {
            return Err(Error::LimitEnded);
        }
        let until = until.unwrap_or(now);
        if until < now {
            return Err(Error::invalid("valid_until", "out_of_range", "is not before now"));
        }
        // One that has not begun never holds then.
        Ok(self.ended(until.max(self.valid_from)))
    }

    /// Whether it never holds: it ended when it began.
    fn is_void(&self) -> bool {
        self.valid_until == Some(self.valid_from)
    }

    fn ended(&self, until: Timestamp) -> (Self, Vec<NewEvent>) {
        let ended = Self { valid_until: Some(until), ..self.clone() };
        let payload = events::AuthorityLimitEnded {
            authority_id: ended.id().to_string(),
            facts: Some(ended.facts()),
        };
        let told = vec![event(&payload, ["valid_until"])];
        (ended, told)
    }

    fn facts(&self) -> events::AuthorityLimitFacts {
        let (role, person_id) = match &self.holder {
            Holder::Role(role) => (role.clone(), String::new()),
            Holder::Person(person) => (String::new(), person.to_string()),
        };
        events::AuthorityLimitFacts {
            role,
            person_id,
            kind: events::DecisionKind::from(self.kind).into(),
            currency: self.currency.code().to_owned(),
            limit_minor_units: self.limit,
            four_eyes_above_minor_units: self.four_eyes_above,
            valid_from: Some(wire::timestamp(self.valid_from)),
            valid_until: self.valid_until.map(wire::timestamp),
        }
    }
}
