//! A page of the staff, newest first. That their personal data was read is logged.

use kefu_api_gateway::v1::{ListPeopleRequest, ListPeopleResponse};
use kefu_kernel::Id;
use kefu_rpc::CallContext;

use super::wire;
use crate::domain::ids::DepartmentId;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store::list::Asked;
use crate::store::person::{self, People};

pub async fn run(
    gateway: &Gateway,
    call: &CallContext,
    asked: ListPeopleRequest,
) -> Result<ListPeopleResponse, Error> {
    let department: Option<DepartmentId> =
        wire::id_opt("department_id", asked.department_id.as_ref())?;
    let of = People { department: department.map(Id::uuid), deleted: asked.show_deleted };
    let scope = &call.principal().scope;
    let which = Asked { size: asked.page_size, token: &asked.page_token, parent: "" };
    let page = person::page(gateway.reader(), &gateway.pages, scope, of, which).await?;
    let (reader, count) = (&call.principal().id, page.rows.len());
    tracing::info!(target: "kefu::personal", reader, people = count, "read");
    Ok(ListPeopleResponse {
        people: page.rows.iter().map(wire::person).collect(),
        next_page_token: page.next_page_token,
    })
}
