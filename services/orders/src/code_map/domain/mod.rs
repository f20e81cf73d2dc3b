//! A version of a code map: what the codes of one form mean, for one carrier and source or for all.
//!
//! - `meaning.rs`: what one scan means by a map.
//! - `reasons.rs`: the reasons that scans can be given, with what each asks for.
//! - `shipped.rs`: the maps that Kefu ships, `x12_214.toml` and `api.toml`.
//! - `version.rs`: writing, activating and retiring a version.

mod meaning;
pub mod reasons;
pub mod shipped;
mod version;

#[cfg(test)]
mod tests;

pub use self::meaning::Meaning;
pub use self::reasons::{Reason, Reasons};
pub use self::version::{CodeMap, CodeMapState, Decision, New};

use serde::Deserialize;

use crate::domain::words::{EventClass, NextStep, ShipmentFlag, ShipmentStatus};

/// What the codes of scans mean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entries {
    /// What codes mean; each set of conditions once.
    #[serde(rename = "code")]
    pub codes: Vec<CodeMeaning>,
    /// What reasons mean, beside any code; each once.
    #[serde(rename = "reason", default)]
    pub reasons: Vec<ReasonMeaning>,
}

/// What a code means. Of several entries that fit a scan, the one with the most conditions holds; of one
/// condition each, that of the reason goes before that of the place.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeMeaning {
    /// The code as it comes.
    pub raw_code: String,
    /// Only with this reason as it comes; empty: with any.
    #[serde(default)]
    pub raw_reason: String,
    /// Only at a place of this role; empty: at any.
    #[serde(default)]
    pub place_role: String,
    /// Of what sort such a scan is; none: as it says itself.
    #[serde(default, rename = "class")]
    pub event_class: Option<EventClass>,
    /// The status that it tells; none: it is known and moves nothing.
    #[serde(default)]
    pub status: Option<ShipmentStatus>,
    /// The status in detail; empty: nothing.
    #[serde(default)]
    pub substatus: String,
    /// Why; empty: as its reason means.
    #[serde(default)]
    pub reason: String,
    /// The flags that it sets.
    #[serde(default)]
    pub sets_flags: Vec<ShipmentFlag>,
    /// The flags that it clears.
    #[serde(default)]
    pub clears_flags: Vec<ShipmentFlag>,
    /// What it asks to be done; none: what the reason asks.
    #[serde(default)]
    pub next_step: Option<NextStep>,
    /// What it means, for people.
    #[serde(default)]
    pub note: String,
}

/// What a reason means, beside any code.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonMeaning {
    /// The reason as it comes.
    pub raw_reason: String,
    /// Why, in Kefu's words; empty: all is as usual.
    #[serde(default)]
    pub reason: String,
    /// The flags that it sets.
    #[serde(default)]
    pub sets_flags: Vec<ShipmentFlag>,
    /// What it means, for people.
    #[serde(default)]
    pub note: String,
}
