//! ListDailyComplaints: a page of sums over the branches in the caller's sight.

use std::sync::Arc;

use kefu_api_common::wire;
use kefu_api_reporting::v1::{
    DailyComplaints, ListDailyComplaintsRequest, ListDailyComplaintsResponse,
};
use kefu_kernel::id;
use kefu_kernel::zone::Day;
use kefu_outbox::live_generation;
use kefu_rpc::CallContext;
use kefu_store::counts_in_sight;
use kefu_store::page::ListRequest;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait};

use super::get_live_board::branch_in_sight;
use crate::store::daily_complaints::{Column, Entity, Sum, resource};
use crate::store::folded;
use crate::{Error, Reporting};

/// Days between the first and the last asked for.
const MOST_DAYS: i32 = 366;

pub async fn run(
    reporting: &Reporting,
    call: Arc<CallContext>,
    request: ListDailyComplaintsRequest,
) -> Result<ListDailyComplaintsResponse, Error> {
    let scope = &call.principal().scope;
    let branch = branch_in_sight(scope, request.branch_id.as_deref())?;
    let (from, to) = days(&request.from_day, &request.to_day, MOST_DAYS)?;
    let resource = resource();
    let bound = format!(
        "{}|{}|{:?}|{:?}|{}",
        request.from_day, request.to_day, request.branch_id, request.department_id, request.cause
    );
    let list = reporting.pages.list(
        &resource,
        &ListRequest {
            page_size: request.page_size,
            page_token: &request.page_token,
            parent: &bound,
            ..ListRequest::default()
        },
    )?;
    let live = live_generation(&reporting.store, "daily_complaints").await?;
    let mut query = Entity::find()
        .select_only()
        .columns([Column::Day, Column::Cause, Column::DepartmentId])
        .column_as(Column::Count.sum().cast_as("bigint"), "total")
        .filter(Column::Generation.eq(live))
        .filter(Column::Day.between(from.number(), to.number()))
        .filter(Column::Count.ne(0))
        .filter(counts_in_sight(scope, Column::BranchId))
        .group_by(Column::Day)
        .group_by(Column::Cause)
        .group_by(Column::DepartmentId);
    if let Some(branch) = branch {
        query = query.filter(Column::BranchId.eq(branch));
    }
    if let Some(department) = &request.department_id {
        let department = id::decode("department", department).map_err(|error| {
            Error::invalid("department_id", "string.pattern", error.to_string())
        })?;
        query = query.filter(Column::DepartmentId.eq(department));
    }
    if !request.cause.is_empty() {
        query = query.filter(Column::Cause.eq(&request.cause));
    }
    list.apply(QueryTrait::query(&mut query));
    let rows: Vec<Sum> = query.into_model().all(reporting.store.reader()).await?;
    let page = list.page(rows);
    let (folded_at, _) = folded(reporting.store.reader(), "daily_complaints", live).await?;
    Ok(ListDailyComplaintsResponse {
        rows: page.rows.into_iter().map(shown).collect(),
        next_page_token: page.next_page_token,
        time_zone: reporting.zone.name().to_owned(),
        folded_at: folded_at.map(wire::timestamp),
    })
}

/// A day of the calendar.
pub(super) fn day(field: &str, text: &str) -> Result<Day, Error> {
    text.parse().map_err(|_| {
        Error::invalid(field, "day", format!("{field} `{text}` is no day of the calendar"))
    })
}

/// The first and the last day of a period of at most so many days.
pub(super) fn days(from_day: &str, to_day: &str, most: i32) -> Result<(Day, Day), Error> {
    let (from, to) = (day("from_day", from_day)?, day("to_day", to_day)?);
    if to < from {
        return Err(Error::invalid("to_day", "order", "to_day lies before from_day"));
    }
    if to.number() - from.number() > most {
        let text = format!("to_day lies more than {most} days after from_day");
        return Err(Error::invalid("to_day", "range", text));
    }
    Ok((from, to))
}

fn shown(sum: Sum) -> DailyComplaints {
    let department = sum.department_id;
    DailyComplaints {
        day: Day::from_number(sum.day).to_string(),
        cause: sum.cause,
        department_id: (!department.is_nil()).then(|| id::encode("department", department)),
        count: sum.total,
    }
}
