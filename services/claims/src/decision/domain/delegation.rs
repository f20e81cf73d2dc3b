//! A delegation: that somebody may use another's authority for a time. An aggregate of its own.

use std::collections::BTreeSet;
use std::time::Duration;

use kefu_api_events::v1 as events;
use kefu_api_events::{event, wire};
use kefu_kernel::{Currency, Head, Id, NewEvent, Timestamp};

use crate::domain::error::Error;
use crate::domain::ids::{DelegationId, PersonId};
use crate::domain::words::DecisionKind;

use super::authority::Matter;

/// For so long authority is delegated at most.
const LONGEST: Duration = Duration::from_secs(90 * 86_400);

/// That somebody may use another's authority for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// Identity and version; of no branch.
    pub head: Head,
    /// Whose authority it is.
    pub from: PersonId,
    /// Who may use it. They cannot hand it on.
    pub to: PersonId,
    /// For what.
    pub kinds: BTreeSet<DecisionKind>,
    /// Up to how much, in minor units; none: all that the other may.
    pub limit: Option<i64>,
    /// Of that limit; a delegation with a limit covers only what is in its currency, or has no amount.
    pub currency: Option<Currency>,
    /// From when on.
    pub valid_from: Timestamp,
    /// Until when.
    pub valid_until: Timestamp,
    /// The code of the reason.
    pub reason: String,
    /// Who made it: a principal's id.
    pub created_by: String,
    /// When it was ended before its time.
    pub revoked_at: Option<Timestamp>,
}

/// A delegation to be made.
#[derive(Clone, Debug)]
pub struct NewDelegation {
    /// Its id, made for it.
    pub id: DelegationId,
    /// Whose authority; none: the caller's.
    pub from: Option<PersonId>,
    /// Who may use it.
    pub to: PersonId,
    /// For what.
    pub kinds: BTreeSet<DecisionKind>,
    /// Up to how much; none: all that the other may.
    pub limit: Option<(i64, Currency)>,
    /// From when on; none: now.
    pub valid_from: Option<Timestamp>,
    /// Until when.
    pub valid_until: Timestamp,
    /// The code of the reason.
    pub reason: String,
}

/// A delegation as it becomes, and the events that tell of it.
pub type Delegated = Result<(Delegation, Vec<NewEvent>), Error>;

impl Delegation {
    /// Its id.
    pub fn id(&self) -> DelegationId {
        DelegationId::from(self.head.id)
    }

    /// Whether it covers this.
    pub fn covers(&self, matter: Matter) -> bool {
        let currency =
            self.currency.is_none_or(|c| c == matter.currency || !matter.kind.has_amount());
        self.kinds.contains(&matter.kind) && currency && self.holds_at(matter.at)
    }

    /// Whether it holds at a moment.
    pub fn holds_at(&self, at: Timestamp) -> bool {
        self.valid_from <= at
            && at < self.valid_until
            && self.revoked_at.is_none_or(|revoked| at < revoked)
    }

    /// Makes a delegation. `manages`: whether the caller may delegate another's authority.
    pub fn create(now: Timestamp, actor: &str, new: NewDelegation, manages: bool) -> Delegated {
        let caller: Option<PersonId> = actor.parse().ok();
        let from =
            new.from.or(caller).ok_or(Error::DelegationInvalid("it is nobody's authority"))?;
        if caller != Some(from) && !manages {
            return Err(Error::NeedsPermission("claims.manage_authority"));
        }
        if from == new.to {
            return Err(Error::DelegationInvalid("it goes to oneself"));
        }
        if new.limit.is_some_and(|(limit, _)| limit < 0) {
            return Err(Error::invalid("limit", "out_of_range", "is not negative"));
        }
        let valid_from = new.valid_from.unwrap_or(now);
        if valid_from < now {
            return Err(Error::invalid("valid_from", "out_of_range", "is not before now"));
        }
        if new.valid_until <= valid_from || new.valid_until > valid_from.plus(LONGEST) {
            let what = "is after the beginning, at most 90 days";
            return Err(Error::invalid("valid_until", "out_of_range", what));
        }
        let made = Self {
            head: Head::new(new.id.uuid(), None, now),
            from,
            to: new.to,
            kinds: new.kinds,
            limit: new.limit.map(|(limit, _)| limit),
            currency: new.limit.map(|(_, currency)| currency),
            valid_from,
            valid_until: new.valid_until,
            reason: new.reason,
            created_by: actor.to_owned(),
            revoked_at: None,
        };
        let payload = events::DelegationCreated {
            delegation_id: made.id().to_string(),
            facts: Some(made.facts()),
        };
        Ok((made, vec![event(&payload, Vec::<String>::new())]))
    }

    /// Ends a delegation before its time. What was signed by it holds.
    pub fn revoke(&self, now: Timestamp, actor: &str, manages: bool) -> Delegated {
        if actor.parse() != Ok(self.from) && !manages {
            return Err(Error::NeedsPermission("claims.manage_authority"));
        }
        if self.revoked_at.is_some() || now >= self.valid_until {
            return Err(Error::DelegationInvalid("it is over"));
        }
        let revoked = Self { revoked_at: Some(now), ..self.clone() };
        let payload = events::DelegationRevoked {
            delegation_id: revoked.id().to_string(),
            facts: Some(revoked.facts()),
        };
        Ok((revoked, vec![event(&payload, ["revoked_at"])]))
    }

    fn facts(&self) -> events::DelegationFacts {
        events::DelegationFacts {
            from_id: self.from.to_string(),
            to_id: self.to.to_string(),
            kinds: self.kinds.iter().map(|kind| events::DecisionKind::from(*kind).into()).collect(),
            valid_from: Some(wire::timestamp(self.valid_from)),
            valid_until: Some(wire::timestamp(self.revoked_at.unwrap_or(self.valid_until))),
        }
    }
}
