//! Changes fields of a role. It holds for all who have the role as soon as this returns.

use kefu_api_common::Update;
use kefu_api_gateway::v1::{Role, UpdateRoleRequest};
use kefu_kernel::{Call, Id};
use kefu_store::Needs;

use super::{check, wire};
use crate::domain;
use crate::domain::Rights;
use crate::domain::ids::RoleId;
use crate::domain::role::RolePatch;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store::keys;

pub async fn run(gateway: &Gateway, call: Call, asked: UpdateRoleRequest) -> Result<Role, Error> {
    let id: RoleId = wire::id("role_id", &asked.role_id)?;
    let (paths, new) = (asked.paths(), asked.role.unwrap_or_default());
    let patch = RolePatch {
        code: paths.has("code").then_some(new.code),
        name: paths.has("name").then_some(new.name),
        permissions: paths.has("permissions").then(|| new.permissions.into_iter().collect()),
    };
    let giver = gateway.giver();
    let known = gateway.permissions.clone();
    let mut needs = Needs::default();
    needs.load::<domain::Role>(id.uuid()).etag_for(&asked.etag, paths.iter());
    check::need_code::<domain::Role>(&mut needs, keys::ROLE, patch.code.as_ref());
    gateway
        .run_rights(call, needs, move |work| {
            let before = work.get::<domain::Role>(id.uuid())?;
            let (after, events) = before.update(patch.clone(), &known)?;
            let added = after.permissions.difference(&before.permissions);
            giver.may_give(&Rights::default(), added)?;
            if before.code != after.code {
                check::take_code::<domain::Role>(work, keys::ROLE, &after.code, id.uuid())?;
            }
            Ok(wire::role(&work.save(after, events)))
        })
        .await
}
