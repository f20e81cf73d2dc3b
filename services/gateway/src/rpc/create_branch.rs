//! Adds a branch.

use kefu_api_gateway::v1::{Branch, CreateBranchRequest};
use kefu_kernel::Call;
use kefu_store::Needs;

use super::{check, wire};
use crate::domain;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store::keys;

pub async fn run(
    gateway: &Gateway,
    call: Call,
    asked: CreateBranchRequest,
) -> Result<Branch, Error> {
    let calendar = wire::id_opt("calendar_id", asked.calendar_id.as_ref())?;
    let mut needs = Needs::default();
    check::need_code::<domain::Branch>(&mut needs, keys::BRANCH, &[&asked.code]);
    check::need::<domain::Calendar>(&mut needs, calendar);
    gateway
        .run(call, needs, move |work| {
            check::refers::<domain::Calendar>(work, "calendar_id", calendar)?;
            let branch = domain::Branch {
                head: domain::Branch::head(work.new_id().into(), work.now()),
                code: asked.code.clone(),
                name: asked.name.clone(),
                time_zone: asked.time_zone.clone(),
                calendar,
            };
            let (branch, events) = branch.create()?;
            let code = ("branch", keys::BRANCH);
            check::take_code(work, code, "", &branch.code, branch.head.id)?;
            Ok(wire::branch(&work.save(branch, events)))
        })
        .await
}
