//! Adds a department.

use kefu_api_gateway::v1::{CreateDepartmentRequest, Department};
use kefu_kernel::{Call, Head, Id};
use kefu_store::Needs;

use super::{check, wire};
use crate::domain;
use crate::domain::ids::BranchId;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store::keys;

pub async fn run(
    gateway: &Gateway,
    call: Call,
    asked: CreateDepartmentRequest,
) -> Result<Department, Error> {
    let branch: Option<BranchId> = wire::id_opt("branch_id", asked.branch_id.as_ref())?;
    let headed_by = wire::id_opt("head_id", asked.head_id.as_ref())?;
    let mut needs = Needs::default();
    needs.key::<domain::Department>(keys::DEPARTMENT, &asked.code);
    check::need::<domain::Branch>(&mut needs, branch);
    check::need::<domain::Person>(&mut needs, headed_by);
    gateway
        .run(call, needs, move |work| {
            check::refers::<domain::Branch>(work, "branch_id", branch)?;
            check::refers_to(work, "head_id", headed_by, domain::Person::is_active)?;
            let id = work.new_id();
            check::take_code::<domain::Department>(work, keys::DEPARTMENT, &asked.code, id)?;
            let department = domain::Department {
                head: Head::new(id, branch.map(Id::uuid), work.now()),
                code: asked.code.clone(),
                name: asked.name.clone(),
                headed_by,
            };
            let (department, events) = department.create()?;
            Ok(wire::department(&work.save(department, events)))
        })
        .await
}
