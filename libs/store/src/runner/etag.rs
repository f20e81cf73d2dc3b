//! Stale etags: when a change since the caller's version stands in the way, and when not.

use kefu_kernel::Recorded;
use uuid::Uuid;

use super::batch::Batch;
use super::error::RunnerError;
use super::needs::{Etag, Load, Needs};

/// Over how many versions a stale Update is still compared; beyond, any change is a conflict.
pub(crate) const COMPARED_VERSIONS: i64 = 1_000;

/// Checks every etag of a command against the batch's present state. What is not found or not in
/// scope is left to the rule.
pub(crate) fn check(batch: &Batch, needs: &Needs) -> Result<(), RunnerError> {
    for load in &needs.loads {
        let Some(etag) = &load.etag else { continue };
        let Some(state) = batch.current(&(load.kind.type_id(), load.id)) else { continue };
        let current = state.head.version;
        if etag.version == Some(current) {
            continue;
        }
        let fields = match conflict(batch, load.id, etag, current) {
            Conflict::None => continue,
            Conflict::Whole => Vec::new(),
            Conflict::Fields(fields) => fields,
        };
        return Err(RunnerError::Stale { kind: load.kind.name(), id: load.id, current, fields });
    }
    Ok(())
}

/// The oldest version from which a load's fields must be compared, where they must.
pub(crate) fn compared_since(load: &Load, current: i64) -> Option<i64> {
    let etag = load.etag.as_ref()?;
    let since = etag.version.filter(|version| *version < current)?;
    (etag.fields.is_some() && current - since <= COMPARED_VERSIONS).then_some(since)
}

enum Conflict {
    None,
    Whole,
    Fields(Vec<String>),
}

fn conflict(batch: &Batch, id: Uuid, etag: &Etag, current: i64) -> Conflict {
    let (Some(since), Some(fields)) = (etag.version, &etag.fields) else { return Conflict::Whole };
    let stored = batch.changed_since.get(&id).into_iter().flatten();
    let stored = stored.map(|(version, changed)| (*version, changed));
    let staged = batch.events.iter().filter(|event| event.aggregate_id == id);
    let staged = staged.map(|event: &Recorded| (event.version, &event.changed));
    let later: Vec<_> = stored.chain(staged).filter(|(version, _)| *version > since).collect();
    if i64::try_from(later.len()) != Ok(current - since) {
        // Too far back, from the future, or dropped by retention: what changed is not known.
        return Conflict::Whole;
    }
    let mut overlapping: Vec<String> = fields
        .iter()
        .filter(|field| later.iter().any(|(_, changed)| changed.iter().any(|c| overlap(c, field))))
        .cloned()
        .collect();
    overlapping.sort();
    overlapping.dedup();
    if overlapping.is_empty() { Conflict::None } else { Conflict::Fields(overlapping) }
}

/// Whether two field paths name the same thing or one a part of the other.
fn overlap(one: &str, other: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    one == "*" || other == "*" || within(one, other) || within(other, one)
}

#[cfg(test)]
mod tests {
    use super::overlap;

    #[test]
    fn a_field_overlaps_its_parts_and_nothing_else() {
        assert!(overlap("contact", "contact"));
        assert!(overlap("contact.email", "contact"));
        assert!(overlap("contact", "contact.email"));
        assert!(overlap("*", "contact"));
        assert!(!overlap("contact", "contact_name"));
        assert!(!overlap("contact.email", "contact.phone"));
    }
}
