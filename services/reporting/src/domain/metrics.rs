//! The registry of metrics: one definition per number, as data.
//!
//! What is folded are *measures*: plain sums by day and dimension. A metric is made of measures when it
//! is asked for. A definition is checked once, at start, so that queries may take it at its word.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// The metrics that Kefu ships.
const SHIPPED: &str = include_str!("metrics.toml");

/// The dimension that everything counted has: the branch that it belongs to.
pub const BRANCH: &str = "branch_id";

/// A kind of thing that is counted.
#[derive(Debug, PartialEq, Eq)]
pub struct Subject {
    /// The projection that folds it.
    pub projection: &'static str,
    /// Its dimensions beside the branch, in the order of the roll-up's columns: at most four.
    pub dimensions: &'static [&'static str],
}

/// A plain sum that is folded: of which things, under which code.
#[derive(Debug, PartialEq, Eq)]
pub struct Measure {
    /// Its code, such as `calls.offered`.
    pub code: &'static str,
    /// What is counted.
    pub subject: &'static Subject,
}

/// How a metric is made of measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// How many times something happened.
    Count,
    /// A sum of amounts, per currency.
    Sum,
    /// A count over a count.
    Ratio,
    /// A sum over a count.
    Mean,
    /// A percentile of durations, within 2 %.
    Percentile,
}

/// In what a metric's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Things, calls, people.
    Count,
    /// A part of one.
    Ratio,
    /// Milliseconds.
    Milliseconds,
    /// Minor units of a currency.
    MinorUnits,
}

/// The one definition of a number.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// Its code, such as `calls.service_level`.
    pub code: String,
    /// Its name by BCP 47 language.
    pub names: BTreeMap<String, String>,
    /// What it tells, in a sentence.
    pub description: String,
    /// How it is made.
    pub kind: Kind,
    /// In what its values are.
    pub unit: Unit,
    /// The measures that are added up, or above the line.
    pub above: Vec<String>,
    /// The measures below the line.
    #[serde(default)]
    pub below: Vec<String>,
    /// Which percentile: 1 to 100.
    #[serde(default)]
    pub percent: u8,
    /// Its formula, for people.
    pub formula: String,
    /// From where the formula comes.
    pub source: String,
    /// The payloads that it is folded from.
    pub events: Vec<String>,
    /// The moment that it is anchored at.
    pub anchor: String,
    /// By what it can be told apart and filtered; made from what its measures share.
    #[serde(skip)]
    pub dimensions: Vec<&'static str>,
}

impl Metric {
    /// The codes of its measures.
    pub fn measures(&self) -> impl Iterator<Item = &str> {
        self.above.iter().chain(&self.below).map(String::as_str)
    }
}

/// All metrics, and the measures that they are made of.
#[derive(Clone, Debug)]
pub struct Metrics {
    metrics: BTreeMap<String, Metric>,
    measures: BTreeMap<&'static str, &'static Subject>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    metric: Vec<Metric>,
}

/// What is wrong with a definition.
#[derive(Debug, thiserror::Error)]
pub enum MetricError {
    /// The text is no list of metrics.
    #[error("the metrics cannot be read: {0}")]
    Unreadable(#[from] toml::de::Error),
    /// A metric contradicts itself or names what is not there.
    #[error("metric `{metric}`: {what}")]
    Wrong {
        /// Its code.
        metric: String,
        /// What is wrong.
        what: String,
    },
}

impl Metrics {
    /// The metrics that Kefu ships, made of these measures.
    ///
    /// # Errors
    ///
    /// The first definition that contradicts itself.
    pub fn shipped(measures: &'static [&'static [Measure]]) -> Result<Self, MetricError> {
        Self::read(SHIPPED, measures)
    }

