//! The data that the rules go by, gathered: types and clock policies.

use super::error::Error;
use super::policies::Policy;
use super::types::TypeRules;
use super::words::{ClaimType, ClockKind};

/// What the rules go by.
#[derive(Clone, Debug)]
pub struct Rules {
    types: Vec<TypeRules>,
    policies: Vec<Policy>,
}

impl Rules {
    /// Types (each once, as [`TypeRules::parse`] answers them) and policies together.
    pub fn new(types: Vec<TypeRules>, policies: Vec<Policy>) -> Self {
        Self { types, policies }
    }

    /// The rules that Kefu ships; says what is wrong with their data otherwise.
    pub fn shipped() -> Result<Self, String> {
        Ok(Self::new(TypeRules::shipped()?, Policy::shipped()?))
    }

    /// What a type of claim asks for.
    pub fn of_type(&self, kind: ClaimType) -> Result<&TypeRules, Error> {
        let found = self.types.iter().find(|rules| rules.kind == kind);
        found.ok_or_else(|| Error::unknown("type", kind.name()))
    }

    /// The types, in the order in which they are shown.
    pub fn types(&self) -> &[TypeRules] {
        &self.types
    }

    /// The policy that sets a clock for claims of a type; none: they have no such clock.
    pub fn policy(&self, kind: ClockKind, of: ClaimType) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.holds_for(kind, of))
    }
}
