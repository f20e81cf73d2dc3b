//! Brings a member of the staff back, with the rights that they had.

use std::collections::BTreeSet;

use kefu_api_gateway::v1::{Person, UndeletePersonRequest};
use kefu_kernel::{Call, Id};
use kefu_store::Needs;

use super::{check, wire};
use crate::domain;
use crate::domain::ids::PersonId;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store;

pub async fn run(
    gateway: &Gateway,
    call: Call,
    asked: UndeletePersonRequest,
) -> Result<Person, Error> {
    let id: PersonId = wire::id("person_id", &asked.person_id)?;
    let scope = &call.principal.scope;
    let known: domain::Person = store::get(gateway.reader(), scope, id.uuid()).await?;
    let giver = gateway.giver();
    let mut needs = Needs::default();
    needs.load::<domain::Person>(id.uuid()).etag(&asked.etag);
    check::need_rights(&mut needs, &known.rights.roles, &known.rights.branches);
    gateway
        .run_rights(call, needs, move |work| {
            let before = work.get::<domain::Person>(id.uuid())?;
            let (after, events) = before.undelete()?;
            // Nobody who is out gets other rights meanwhile but by those who may give them.
            check::gives(work, &giver, &known.rights, &BTreeSet::new())?;
            Ok(wire::person(&work.save(after, events)))
        })
        .await
}
