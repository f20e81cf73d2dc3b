//! Adds a member of the staff.

use kefu_api_gateway::v1::{CreatePersonRequest, Person};
use kefu_kernel::{Call, Head};
use kefu_store::Needs;

use super::{staff, wire};
use crate::domain;
use crate::domain::Rights;
use crate::error::Error;
use crate::gateway::Gateway;

pub async fn run(
    gateway: &Gateway,
    call: Call,
    asked: CreatePersonRequest,
) -> Result<Person, Error> {
    let person = domain::Person {
        // Its own head is made when it is decided.
        head: Head::new(gateway.ambient().new_uuid(), None, gateway.ambient().now()),
        name: asked.name,
        email: asked.email,
        subjects: wire::subjects(&asked.subjects)?,
        rights: Rights {
            roles: asked.roles.into_iter().collect(),
            branches: wire::ids("branch_ids", &asked.branch_ids)?,
            all_branches: asked.all_branches,
        },
        departments: wire::ids("department_ids", &asked.department_ids)?,
        languages: asked.languages,
        deleted_at: None,
    };
    let giver = gateway.giver();
    let subjects = staff::subject_keys(&gateway.keys, &person.subjects);
    let Rights { roles, branches, .. } = &person.rights;
    let mut needs = Needs::default();
    staff::need(&mut needs, roles, branches, &person.departments, &subjects);
    gateway
        .run_rights(call, needs, move |work| {
            let head = Head::new(work.new_id(), None, work.now());
            let (person, events) = domain::Person { head, ..person.clone() }.create()?;
            staff::check(work, &giver, None, &person, &subjects)?;
            Ok(wire::person(&work.save(person, events)))
        })
        .await
}
