//! What several commands check over what they have loaded: references, codes, and rights given.

use std::collections::BTreeSet;

use kefu_kernel::Id;
use kefu_kernel::id::Uuid;
use kefu_store::{Aggregate, Needs, Work};

use crate::domain::ids::BranchId;
use crate::domain::{Branch, Error, Giver, Rights, Role};
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
        _ => Err(Error::unknown(field, id)),
    }
}

/// Has what [`refers`] checks loaded.
pub fn need<A: Aggregate>(needs: &mut Needs, ids: impl IntoIterator<Item = impl Id>) {
    for id in ids {
        needs.load::<A>(id.uuid());
    }
}

/// Gives a thing its code, and its former one back.
pub fn take_code(
    work: &mut Work<'_>,
    (kind, key): (&'static str, &'static str),
    before: &str,
    code: &str,
    id: Uuid,
) -> Result<(), Error> {
    work.claim(key, code, id).map_err(|taken| Error::CodeTaken { kind, by: taken.by })?;
    if !before.is_empty() && before != code && key != keys::ROLE {
        work.release(key, before, id);
    }
    Ok(())
}

/// Has the codes loaded that [`take_code`] works on.
pub fn need_code<A: Aggregate>(needs: &mut Needs, key: &str, codes: &[&str]) {
    let mut codes: Vec<&str> = codes.iter().copied().filter(|code| !code.is_empty()).collect();
    codes.dedup();
    for code in codes {
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
