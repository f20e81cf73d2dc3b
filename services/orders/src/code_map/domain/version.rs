//! The life of a version: written as a draft, activated, retired by the next, and perhaps activated again.

use std::collections::BTreeSet;

use kefu_api_events::wire::timestamp;
use kefu_api_events::{event, v1 as events, words};
use kefu_kernel::{FieldViolation, Head, Id, InvalidFields, NewEvent, Timestamp};

use super::{CodeMeaning, Entries, Reasons};
use crate::domain::ids::CodeMapId;
use crate::domain::words::{ScanFormat, ShipmentFlag, ShipmentStatus};
use crate::domain::{Context, Error, count};

/// What a verb comes to: the version as it becomes, and the events that tell of it.
pub type Decision = Result<(CodeMap, Vec<NewEvent>), Error>;

words! {
    /// How a version stands.
    CodeMapState {
        /// It was written and reads nothing yet.
        Draft = "draft",
        /// It reads scans as they come.
        Active = "active",
        /// Another version reads in its place.
        Retired = "retired",
    }
}

/// A version of the table that reads codes of one form, for one carrier and source or for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeMap {
    /// Identity and version of the row.
    pub head: Head,
    /// The form of the scans that it reads.
    pub format: ScanFormat,
    /// The carrier whose scans it reads; empty: every one's.
    pub carrier: String,
    /// The source whose scans it reads; empty: every one's.
    pub source: String,
    /// Counts the versions for that form, carrier and source, from 1.
    pub version: i32,
    /// How it stands.
    pub state: CodeMapState,
    /// What the version changes, for people.
    pub note: String,
    /// Who wrote it: a principal's id.
    pub created_by: String,
    /// Since when it reads; none while it never did.
    pub activated_at: Option<Timestamp>,
    /// Since when another reads in its place; none while none does.
    pub retired_at: Option<Timestamp>,
    /// What its codes and reasons mean.
    pub entries: Entries,
}

/// What is known of a new version.
#[derive(Clone, Debug)]
pub struct New {
    /// Its id.
    pub id: CodeMapId,
    /// The form of the scans that it reads.
    pub format: ScanFormat,
    /// The carrier whose scans it reads; empty: every one's.
    pub carrier: String,
    /// The source whose scans it reads; empty: every one's.
    pub source: String,
    /// Which version it is.
    pub version: i32,
    /// What the version changes, for people.
    pub note: String,
    /// Its own entries.
    pub entries: Entries,
    /// The entries of the version that it is based on; those with the same conditions give way.
    pub based_on: Option<Entries>,
    /// Codes of the version it is based on that it does not know any more.
    pub dropped_codes: Vec<String>,
}

impl CodeMap {
    /// Its id.
    pub fn id(&self) -> CodeMapId {
        CodeMapId::from(self.head.id)
    }

    /// Writes a new version, as a draft.
    ///
    /// # Errors
    ///
    /// Two entries with the same conditions; a reason that there is not; a status or flag that no map tells.
    pub fn create(context: &Context<'_>, new: New) -> Decision {
        check(&new.entries)?;
        let entries = match new.based_on {
            Some(base) => merge(base, new.entries, &new.dropped_codes),
            None => new.entries,
        };
        let map = Self {
            head: Head::new(new.id.uuid(), None, context.now),
            format: new.format,
            carrier: new.carrier,
            source: new.source,
            version: new.version,
            state: CodeMapState::Draft,
            note: new.note,
            created_by: context.actor.to_owned(),
            activated_at: None,
            retired_at: None,
            entries,
        };
        let (code_map_id, facts) = (map.id().to_string(), Some(map.facts()));
        let payload = events::CodeMapCreated { code_map_id, facts };
        Ok((map, vec![event(&payload, Vec::<String>::new())]))
    }

    /// Lets it read from now on. `active` is the version that reads now and retires by it.
    ///
    /// # Errors
    ///
    /// [`Error::CodeMapActive`].
    pub fn activate(
        &self,
        context: &Context<'_>,
        active: Option<CodeMapId>,
        read_anew_from: Option<Timestamp>,
    ) -> Decision {
        if self.state == CodeMapState::Active {
            return Err(Error::CodeMapActive(self.id()));
        }
        let mut map = self.clone();
        map.state = CodeMapState::Active;
        (map.activated_at, map.retired_at) = (Some(context.now), None);
        let payload = events::CodeMapActivated {
            code_map_id: map.id().to_string(),
            facts: Some(map.facts()),
            former_code_map_id: active.map(|id| id.to_string()),
            read_anew_from: read_anew_from.map(timestamp),
        };
        let changed = ["state", "activated_at", "retired_at"];
        Ok((map, vec![event(&payload, changed)]))
    }

