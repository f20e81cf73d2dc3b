//! One member of the staff. That their personal data was read is logged.

use kefu_api_gateway::v1::{GetPersonRequest, Person};
use kefu_kernel::Id;
use kefu_rpc::CallContext;

use super::wire;
use crate::domain;
use crate::domain::ids::PersonId;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store;

pub async fn run(
    gateway: &Gateway,
    call: &CallContext,
    asked: GetPersonRequest,
) -> Result<Person, Error> {
    let id: PersonId = wire::id("person_id", &asked.person_id)?;
    let scope = &call.principal().scope;
    let person: domain::Person = store::get(gateway.reader(), scope, id.uuid()).await?;
    tracing::info!(target: "kefu::personal", reader = call.principal().id, person = %id, "read");
    Ok(wire::person(&person))
}
