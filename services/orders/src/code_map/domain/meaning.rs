//! What one scan means by a map: a pure reading, of which the scan keeps the result.

use super::{CodeMeaning, Entries, Reasons};
use crate::domain::words::{EventClass, Flags, NextStep, ShipmentStatus};
use crate::scan::domain::RawScan;

/// What a scan means, in Kefu's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// Of what sort it is. Only what happened moves a status or a flag.
    pub class: EventClass,
    /// The status that it tells; for what is expected, the one that is expected.
    pub status: Option<ShipmentStatus>,
    /// The status in detail; empty: nothing is told.
    pub substatus: String,
    /// Why; empty: nothing is told.
    pub reason: String,
    /// Whether the reason as it came is one that the map does not know.
    pub reason_unknown: bool,
    /// The flags that it sets.
    pub sets: Flags,
    /// The flags that it clears.
    pub clears: Flags,
    /// What it asks to be done.
    pub next_step: NextStep,
}

impl Entries {
    /// Reads a scan; none where its code is not known.
    pub fn read(&self, scan: &RawScan) -> Option<Meaning> {
        let code = self.fitting(scan)?;
        let known = self.reasons.iter().find(|known| known.raw_reason == scan.raw_reason);
        let told_with_code = !code.raw_reason.is_empty();
        let reason = match known {
            _ if !code.reason.is_empty() => code.reason.clone(),
            Some(known) => known.reason.clone(),
            None => String::new(),
        };
        let of_reason = known.map(|known| known.sets_flags.as_slice()).unwrap_or_default();
        let asked = Reasons::shipped().get(&reason).map_or(NextStep::None, |known| known.next_step);
        Some(Meaning {
            class: code.event_class.or(scan.class).unwrap_or(EventClass::Actual),
            status: code.status,
            substatus: code.substatus.clone(),
            reason_unknown: !scan.raw_reason.is_empty() && known.is_none() && !told_with_code,
            reason,
            sets: code.sets_flags.iter().chain(of_reason).copied().collect(),
            clears: code.clears_flags.iter().copied().collect(),
            next_step: code.next_step.unwrap_or(asked),
        })
    }

    /// The entry with the most conditions of those that fit.
    fn fitting(&self, scan: &RawScan) -> Option<&CodeMeaning> {
        let role = scan.place.as_ref().map_or("", |place| place.role.as_str());
        let fits = |asked: &str, told: &str| asked.is_empty() || asked == told;
        let fitting = self.codes.iter().filter(|entry| {
            entry.raw_code == scan.raw_code
                && fits(&entry.raw_reason, &scan.raw_reason)
                && fits(&entry.place_role, role)
        });
        let weight =
            |entry: &&CodeMeaning| (!entry.raw_reason.is_empty(), !entry.place_role.is_empty());
        fitting.max_by_key(weight)
    }
}
