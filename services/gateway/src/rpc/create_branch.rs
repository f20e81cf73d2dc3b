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
    needs.key::<domain::Branch>(keys::BRANCH, &asked.code);
    check::need::<domain::Calendar>(&mut needs, calendar);
    gateway
        .run(call, needs, move |work| {
            check::refers::<domain::Calendar>(work, "calendar_id", calendar)?;
            let id = work.new_id();
            check::take_code::<domain::Branch>(work, keys::BRANCH, &asked.code, id)?;
            let branch = domain::Branch {
                head: domain::Branch::head(id.into(), work.now()),
                code: asked.code.clone(),
                name: asked.name.clone(),
                time_zone: asked.time_zone.clone(),
                calendar,
            };
            let (branch, events) = branch.create()?;
            Ok(wire::branch(&work.save(branch, events)))
        })
        .await
}
