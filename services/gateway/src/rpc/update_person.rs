//! Changes fields of a member of the staff. Rights hold as soon as this returns.

use kefu_api_common::Update;
use kefu_api_gateway::v1::{Person, UpdatePersonRequest};
use kefu_kernel::{Call, Id};
use kefu_store::Needs;

use super::{staff, wire};
use crate::domain;
use crate::domain::ids::PersonId;
use crate::domain::person::PersonPatch;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store;
use crate::store::administrators::Others;

pub async fn run(
    gateway: &Gateway,
    call: Call,
    asked: UpdatePersonRequest,
) -> Result<Person, Error> {
    let id: PersonId = wire::id("person_id", &asked.person_id)?;
    let (paths, new) = (asked.paths(), asked.person.unwrap_or_default());
    let named = wire::subjects(&new.subjects)?;
    let branches = wire::ids("person.branch_ids", &new.branch_ids)?;
    let departments = wire::ids("person.department_ids", &new.department_ids)?;
    let patch = PersonPatch {
        name: paths.has("name").then_some(new.name),
        email: paths.has("email").then_some(new.email),
        subjects: paths.has("subjects").then_some(named),
        roles: paths.has("roles").then(|| new.roles.into_iter().collect()),
        branches: paths.has("branch_ids").then_some(branches),
        all_branches: paths.has("all_branches").then_some(new.all_branches),
        departments: paths.has("department_ids").then_some(departments),
        languages: paths.has("languages").then_some(new.languages),
    };
    let known: domain::Person =
        store::get(gateway.reader(), &call.principal.scope, id.uuid()).await?;
    let others = Others::than(gateway.reader(), gateway.ambient().machine_now(), id.uuid()).await?;
    let giver = gateway.giver();
    let all = known.subjects.iter().chain(patch.subjects.iter().flatten());
    let subjects = staff::subject_keys(&gateway.keys, all);
    let mut needs = Needs::default();
    needs.load::<domain::Person>(id.uuid()).etag_for(&asked.etag, paths.iter());
    let (roles, branches) = (patch.roles.clone(), patch.branches.clone());
    let departments = patch.departments.clone().unwrap_or_default();
    let (roles, branches) = (roles.unwrap_or_default(), branches.unwrap_or_default());
    staff::need(&mut needs, &roles, &branches, &departments, &subjects);
    others.need(&mut needs);
    gateway
        .run_rights(call, needs, move |work| {
            let before = work.get::<domain::Person>(id.uuid())?;
            let (after, events) = before.update(patch.clone())?;
            staff::check(work, &giver, Some(&before), &after, &subjects)?;
            if before.is_administrator() && !after.is_administrator() {
                others.remain(work)?;
            }
            Ok(wire::person(&work.save(after, events)))
        })
        .await
}