    /// Retires it, because another version reads in its place.
    pub fn retire(&self, context: &Context<'_>) -> (Self, Vec<NewEvent>) {
        let mut map = self.clone();
        map.state = CodeMapState::Retired;
        map.retired_at = Some(context.now);
        let (code_map_id, facts) = (map.id().to_string(), Some(map.facts()));
        let told = event(&events::CodeMapRetired { code_map_id, facts }, ["state", "retired_at"]);
        (map, vec![told])
    }

    /// Of the active versions of a form, the one that reads scans of a carrier and source: the narrowest.
    pub fn narrowest<'a>(
        active: impl IntoIterator<Item = &'a Self>,
        carrier: &str,
        source: &str,
    ) -> Option<&'a Self> {
        let fits = |asked: &str, told: &str| asked.is_empty() || asked == told;
        let fitting = active
            .into_iter()
            .filter(|map| fits(&map.carrier, carrier) && fits(&map.source, source));
        fitting.max_by_key(|map| (!map.carrier.is_empty(), !map.source.is_empty()))
    }

    fn facts(&self) -> events::CodeMapFacts {
        events::CodeMapFacts {
            format: self.format.to_wire(),
            carrier: self.carrier.clone(),
            source: self.source.clone(),
            version: self.version,
            entries: count(self.entries.codes.len() + self.entries.reasons.len()),
            activated_at: self.activated_at.map(timestamp),
            retired_at: self.retired_at.map(timestamp),
        }
    }
}

/// The conditions of an entry.
fn conditions(code: &CodeMeaning) -> (String, String, String) {
    (code.raw_code.clone(), code.raw_reason.clone(), code.place_role.clone())
}

/// The base without what is dropped, with the new entries in the place of those of the same conditions.
fn merge(mut base: Entries, own: Entries, dropped: &[String]) -> Entries {
    let new: BTreeSet<_> = own.codes.iter().map(conditions).collect();
    base.codes.retain(|code| !new.contains(&conditions(code)) && !dropped.contains(&code.raw_code));
    let new: BTreeSet<_> = own.reasons.iter().map(|reason| &reason.raw_reason).collect();
    base.reasons.retain(|reason| !new.contains(&reason.raw_reason));
    base.codes.extend(own.codes);
    base.reasons.extend(own.reasons);
    base
}

/// Refuses entries of which two have the same conditions, that name reasons which there are not, or that
/// tell what no map can know.
pub(super) fn check(entries: &Entries) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for (index, code) in entries.codes.iter().enumerate() {
        if !seen.insert(conditions(code)) {
            return Err(Error::CodeMapAmbiguous(code.raw_code.clone()));
        }
        check_reason("codes.reason", &code.reason)?;
        if code.status == Some(ShipmentStatus::Unknown) {
            let what = "is what a shipment has before its first scan";
            wrong.push(FieldViolation::new(format!("codes[{index}].status"), "not_told", what));
        }
        let flags = code.sets_flags.iter().chain(&code.clears_flags);
        if flags.copied().any(ShipmentFlag::is_derived) {
            let what = "has a flag that only Kefu itself can tell";
            wrong.push(FieldViolation::new(format!("codes[{index}]"), "not_told", what));
        }
    }
    let mut seen = BTreeSet::new();
    for (index, reason) in entries.reasons.iter().enumerate() {
        if !seen.insert(&reason.raw_reason) {
            return Err(Error::CodeMapAmbiguous(reason.raw_reason.clone()));
        }
        check_reason("reasons.reason", &reason.reason)?;
        if reason.sets_flags.iter().copied().any(ShipmentFlag::is_derived) {
            let what = "has a flag that only Kefu itself can tell";
            wrong.push(FieldViolation::new(format!("reasons[{index}]"), "not_told", what));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(InvalidFields(wrong).into()) }
}

fn check_reason(field: &'static str, code: &str) -> Result<(), Error> {
    let known = code.is_empty() || Reasons::shipped().get(code).is_some();
    if known { Ok(()) } else { Err(Error::unknown(field, code)) }
}
