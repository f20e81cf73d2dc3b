//! The data that the rules go by, gathered: types and policies; and with the calendars of the moment, what
//! a rule needs to know.

use std::sync::Arc;

use kefu_kernel::{Calendars, Timestamp};

use super::error::Error;
use super::policies::Policies;
use super::types::{TicketType, TicketTypes};

/// What the rules go by.
#[derive(Clone, Debug)]
pub struct Rules {
    types: TicketTypes,
    policies: Policies,
}

/// What a rule needs to know of the call that it serves.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// What the rules go by.
    pub rules: &'a Rules,
    /// The calendars that clocks count by, as they are now.
    pub calendars: Arc<Calendars>,
    /// The present moment, by the record clock.
    pub now: Timestamp,
    /// Who acts: a principal's id.
    pub actor: &'a str,
}

/// Types and policies contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("policy `{policy}` is for the type `{kind}`, which there is not")]
pub struct RulesError {
    /// The policy's code.
    pub policy: String,
    /// The unknown type.
    pub kind: String,
}

impl Rules {
    /// Types and policies together; says where they contradict each other.
    pub fn new(types: TicketTypes, policies: Policies) -> Result<Self, RulesError> {
        for policy in policies.iter() {
            if let Some(kind) = policy.types.iter().find(|code| types.get(code).is_none()) {
                return Err(RulesError { policy: policy.code.clone(), kind: kind.clone() });
            }
        }
        Ok(Self { types, policies })
    }

    /// The types of tickets.
    pub fn types(&self) -> &TicketTypes {
        &self.types
    }

    /// The clock policies.
    pub fn policies(&self) -> &Policies {
        &self.policies
    }

    /// The type with this code, as a request's field `type` names it.
    pub fn ticket_type(&self, code: &str) -> Result<&TicketType, Error> {
        self.types.get(code).ok_or_else(|| Error::unknown("type", code))
    }
}
