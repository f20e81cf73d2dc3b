//! QueryMetrics: numbers over days, and the same of the period before.

use std::collections::HashMap;
use std::sync::Arc;

use kefu_api_common::wire;
use kefu_api_reporting::v1::{Grain, MetricRow, QueryMetricsRequest, QueryMetricsResponse};
use kefu_kernel::Timestamp;
use kefu_outbox::live_generation;
use kefu_rpc::CallContext;

use super::get_live_board::branch_in_sight;
use super::list_daily_complaints::days;
use crate::domain::{Metric, Period};
use crate::query::{Asked, numbers};
use crate::store::folded;
use crate::{Error, Reporting};

/// Days between the first and the last asked for.
const MOST_DAYS: i32 = 1100;

pub async fn run(
    reporting: &Reporting,
    call: Arc<CallContext>,
    request: QueryMetricsRequest,
) -> Result<QueryMetricsResponse, Error> {
    let scope = &call.principal().scope;
    let metrics = known(reporting, &request.metrics, &request.group_by)?;
    let (from, to) = days(&request.from_day, &request.to_day, MOST_DAYS)?;
    let grain = match request.grain() {
        Grain::Unspecified => None,
        Grain::Day => Some(Period::Day),
        Grain::Week => Some(Period::Week),
        Grain::Month => Some(Period::Month),
    };
    let asked = Asked {
        metrics: &metrics,
        from,
        to,
        grain,
        group_by: &request.group_by,
        filter: &request.filter,
        branch: branch_in_sight(scope, request.branch_id.as_deref())?,
        scope,
    };
    Ok(QueryMetricsResponse {
        rows: rows(reporting, asked, request.compare_previous).await?,
        folded_at: folded_at(reporting, &metrics).await?.map(wire::timestamp),
        time_zone: reporting.zone.name().to_owned(),
    })
}

/// The metrics of these codes, each of which has these dimensions.
pub(super) fn known<'a>(
    reporting: &'a Reporting,
    codes: &[String],
    group_by: &[String],
) -> Result<Vec<&'a Metric>, Error> {
    let mut metrics: Vec<&Metric> = Vec::with_capacity(codes.len());
    for code in codes {
        let metric = reporting.metrics.get(code).ok_or_else(|| Error::unknown("metric", code))?;
        if let Some(field) = group_by.iter().find(|one| !metric.dimensions.contains(&one.as_str()))
        {
            return Err(Error::UnknownDimension {
                metric: metric.code.clone(),
                field: field.clone(),
                known: metric.dimensions.clone(),
            });
        }
        if !metrics.iter().any(|known| known.code == metric.code) {
            metrics.push(metric);
        }
    }
    Ok(metrics)
}

/// The numbers, with those of the period before where `compare`.
pub(super) async fn rows(
    reporting: &Reporting,
    asked: Asked<'_>,
    compare: bool,
) -> Result<Vec<MetricRow>, Error> {
    let now = numbers(reporting, asked).await?;
    let mut former = HashMap::new();
    if compare {
        let length = asked.to.number() - asked.from.number() + 1;
        let before = Asked { from: asked.from.plus(-length), to: asked.from.plus(-1), ..asked };
        for one in numbers(reporting, before).await? {
            former.insert((one.metric, one.span, one.dimensions, one.currency), one.value);
        }
    }
    Ok(now
        .into_iter()
        .map(|one| {
            let key = (one.metric, one.span, one.dimensions, one.currency);
            let previous = former.get(&key).copied();
            let (_, _, dimensions, currency) = key;
            MetricRow {
                metric: asked.metrics[one.metric].code.clone(),
                from_day: one.days.0.to_string(),
                to_day: one.days.1.to_string(),
                dimensions,
                currency,
                value: one.value,
                numerator: one.above,
                denominator: one.below,
                previous,
            }
        })
        .collect())
}

/// Up to when everything that these metrics count is folded.
pub(super) async fn folded_at(
    reporting: &Reporting,
    metrics: &[&Metric],
) -> Result<Option<Timestamp>, Error> {
    let measures = metrics.iter().flat_map(|metric| metric.measures());
    let mut projections: Vec<&'static str> = measures
        .filter_map(|code| reporting.metrics.subject(code))
        .map(|subject| subject.projection)
        .collect();
    projections.sort_unstable();
    projections.dedup();
    let mut earliest: Option<Timestamp> = None;
    for name in projections {
        let live = live_generation(&reporting.store, name).await?;
        let (at, _) = folded(reporting.store.reader(), name, live).await?;
        earliest = match (earliest, at) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
    Ok(earliest)
}
