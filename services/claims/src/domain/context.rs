//! What a rule needs to know of the call that it serves.

use std::sync::Arc;

use kefu_kernel::{Calendars, Timestamp};
use uuid::Uuid;

use crate::decision::domain::authority::Authorities;
use crate::decision::domain::shipment::Shipment;

use super::ids::PersonId;
use super::rules::Rules;

/// What a rule needs to know of the call that it serves.
#[derive(Clone)]
pub struct Context<'a> {
    /// What the rules go by.
    pub rules: &'a Rules,
    /// The working calendars, as they are known now.
    pub calendars: Arc<Calendars>,
    /// The present moment, by the record clock.
    pub now: Timestamp,
    /// Who acts: a principal's id.
    pub actor: &'a str,
    /// Makes new ids.
    pub ids: &'a dyn Fn() -> Uuid,
    /// Limits and delegations, and the roles of the people whom they are asked of.
    pub authorities: &'a Authorities,
    /// What the other claims on the shipment come to.
    pub shipment: &'a Shipment,
}

impl Context<'_> {
    /// Who acts, where it is a person.
    pub fn person(&self) -> Option<PersonId> {
        person(self.actor)
    }
}

/// The person whose principal's id this is; none where it is a system's.
pub fn person(principal: &str) -> Option<PersonId> {
    principal.parse().ok()
}
