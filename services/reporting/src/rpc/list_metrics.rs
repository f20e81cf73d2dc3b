//! ListMetrics: the registry.

use kefu_api_reporting::v1::{self, ListMetricsResponse, MetricKind, MetricUnit};

use crate::Reporting;
use crate::domain::{Kind, Metric, Unit};

pub fn run(reporting: &Reporting) -> ListMetricsResponse {
    ListMetricsResponse { metrics: reporting.metrics.iter().map(shown).collect() }
}

fn shown(metric: &Metric) -> v1::Metric {
    let kind = match metric.kind {
        Kind::Count => MetricKind::Count,
        Kind::Sum => MetricKind::Sum,
        Kind::Ratio => MetricKind::Ratio,
        Kind::Mean => MetricKind::Mean,
        Kind::Percentile => MetricKind::Percentile,
    };
    let unit = match metric.unit {
        Unit::Count => MetricUnit::Count,
        Unit::Ratio => MetricUnit::Ratio,
        Unit::Milliseconds => MetricUnit::Milliseconds,
        Unit::MinorUnits => MetricUnit::MinorUnits,
    };
    v1::Metric {
        code: metric.code.clone(),
        names: metric.names.clone(),
        description: metric.description.clone(),
        kind: kind.into(),
        unit: unit.into(),
        formula: metric.formula.clone(),
        source: metric.source.clone(),
        events: metric.events.clone(),
        anchor: metric.anchor.clone(),
        dimensions: metric.dimensions.iter().map(|one| (*one).to_owned()).collect(),
    }
}
