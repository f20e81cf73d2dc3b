//! ListReportDefinitions: which reports there are.

use kefu_api_reporting::v1::{
    ListReportDefinitionsResponse, ReportDefinition, ReportPeriod, ReportSection,
};

use crate::Reporting;
use crate::domain::{Period, Report, Section};

pub fn run(reporting: &Reporting) -> ListReportDefinitionsResponse {
    ListReportDefinitionsResponse { definitions: reporting.reports.iter().map(shown).collect() }
}

fn shown(report: &Report) -> ReportDefinition {
    let period = match report.period {
        Period::Day => ReportPeriod::Day,
        Period::Week => ReportPeriod::Week,
        Period::Month => ReportPeriod::Month,
    };
    let section = |section: &Section| ReportSection {
        code: section.code.clone(),
        names: section.names.clone(),
        metrics: section.metrics.clone(),
        group_by: section.group_by.clone(),
        filter: section.filter.clone(),
    };
    ReportDefinition {
        code: report.code.clone(),
        names: report.names.clone(),
        period: period.into(),
        sections: report.sections.iter().map(section).collect(),
    }
}
