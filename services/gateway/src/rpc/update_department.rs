//! Changes fields of a department.

use kefu_api_common::Update;
use kefu_api_gateway::v1::{Department, UpdateDepartmentRequest};
use kefu_kernel::{Call, Id};
use kefu_store::Needs;

use super::{check, wire};
use crate::domain;
use crate::domain::department::DepartmentPatch;
use crate::domain::ids::DepartmentId;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store::keys;

pub async fn run(
    gateway: &Gateway,
    call: Call,
    asked: UpdateDepartmentRequest,
) -> Result<Department, Error> {
    let id: DepartmentId = wire::id("department_id", &asked.department_id)?;
    let (paths, new) = (asked.paths(), asked.department.unwrap_or_default());
    let branch = wire::id_opt("department.branch_id", new.branch_id.as_ref())?;
    let headed_by = wire::id_opt("department.head_id", new.head_id.as_ref())?;
    let patch = DepartmentPatch {
        code: paths.has("code").then_some(new.code),
        name: paths.has("name").then_some(new.name),
        branch: paths.has("branch_id").then_some(branch),
        headed_by: paths.has("head_id").then_some(headed_by),
    };
    let mut needs = Needs::default();
    needs.load::<domain::Department>(id.uuid()).etag_for(&asked.etag, paths.iter());
    check::need_code::<domain::Department>(&mut needs, keys::DEPARTMENT, patch.code.as_ref());
    check::need::<domain::Branch>(&mut needs, branch);
    check::need::<domain::Person>(&mut needs, headed_by);
    gateway
        .run(call, needs, move |work| {
            let before = work.get::<domain::Department>(id.uuid())?;
            let (branch, headed_by) = (patch.branch.flatten(), patch.headed_by.flatten());
            check::refers::<domain::Branch>(work, "department.branch_id", branch)?;
            let active = domain::Person::is_active;
            check::refers_to(work, "department.head_id", headed_by, active)?;
            let (after, events) = before.update(patch.clone())?;
            if before.code != after.code {
                let key = keys::DEPARTMENT;
                check::take_code::<domain::Department>(work, key, &after.code, id.uuid())?;
            }
            Ok(wire::department(&work.save(after, events)))
        })
        .await
}
