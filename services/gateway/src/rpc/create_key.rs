//! Makes an API key and shows its secret, once.

use kefu_api_common::wire::instant;
use kefu_api_gateway::v1::{CreateKeyRequest, CreateKeyResponse};
use kefu_kernel::{Call, Head};
use kefu_rpc::keys::ApiKey;
use kefu_store::Needs;

use super::{check, secret, wire};
use crate::domain;
use crate::domain::Rights;
use crate::domain::key::Secret;
use crate::error::Error;
use crate::gateway::Gateway;

pub async fn run(
    gateway: &Gateway,
    call: Call,
    asked: CreateKeyRequest,
) -> Result<CreateKeyResponse, Error> {
    let rights = Rights {
        roles: asked.roles.iter().cloned().collect(),
        branches: wire::ids("branch_ids", &asked.branch_ids)?,
        all_branches: asked.all_branches,
    };
    let mut needs = Needs::default();
    check::need_rights(&mut needs, &rights.roles, &rights.branches);
    let (giver, known) = (gateway.giver(), gateway.permissions.clone());
    let (peppers, keys) = (gateway.access.peppers(), gateway.keys.clone());
    let reply = gateway
        .run_rights(call, needs, move |work| {
            let id = work.new_id();
            let text = ApiKey::generate(id, work.ambient());
            let key = domain::Key {
                head: Head::new(id, None, work.now()),
                name: asked.name.clone(),
                rights: rights.clone(),
                scopes: asked.scopes.iter().cloned().collect(),
                expires_at: asked.expires_at.as_ref().map(instant),
                revoked_at: None,
                secrets: vec![Secret {
                    serial: 1,
                    hash: peppers.hash(&text),
                    created_at: work.now(),
                    ends_at: None,
                }],
            };
            check::gives(work, &giver, &rights, &key.scopes)?;
            let (key, events) = key.create(&known)?;
            let now = work.ambient().machine_now();
            let key = wire::key(&work.save(key, events), now, None);
            Ok(CreateKeyResponse { key: Some(key), secret: secret::seal(&keys, &text) })
        })
        .await?;
    let secret = secret::open(&gateway.keys, reply.key.as_ref(), &reply.secret)?;
    Ok(CreateKeyResponse { secret, ..reply })
}
