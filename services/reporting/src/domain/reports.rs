//! Reports of a period, as data: tables of metrics.

use std::collections::BTreeMap;

use kefu_kernel::zone::{Day, Weekday};
use serde::Deserialize;

use super::metrics::{MetricError, Metrics};

/// The reports that Kefu ships.
const SHIPPED: &str = include_str!("reports.toml");

/// How often a report is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// Of a day.
    Day,
    /// Of an ISO 8601 week: Monday to Sunday.
    Week,
    /// Of a month.
    Month,
}

/// What a report consists of.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Its code, such as `complaints.daily`.
    pub code: String,
    /// Its name by BCP 47 language.
    pub names: BTreeMap<String, String>,
    /// How often it is made.
    pub period: Period,
    /// Its tables.
    pub sections: Vec<Section>,
}

/// One table of a report.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Its code within the report.
    pub code: String,
    /// Its name by BCP 47 language.
    pub names: BTreeMap<String, String>,
    /// Codes of its metrics: the columns.
    pub metrics: Vec<String>,
    /// The dimensions that its rows are told apart by.
    #[serde(default)]
    pub group_by: Vec<String>,
    /// What it counts only, in CEL over dimensions.
    #[serde(default)]
    pub filter: String,
}

/// All reports, by code.
#[derive(Clone, Debug)]
pub struct Reports(BTreeMap<String, Report>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    report: Vec<Report>,
}

impl Reports {
    /// The reports that Kefu ships, made of these metrics.
    ///
    /// # Errors
    ///
    /// The first report that names a metric or dimension that is not there.
    pub fn shipped(metrics: &Metrics) -> Result<Self, MetricError> {
        let file: File = toml::from_str(SHIPPED)?;
        for report in &file.report {
            for section in &report.sections {
                section.check(metrics).map_err(|what| MetricError::Wrong {
                    metric: format!("{}/{}", report.code, section.code),
                    what,
                })?;
            }
        }
        Ok(Self(file.report.into_iter().map(|report| (report.code.clone(), report)).collect()))
    }

    /// A report by its code.
    pub fn get(&self, code: &str) -> Option<&Report> {
        self.0.get(code)
    }

    /// All reports, by code.
    pub fn iter(&self) -> impl Iterator<Item = &Report> {
        self.0.values()
    }
}

impl Section {
    fn check(&self, metrics: &Metrics) -> Result<(), String> {
        for code in &self.metrics {
            let metric = metrics.get(code).ok_or_else(|| format!("no metric `{code}`"))?;
            let missing =
                self.group_by.iter().find(|one| !metric.dimensions.contains(&one.as_str()));
            if let Some(dimension) = missing {
                return Err(format!("`{code}` has no dimension `{dimension}`"));
            }
        }
        Ok(())
    }
}

impl Period {
    /// The first and last day of the period that a day lies in.
    pub fn around(self, day: Day) -> (Day, Day) {
        match self {
            Self::Day => (day, day),
            Self::Week => {
                let passed = Weekday::ALL.iter().take_while(|one| **one != day.weekday()).count();
                let first = day.plus(-i32::try_from(passed).unwrap_or(0));
                (first, first.plus(6))
            }
            Self::Month => (day.first_of_month(), day.last_of_month()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projections::metrics::MEASURES;

    #[test]
    fn what_is_shipped_is_whole() {
        let metrics = Metrics::shipped(MEASURES).unwrap();
        let reports = Reports::shipped(&metrics).unwrap();
        assert!(reports.get("complaints.daily").is_some());
    }

    #[test]
    fn a_period_is_known_by_any_of_its_days() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let span = |period: Period, text: &str| {
            let (first, last) = period.around(day(text));
            format!("{first} {last}")
        };
        assert_eq!(span(Period::Day, "2026-11-22"), "2026-11-22 2026-11-22");
        assert_eq!(span(Period::Week, "2026-11-22"), "2026-11-16 2026-11-22");
        assert_eq!(span(Period::Week, "2026-11-16"), "2026-11-16 2026-11-22");
        assert_eq!(span(Period::Month, "2028-02-29"), "2028-02-01 2028-02-29");
        assert_eq!(span(Period::Month, "2026-12-31"), "2026-12-01 2026-12-31");
    }
}
