//! GetReport: the tables of one period, beside the period before.

use std::sync::Arc;

use kefu_api_common::wire;
use kefu_api_reporting::v1::{GetReportRequest, Report, ReportTable};
use kefu_rpc::CallContext;

use super::get_live_board::branch_in_sight;
use super::list_daily_complaints::day;
use super::query_metrics::{folded_at, known, rows};
use crate::query::Asked;
use crate::{Error, Reporting};

pub async fn run(
    reporting: &Reporting,
    call: Arc<CallContext>,
    request: GetReportRequest,
) -> Result<Report, Error> {
    let scope = &call.principal().scope;
    let report = reporting.reports.get(&request.code);
    let report = report.ok_or_else(|| Error::unknown("report", &request.code))?;
    let branch = branch_in_sight(scope, request.branch_id.as_deref())?;
    let (from, to) = report.period.around(day("day", &request.day)?);
    let (mut tables, mut told) = (Vec::new(), Vec::new());
    for section in &report.sections {
        let metrics = known(reporting, &section.metrics, &section.group_by)?;
        let asked = Asked {
            metrics: &metrics,
            from,
            to,
            grain: None,
            group_by: &section.group_by,
            filter: &section.filter,
            branch,
            scope,
        };
        let rows = rows(reporting, asked, true).await?;
        tables.push(ReportTable { section: section.code.clone(), rows });
        told.extend(metrics);
    }
    let now = reporting.store.ambient().now();
    Ok(Report {
        code: report.code.clone(),
        from_day: from.to_string(),
        to_day: to.to_string(),
        tables,
        folded_at: folded_at(reporting, &told).await?.map(wire::timestamp),
        complete: reporting.zone.day_of(now) > to,
    })
}
