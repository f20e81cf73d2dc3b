//! Changes fields of a working calendar. Deadlines that were reckoned keep the revision they name.

use kefu_api_common::Update;
use kefu_api_gateway::v1::{Calendar, UpdateCalendarRequest};
use kefu_kernel::{Call, Id};
use kefu_store::Needs;

use super::{check, wire};
use crate::domain;
use crate::domain::calendar::CalendarPatch;
use crate::domain::ids::CalendarId;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::store::keys;

pub async fn run(
    gateway: &Gateway,
    call: Call,
    asked: UpdateCalendarRequest,
) -> Result<Calendar, Error> {
    let id: CalendarId = wire::id("calendar_id", &asked.calendar_id)?;
    let (paths, new) = (asked.paths(), asked.calendar.unwrap_or_default());
    let (week, special_days) = (wire::week(&new.week)?, wire::special_days(&new.special_days)?);
    let patch = CalendarPatch {
        code: paths.has("code").then_some(new.code),
        name: paths.has("name").then_some(new.name),
        time_zone: paths.has("time_zone").then_some(new.time_zone),
        week: paths.has("week").then_some(week),
        special_days: paths.has("special_days").then_some(special_days),
        is_default: paths.has("is_default").then_some(new.is_default),
    };
    let mut needs = Needs::default();
    needs.load::<domain::Calendar>(id.uuid()).etag_for(&asked.etag, paths.iter());
    check::need_code::<domain::Calendar>(&mut needs, keys::CALENDAR, patch.code.as_ref());
    check::need_default(&mut needs);
    gateway
        .run(call, needs, move |work| {
            let before = work.get::<domain::Calendar>(id.uuid())?;
            let (after, events) = before.update(patch.clone())?;
            if before.spec.code != after.spec.code {
                let key = keys::CALENDAR;
                check::take_code::<domain::Calendar>(work, key, &after.spec.code, id.uuid())?;
            }
            if after.is_default && !before.is_default {
                check::become_default(work, id.uuid())?;
            }
            Ok(wire::calendar(&work.save(after, events)))
        })
        .await
}
