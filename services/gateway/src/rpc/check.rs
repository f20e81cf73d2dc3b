//! What several commands check over what they have loaded: references, codes, and rights given.

use std::collections::BTreeSet;

use kefu_kernel::Id;
use kefu_kernel::id::Uuid;
use kefu_store::runner::KeyTaken;
use kefu_store::{Aggregate, Needs, Work};

use crate::domain::ids::BranchId;
use crate::domain::{Branch, Calendar, Error, Giver, Rights, Role};
use crate::store::keys;

/// A reference, where there is one, names a thing that the caller may see.
pub fn refers<A: Aggregate>(
    work: &Work<'_>,
    field: &'static str,
    id: Option<impl Id>,
) -> Result<(), Error> {
    refers_to::<A>(work, field, id, |_| true)
}

/// The same, for a thing that must also be `active`.
pub fn refers_to<A: Aggregate>(
    work: &Work<'_>,
    field: &'static str,
    id: Option<impl Id>,
    active: impl Fn(&A) -> bool,
) -> Result<(), Error> {
    let Some(id) = id else { return Ok(()) };
    match work.find::<A>(id.uuid()) {
        Some(found) if active(&found) => Ok(()),
        _ => Err(Error::unknown(field, &id)),
    }
}

/// Has what [`refers`] checks loaded.
pub fn need<A: Aggregate>(needs: &mut Needs, ids: impl IntoIterator<Item = impl Id>) {
    for id in ids {
        needs.load::<A>(id.uuid());
    }
}

/// Gives a thing its code. A code stays with what it once named: who looks a former one up is not led
/// to something else.
pub fn take_code<A: Aggregate>(
    work: &mut Work<'_>,
    key: &str,
    code: &str,
    id: Uuid,
) -> Result<(), Error> {
    work.claim(key, code, id).map_err(|taken| Error::CodeTaken { kind: A::KIND, by: taken.by })
}

/// Has the code loaded that [`take_code`] gives.
pub fn need_code<A: Aggregate>(needs: &mut Needs, key: &str, code: Option<&String>) {
    if let Some(code) = code {
        needs.key::<A>(key, code);
    }
}

/// Has roles and branches loaded that are to be given.
pub fn need_rights<'a>(
    needs: &mut Needs,
    roles: impl IntoIterator<Item = &'a String>,
    branches: &BTreeSet<BranchId>,
) {
    for code in roles {
        needs.key::<Role>(keys::ROLE, code);
    }
    need::<Branch>(needs, branches.iter().copied());
}

/// What `given` adds exists, and the giver holds it. `scopes` narrow it, where there are any.
pub fn gives(
    work: &Work<'_>,
    giver: &Giver,
    given: &Rights,
    scopes: &BTreeSet<String>,
) -> Result<(), Error> {
    let mut permissions = BTreeSet::new();
    for code in &given.roles {
        let role = work.key(keys::ROLE, code).and_then(|id| work.find::<Role>(id));
        let role = role.filter(|role| role.code == *code);
        let role = role.ok_or_else(|| Error::unknown("roles", code))?;
        permissions.extend(role.permissions.iter().cloned());
    }
    if !scopes.is_empty() {
        permissions.retain(|permission| scopes.contains(permission));
    }
    for branch in &given.branches {
        refers::<Branch>(work, "branch_ids", Some(*branch))?;
    }
    giver.may_give(given, &permissions)
}

/// Has the calendar loaded that is the default now.
pub fn need_default(needs: &mut Needs) {
    needs.key::<Calendar>(keys::CALENDAR_DEFAULT, keys::DEFAULT);
}

/// Makes `id` the default calendar; the one that was it steps down.
pub fn become_default(work: &mut Work<'_>, id: Uuid) -> Result<(), Error> {
    if let Some(before) = work.key(keys::CALENDAR_DEFAULT, keys::DEFAULT) {
        if let Some(calendar) = work.find::<Calendar>(before) {
            let (calendar, events) = calendar.step_down();
            work.save(calendar, events);
        }
        work.release(keys::CALENDAR_DEFAULT, keys::DEFAULT, before);
    }
    let taken = |taken: KeyTaken| Error::CodeTaken { kind: Calendar::KIND, by: taken.by };
    work.claim(keys::CALENDAR_DEFAULT, keys::DEFAULT, id).map_err(taken)
}
