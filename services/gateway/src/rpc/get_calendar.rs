//! One working calendar.

use kefu_api_gateway::v1::{Calendar, GetCalendarRequest};
use kefu_kernel::Id;
use kefu_rpc::CallContext;

use super::wire;
use crate::domain;
use crate::domain::ids::CalendarId;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store;

pub async fn run(
    gateway: &Gateway,
    call: &CallContext,
    asked: GetCalendarRequest,
) -> Result<Calendar, Error> {
    let id: CalendarId = wire::id("calendar_id", &asked.calendar_id)?;
    let scope = &call.principal().scope;
    let found: domain::Calendar = store::get(gateway.reader(), scope, id.uuid()).await?;
    Ok(wire::calendar(&found))
}
