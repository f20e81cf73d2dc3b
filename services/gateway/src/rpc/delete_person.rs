//! Takes a member of the staff out: they cannot sign in from now on.

use kefu_api_gateway::v1::{DeletePersonRequest, Person};
use kefu_kernel::{Call, Id};
use kefu_store::Needs;

use super::wire;
use crate::domain;
use crate::domain::ids::PersonId;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store::administrators::Others;

pub async fn run(
    gateway: &Gateway,
    call: Call,
    asked: DeletePersonRequest,
) -> Result<Person, Error> {
    let id: PersonId = wire::id("person_id", &asked.person_id)?;
    let now = gateway.ambient().machine_now();
    let others = Others::than(gateway.reader(), now, id.uuid()).await?;
    let mut needs = Needs::default();
    needs.load::<domain::Person>(id.uuid()).etag(&asked.etag);
    others.need(&mut needs);
    gateway
        .run_rights(call, needs, move |work| {
            let before = work.get::<domain::Person>(id.uuid())?;
            let (after, events) = before.delete(work.now())?;
            if before.is_administrator() {
                others.remain(work)?;
            }
            Ok(wire::person(&work.save(after, events)))
        })
        .await
}
