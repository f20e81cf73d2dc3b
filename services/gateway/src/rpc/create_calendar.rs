//! Adds a working calendar.

use kefu_api_gateway::v1::{Calendar, CreateCalendarRequest};
use kefu_kernel::calendar::CalendarSpec;
use kefu_kernel::{Call, Head};
use kefu_store::Needs;

use super::{check, wire};
use crate::domain;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store::keys;

pub async fn run(
    gateway: &Gateway,
    call: Call,
    asked: CreateCalendarRequest,
) -> Result<Calendar, Error> {
    let spec = CalendarSpec {
        code: asked.code,
        revision: 1,
        time_zone: asked.time_zone,
        week: wire::week(&asked.week)?,
        special_days: wire::special_days(&asked.special_days)?,
    };
    let (name, is_default) = (asked.name, asked.is_default);
    let mut needs = Needs::default();
    needs.key::<domain::Calendar>(keys::CALENDAR, &spec.code);
    check::need_default(&mut needs);
    gateway
        .run(call, needs, move |work| {
            let id = work.new_id();
            check::take_code::<domain::Calendar>(work, keys::CALENDAR, &spec.code, id)?;
            let head = Head::new(id, None, work.now());
            let calendar =
                domain::Calendar { head, name: name.clone(), spec: spec.clone(), is_default };
            let (calendar, events) = calendar.create()?;
            if is_default {
                check::become_default(work, id)?;
            }
            Ok(wire::calendar(&work.save(calendar, events)))
        })
        .await
}
