//! What the commands on people have in common: who they are to issuers, and what they refer to.

use std::collections::{BTreeMap, BTreeSet};

use kefu_kernel::Id;
use kefu_kernel::id::Uuid;
use kefu_store::seal::Keys;
use kefu_store::{Needs, Work};

use super::check;
use crate::domain::ids::{BranchId, DepartmentId, IssuerId};
use crate::domain::person::Subject;
use crate::domain::{Department, Error, Giver, Issuer, Person, Rights};
use crate::store::keys;

/// Subjects with the natural keys that stand for them: a blind index by each key of the ring, newest
/// first.
pub type SubjectKeys = BTreeMap<Subject, Vec<String>>;

/// The natural keys of subjects.
pub fn subject_keys<'a>(
    ring: &Keys,
    subjects: impl IntoIterator<Item = &'a Subject>,
) -> SubjectKeys {
    let keys = |one: &Subject| -> Vec<String> {
        let indexes = ring.blind_indexes("person_subject", "subject", &subject_bytes(one));
        indexes.iter().map(|index| hex(index)).collect()
    };
    subjects.into_iter().map(|one| (one.clone(), keys(one))).collect()
}

fn subject_bytes(one: &Subject) -> Vec<u8> {
    [one.issuer.uuid().as_bytes().as_slice(), one.subject.as_bytes()].concat()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Has loaded what a person refers to and what is claimed for them.
pub fn need(
    needs: &mut Needs,
    roles: &BTreeSet<String>,
    branches: &BTreeSet<BranchId>,
    departments: &BTreeSet<DepartmentId>,
    subjects: &SubjectKeys,
) {
    check::need_rights(needs, roles, branches);
    check::need::<Department>(needs, departments.iter().copied());
    let issuers: BTreeSet<IssuerId> = subjects.keys().map(|one| one.issuer).collect();
    check::need::<Issuer>(needs, issuers);
    for key in subjects.values().flatten() {
        needs.key::<Person>(keys::SUBJECT, key);
    }
}

/// What `after` adds to `before` exists, is the caller's to give, and is nobody else's.
pub fn check(
    work: &mut Work<'_>,
    giver: &Giver,
    before: Option<&Person>,
    after: &Person,
    subjects: &SubjectKeys,
) -> Result<(), Error> {
    let nobody = Person { rights: Rights::default(), ..after.clone() };
    let (had, departments, had_subjects) = match before {
        Some(before) => (&before.rights, before.departments.clone(), before.subjects.clone()),
        None => (&nobody.rights, BTreeSet::new(), BTreeSet::new()),
    };
    check::gives(work, giver, &after.rights.beyond(had), &BTreeSet::new())?;
    for department in after.departments.difference(&departments) {
        check::refers::<Department>(work, "department_ids", Some(*department))?;
    }
    for one in had_subjects.difference(&after.subjects) {
        for key in subjects.get(one).into_iter().flatten() {
            work.release(keys::SUBJECT, key, after.head.id);
        }
    }
    for one in after.subjects.difference(&had_subjects) {
        check::refers::<Issuer>(work, "subjects.issuer_id", Some(one.issuer))?;
        claim(work, subjects.get(one).map(Vec::as_slice).unwrap_or_default(), after.head.id)?;
    }
    Ok(())
}

/// Claims the newest of a subject's keys, unless an older one is somebody else's.
fn claim(work: &mut Work<'_>, subject_keys: &[String], id: Uuid) -> Result<(), Error> {
    let mut owners = subject_keys.iter().filter_map(|key| work.key(keys::SUBJECT, key));
    if let Some(owner) = owners.find(|owner| *owner != id) {
        return Err(Error::SubjectTaken(owner.into()));
    }
    match subject_keys.first() {
        Some(newest) => work
            .claim(keys::SUBJECT, newest, id)
            .map_err(|taken| Error::SubjectTaken(taken.by.into())),
        None => Ok(()),
    }
}