    fn read(text: &str, measures: &'static [&'static [Measure]]) -> Result<Self, MetricError> {
        let file: File = toml::from_str(text)?;
        let known = measures.iter().copied().flatten();
        let measures: BTreeMap<_, _> = known.map(|one| (one.code, one.subject)).collect();
        let mut metrics = BTreeMap::new();
        for mut metric in file.metric {
            let wrong = |what: String| MetricError::Wrong { metric: metric.code.clone(), what };
            metric.dimensions = check(&metric, &measures).map_err(wrong)?;
            if let Some(twice) = metrics.insert(metric.code.clone(), metric) {
                let what = "it is defined twice".to_owned();
                return Err(MetricError::Wrong { metric: twice.code, what });
            }
        }
        Ok(Self { metrics, measures })
    }

    /// A metric by its code.
    pub fn get(&self, code: &str) -> Option<&Metric> {
        self.metrics.get(code)
    }

    /// All metrics, by code.
    pub fn iter(&self) -> impl Iterator<Item = &Metric> {
        self.metrics.values()
    }

    /// What a measure counts.
    pub fn subject(&self, measure: &str) -> Option<&'static Subject> {
        self.measures.get(measure).copied()
    }

    /// The measures that no metric tells.
    #[cfg(test)]
    fn untold(&self) -> Vec<&'static str> {
        let told: BTreeSet<&str> = self.metrics.values().flat_map(Metric::measures).collect();
        self.measures.keys().copied().filter(|code| !told.contains(code)).collect()
    }
}

/// The dimensions that a metric's measures share; or what is wrong with it.
fn check(
    metric: &Metric,
    measures: &BTreeMap<&'static str, &'static Subject>,
) -> Result<Vec<&'static str>, String> {
    let line = matches!(metric.kind, Kind::Ratio | Kind::Mean);
    if metric.above.is_empty() || metric.below.is_empty() == line {
        return Err("its kind needs other measures above or below the line".to_owned());
    }
    if (metric.kind == Kind::Percentile) != (1..=100).contains(&metric.percent) {
        return Err("a percentile, and nothing else, has a percent of 1 to 100".to_owned());
    }
    if !["en", "es", "zh"].iter().all(|language| metric.names.contains_key(*language)) {
        return Err("it has no name in English, Spanish or Chinese".to_owned());
    }
    let mut shared: Option<Vec<&'static str>> = None;
    for code in metric.measures() {
        let subject = measures.get(code).ok_or_else(|| format!("no measure `{code}` is folded"))?;
        let own: BTreeSet<&str> = subject.dimensions.iter().copied().collect();
        shared = Some(match shared {
            None => subject.dimensions.to_vec(),
            Some(dimensions) => dimensions.into_iter().filter(|one| own.contains(one)).collect(),
        });
    }
    Ok([BRANCH].into_iter().chain(shared.unwrap_or_default()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projections::metrics::MEASURES;

    #[test]
    fn what_is_shipped_is_whole() {
        let metrics = Metrics::shipped(MEASURES).unwrap();
        assert!(metrics.iter().count() >= 20, "the first twenty");
        assert_eq!(metrics.untold(), Vec::<&str>::new(), "folded for nothing");
    }

    #[test]
    fn a_definition_that_contradicts_itself_is_named() {
        let with = |lines: &str| {
            let text = format!(
                "[[metric]]\ncode = \"x\"\nnames = {{ en = \"x\", es = \"x\", zh = \"x\" }}\n\
                 description = \"x\"\nunit = \"count\"\nformula = \"x\"\nsource = \"x\"\n\
                 events = []\nanchor = \"x\"\n{lines}"
            );
            Metrics::read(&text, MEASURES).unwrap_err().to_string()
        };
        for (lines, what) in [
            ("kind = \"count\"\nabove = [\"no.such\"]", "no measure `no.such` is folded"),
            ("kind = \"ratio\"\nabove = [\"calls.offered\"]", "above or below the line"),
            ("kind = \"percentile\"\nabove = [\"calls.wait\"]", "1 to 100"),
        ] {
            let told = with(lines);
            assert!(told.contains("metric `x`") && told.contains(what), "{told}");
        }
    }
}
