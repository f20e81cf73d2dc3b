//! Who may decide up to how much: limits of roles and people, and what was delegated.

use std::collections::{BTreeMap, BTreeSet};

use kefu_kernel::{Currency, Timestamp};
use serde::Deserialize;

use crate::domain::ids::{AuthorityId, PersonId};
use crate::domain::words::DecisionKind;

use super::delegation::Delegation;
use super::limit::{AuthorityLimit, Holder};

/// The limits that Kefu ships.
const SHIPPED: &str = include_str!("authority.toml");

/// Limits and delegations as they are known, and the roles of the people whom they are asked of.
#[derive(Clone, Debug, Default)]
pub struct Authorities {
    /// Limits that were set, of every holder that is asked of.
    pub limits: Vec<AuthorityLimit>,
    /// Delegations that may matter.
    pub delegations: Vec<Delegation>,
    /// The roles of the people that are asked of: who acts, who made the offer, who delegated.
    pub roles: BTreeMap<PersonId, BTreeSet<String>>,
    /// Limits that hold for a role, kind and currency for which none was ever set.
    pub shipped: Vec<ShippedLimit>,
}

/// A limit that Kefu ships, for a new installation to begin with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShippedLimit {
    /// The role that has it.
    pub role: String,
    /// For what.
    pub kinds: Vec<DecisionKind>,
    /// ISO 4217 letters.
    pub currencies: Vec<String>,
    /// Up to how much, in minor units; none: without end.
    #[serde(default)]
    pub limit: Option<i64>,
    /// Above how much a second signature is needed; none: never.
    #[serde(default)]
    pub four_eyes_above: Option<i64>,
}

/// Up to how much somebody may decide at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// Whose it is, where it was delegated.
    pub on_authority_of: Option<PersonId>,
    /// The limit that it rests on; none: one that Kefu ships.
    pub authority: Option<AuthorityId>,
    /// Up to how much; none: without end.
    pub limit: Option<i64>,
    /// Above how much a second signature is needed; none: never.
    pub four_eyes_above: Option<i64>,
}

/// What a limit is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matter {
    /// For what.
    pub kind: DecisionKind,
    /// Of which currency. What has no amount is decided by a limit in whatever currency.
    pub currency: Currency,
    /// When.
    pub at: Timestamp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "limit")]
    limits: Vec<ShippedLimit>,
}

impl Authority {
    /// Whether it covers a sum. What is in another currency as well cannot be summed: only a limit without end
    /// covers that.
    pub fn covers(&self, sum: i64, other_currencies: bool) -> bool {
        self.limit.is_none_or(|limit| sum <= limit && !other_currencies)
    }

    /// Whether a second signature is needed for a sum.
    pub fn needs_second(&self, sum: i64) -> bool {
        self.four_eyes_above.is_some_and(|line| sum > line)
    }

    /// Up to how much it decides without a second signature; none: without end.
    pub fn alone(&self) -> Option<i64> {
        match (self.limit, self.four_eyes_above) {
            (Some(limit), Some(line)) => Some(limit.min(line)),
            (limit, line) => limit.or(line),
        }
    }
}

impl Authorities {
    /// The limits that Kefu ships, as its data have them; says what is wrong with them otherwise.
    pub fn shipped() -> Result<Vec<ShippedLimit>, String> {
        let file: File = toml::from_str(SHIPPED).map_err(|error| error.to_string())?;
        for shipped in &file.limits {
            let unknown = |code: &&String| Currency::from_code(code).is_none();
            if let Some(code) = shipped.currencies.iter().find(unknown) {
                return Err(format!("limit of `{}`: `{code}` is no currency", shipped.role));
            }
            if let (Some(limit), Some(line)) = (shipped.limit, shipped.four_eyes_above)
                && line > limit
            {
                return Err(format!("limit of `{}`: four eyes begin above it", shipped.role));
            }
        }
        Ok(file.limits)
    }

    /// A person's own authority: their own limit, whatever their roles; else the highest of their roles'.
    pub fn own(&self, person: PersonId, matter: Matter) -> Option<Authority> {
        let personal = self.set(&Holder::Person(person), matter);
        let of_roles = || {
            let roles = self.roles.get(&person).into_iter().flatten();
            roles.filter_map(|role| self.of_role(role, matter)).max_by_key(rank)
        };
        personal.or_else(of_roles)
    }

    /// What was delegated to a person: of each delegation that holds what the other may, up to its own limit.
    /// Authority that was delegated is not handed on.
    pub fn delegated(&self, person: PersonId, matter: Matter) -> Vec<Authority> {
        let held = self.delegations.iter().filter(|d| d.to == person && d.covers(matter));
        held.filter_map(|delegation| {
            let own = self.own(delegation.from, matter)?;
            let cut = delegation.limit.filter(|_| matter.kind.has_amount());
            let limit = match (own.limit, cut) {
                (Some(own), Some(cut)) => Some(own.min(cut)),
                (own, cut) => own.or(cut),
            };
            Some(Authority { on_authority_of: Some(delegation.from), limit, ..own })
        })
        .collect()
    }

    /// The authority of one role.
    pub fn of_role(&self, role: &str, matter: Matter) -> Option<Authority> {
        let holder = Holder::Role(role.to_owned());
        let known = |limit: &&AuthorityLimit| limit.holder == holder && limit.is_for(matter);
        if self.limits.iter().any(|limit| known(&limit)) {
            return self.set(&holder, matter);
        }
        let ships = |shipped: &&ShippedLimit| {
            let code = matter.currency.code();
            let currency = shipped.currencies.iter().any(|currency| currency == code);
            shipped.role == role
                && shipped.kinds.contains(&matter.kind)
                && (currency || !matter.kind.has_amount())
        };
        self.shipped.iter().find(ships).map(|shipped| Authority {
            on_authority_of: None,
            authority: None,
            limit: shipped.limit,
            four_eyes_above: shipped.four_eyes_above,
        })
    }

    /// Every role that has a limit, set or shipped.
    pub fn roles_with_limits(&self) -> BTreeSet<&str> {
        let set = self.limits.iter().filter_map(|limit| match &limit.holder {
            Holder::Role(role) => Some(role.as_str()),
            Holder::Person(_) => None,
        });
        set.chain(self.shipped.iter().map(|shipped| shipped.role.as_str())).collect()
    }

    fn set(&self, holder: &Holder, matter: Matter) -> Option<Authority> {
        let holds = |limit: &&AuthorityLimit| {
            limit.holder == *holder && limit.is_for(matter) && limit.holds_at(matter.at)
        };
        let found = self.limits.iter().filter(holds).max_by_key(|limit| limit.valid_from)?;
        Some(Authority {
            on_authority_of: None,
            authority: Some(found.id()),
            limit: found.limit,
            four_eyes_above: found.four_eyes_above,
        })
    }
}

/// The order of limits: one without end is the highest.
fn rank(authority: &Authority) -> (i64, i64) {
    (authority.limit.unwrap_or(i64::MAX), authority.four_eyes_above.unwrap_or(i64::MAX))
}
