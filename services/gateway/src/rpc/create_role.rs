//! Adds a role.

use kefu_api_gateway::v1::{CreateRoleRequest, Role};
use kefu_kernel::{Call, Head};
use kefu_store::Needs;

use super::{check, wire};
use crate::domain;
use crate::domain::Rights;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store::keys;

pub async fn run(gateway: &Gateway, call: Call, asked: CreateRoleRequest) -> Result<Role, Error> {
    let giver = gateway.giver();
    let known = gateway.permissions.clone();
    let mut needs = Needs::default();
    needs.key::<domain::Role>(keys::ROLE, &asked.code);
    gateway
        .run_rights(call, needs, move |work| {
            let id = work.new_id();
            let role = domain::Role {
                head: Head::new(id, None, work.now()),
                code: asked.code.clone(),
                name: asked.name.clone(),
                permissions: asked.permissions.iter().cloned().collect(),
                built_in: false,
            };
            let (role, events) = role.create(&known)?;
            check::take_code::<domain::Role>(work, keys::ROLE, &role.code, id)?;
            giver.may_give(&Rights::default(), &role.permissions)?;
            Ok(wire::role(&work.save(role, events)))
        })
        .await
}
