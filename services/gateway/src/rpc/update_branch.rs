//! Changes fields of a branch.

use kefu_api_common::Update;
use kefu_api_gateway::v1::{Branch, UpdateBranchRequest};
use kefu_kernel::{Call, Id};
use kefu_store::Needs;

use super::{check, wire};
use crate::domain;
use crate::domain::branch::BranchPatch;
use crate::domain::ids::BranchId;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store::keys;

pub async fn run(
    gateway: &Gateway,
    call: Call,
    asked: UpdateBranchRequest,
) -> Result<Branch, Error> {
    let id: BranchId = wire::id("branch_id", &asked.branch_id)?;
    let (paths, new) = (asked.paths(), asked.branch.unwrap_or_default());
    let calendar = wire::id_opt("branch.calendar_id", new.calendar_id.as_ref())?;
    let patch = BranchPatch {
        code: paths.has("code").then_some(new.code),
        name: paths.has("name").then_some(new.name),
        time_zone: paths.has("time_zone").then_some(new.time_zone),
        calendar: paths.has("calendar_id").then_some(calendar),
    };
    let mut needs = Needs::default();
    needs.load::<domain::Branch>(id.uuid()).etag_for(&asked.etag, paths.iter());
    check::need_code::<domain::Branch>(&mut needs, keys::BRANCH, patch.code.as_ref());
    check::need::<domain::Calendar>(&mut needs, calendar);
    gateway
        .run(call, needs, move |work| {
            let before = work.get::<domain::Branch>(id.uuid())?;
            check::refers::<domain::Calendar>(
                work,
                "branch.calendar_id",
                patch.calendar.flatten(),
            )?;
            let (after, events) = before.update(patch.clone())?;
            if before.code != after.code {
                check::take_code::<domain::Branch>(work, keys::BRANCH, &after.code, id.uuid())?;
            }
            Ok(wire::branch(&work.save(after, events)))
        })
        .await
}
