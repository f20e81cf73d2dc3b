//! Numbers from the roll-up of measures: one statement for each kind of thing that the metrics count.

use std::collections::{BTreeMap, BTreeSet};

use kefu_kernel::Scope;
use kefu_kernel::id::{self, Uuid};
use kefu_kernel::zone::Day;
use kefu_outbox::live_generation;
use kefu_store::counts_in_sight;
use kefu_store::filter::{Field, Resource};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Select,
};

use crate::domain::{BRANCH, Kind, Metric, Period, Subject, sketch};
use crate::store::metric_cell::{Column, DIMENSIONS, Entity};
use crate::{Error, Reporting};

/// Rows that one answer holds at most.
pub const MOST_ROWS: usize = 10_000;
/// Sums that are read for one kind of thing at most.
const MOST_SUMS: u64 = 200_000;

/// Which numbers are asked for.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Of which metrics.
    pub metrics: &'a [&'a Metric],
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// Over which spans; none: the whole.
    pub grain: Option<Period>,
    /// Told apart by which dimensions, that all metrics have.
    pub group_by: &'a [String],
    /// Which of them, in CEL over dimensions.
    pub filter: &'a str,
    /// Of this branch only.
    pub branch: Option<Uuid>,
    /// In whose sight.
    pub scope: &'a Scope,
}

/// One number.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// The metric's place among those asked for.
    pub metric: usize,
    /// The span's place in the period.
    pub span: usize,
    /// The span's first and last day.
    pub days: (Day, Day),
    /// Values of the dimensions asked for.
    pub dimensions: Vec<String>,
    /// The currency of an amount.
    pub currency: String,
    /// The number.
    pub value: f64,
    /// What is above the line, or the number itself.
    pub above: i64,
    /// What is below the line.
    pub below: i64,
}

/// A sum of the roll-up.
#[derive(Debug, FromQueryResult)]
struct Sum {
    measure: String,
    day: i32,
    branch_id: Uuid,
    first: String,
    second: String,
    third: String,
    fourth: String,
    currency: String,
    bin: i32,
    total: i64,
}

/// What a number is made of. By metric, span, dimensions and currency.
type Parts = BTreeMap<(usize, usize, Vec<String>, String), Part>;

#[derive(Default)]
struct Part {
    above: i64,
    below: i64,
    bins: BTreeMap<i32, i64>,
}

/// The numbers asked for, by metric, span, dimensions and currency.
pub async fn numbers(reporting: &Reporting, asked: Asked<'_>) -> Result<Vec<Number>, Error> {
    let spans = spans(asked.from, asked.to, asked.grain);
    let mut parts = Parts::new();
    for (subject, measures) in subjects(reporting, asked.metrics) {
        for sum in sums(reporting, &asked, subject, &measures).await? {
            put(&mut parts, &asked, &spans, subject, &sum);
        }
    }
    let numbers: Vec<Number> = parts
        .into_iter()
        .filter_map(|((metric, span, dimensions, currency), part)| {
            let (value, above, below) = asked.metrics[metric].value(&part)?;
            let days = spans[span];
            Some(Number { metric, span, days, dimensions, currency, value, above, below })
        })
        .collect();
    if numbers.len() > MOST_ROWS { Err(Error::ResultTooLarge) } else { Ok(numbers) }
}

/// The spans of a period, in order; the first and last are cut where the period is.
pub fn spans(from: Day, to: Day, grain: Option<Period>) -> Vec<(Day, Day)> {
    let Some(grain) = grain else { return vec![(from, to)] };
    let mut spans = Vec::new();
    let mut first = from;
    while first <= to {
        let last = grain.around(first).1.min(to);
        spans.push((first, last));
        first = last.plus(1);
    }
    spans
}

/// What is counted by these metrics, each with the measures asked for.
fn subjects<'a>(
    reporting: &Reporting,
    metrics: &[&'a Metric],
) -> Vec<(&'static Subject, BTreeSet<&'a str>)> {
    let mut subjects: Vec<(&'static Subject, BTreeSet<&'a str>)> = Vec::new();
    for measure in metrics.iter().flat_map(|metric| metric.measures()) {
        let Some(subject) = reporting.metrics.subject(measure) else { continue };
        match subjects.iter_mut().find(|(known, _)| *known == subject) {
            Some((_, measures)) => {
                measures.insert(measure);
            }
            None => subjects.push((subject, BTreeSet::from([measure]))),
        }
    }
    subjects
}

/// The column of a dimension.
fn column(subject: &Subject, dimension: &str) -> Option<Column> {
    if dimension == BRANCH {
        return Some(Column::BranchId);
    }
    let place = subject.dimensions.iter().position(|one| *one == dimension)?;
    DIMENSIONS.get(place).copied()
}

/// What a filter may name: the dimensions that all metrics asked for have.
fn resource(subject: &Subject, metrics: &[&Metric]) -> Resource {
    let branch = Field::id(BRANCH, "branch", Column::BranchId);
    let shared = subject
        .dimensions
        .iter()
        .filter(|one| metrics.iter().all(|metric| metric.dimensions.contains(one)))
        .filter_map(|one| Some(Field::text(*one, column(subject, one)?)));
    shared.fold(Resource::new("metric", branch), Resource::field)
}

async fn sums(
    reporting: &Reporting,
    asked: &Asked<'_>,
    subject: &Subject,
    measures: &BTreeSet<&str>,
) -> Result<Vec<Sum>, Error> {
    let resource = resource(subject, asked.metrics);
    let filter = resource.compile(asked.filter, &[])?;
    let live = live_generation(&reporting.store, subject.projection).await?;
    let mut only = Condition::all()
        .add(Column::Generation.eq(live))
        .add(Column::Measure.is_in(measures.iter().copied()))
        .add(Column::Day.between(asked.from.number(), asked.to.number()))
        .add(counts_in_sight(asked.scope, Column::BranchId))
        .add(resource.condition(&filter));
    if let Some(branch) = asked.branch {
        only = only.add(Column::BranchId.eq(branch));
    }
    let query = Entity::find().select_only().filter(only);
    let rows: Vec<Sum> = told_apart(query, asked, subject)
        .limit(MOST_SUMS + 1)
        .into_model()
        .all(reporting.store.reader())
        .await?;
    if rows.len() as u64 > MOST_SUMS { Err(Error::ResultTooLarge) } else { Ok(rows) }
}

/// Sums are told apart by what is asked for; the other columns come as nothing.
fn told_apart(query: Select<Entity>, asked: &Asked<'_>, subject: &Subject) -> Select<Entity> {
    let wanted = |dimension: &str| asked.group_by.iter().any(|one| one == dimension);
    let mut query = query;
    for kept in [Column::Measure, Column::Currency, Column::Bin] {
        query = query.column(kept).group_by(kept);
    }
    query = match asked.grain {
        Some(_) => query.column(Column::Day).group_by(Column::Day),
        None => query.expr_as(Expr::value(asked.from.number()), "day"),
    };
    query = if wanted(BRANCH) {
        query.column(Column::BranchId).group_by(Column::BranchId)
    } else {
        query.expr_as(Expr::value(Uuid::nil()), "branch_id")
    };
    let names = ["first", "second", "third", "fourth"];
    for (place, (name, kept)) in names.into_iter().zip(DIMENSIONS).enumerate() {
        query = match subject.dimensions.get(place) {
            Some(dimension) if wanted(dimension) => query.column(kept).group_by(kept),
            _ => query.expr_as(Expr::value(""), name),
        };
    }
    query.column_as(Column::Total.sum().cast_as("bigint"), "total")
}

/// Adds a sum to what each metric is made of.
fn put(parts: &mut Parts, asked: &Asked<'_>, spans: &[(Day, Day)], subject: &Subject, sum: &Sum) {
    let Some(span) = spans.iter().position(|(_, last)| sum.day <= last.number()) else { return };
    let dimensions: Vec<String> =
        asked.group_by.iter().map(|dimension| sum.value(subject, dimension)).collect();
    for (place, metric) in asked.metrics.iter().enumerate() {
        let (above, below) =
            (metric.above.contains(&sum.measure), metric.below.contains(&sum.measure));
        if !above && !below {
            continue;
        }
        let key = (place, span, dimensions.clone(), sum.currency.clone());
        let part = parts.entry(key).or_default();
        if above && metric.kind == Kind::Percentile {
            *part.bins.entry(sum.bin).or_default() += sum.total;
        }
        part.above += if above { sum.total } else { 0 };
        part.below += if below { sum.total } else { 0 };
    }
}

impl Sum {
    /// The value of a dimension, as text.
    fn value(&self, subject: &Subject, dimension: &str) -> String {
        match column(subject, dimension) {
            Some(Column::BranchId) if self.branch_id.is_nil() => String::new(),
            Some(Column::BranchId) => id::encode("branch", self.branch_id),
            Some(Column::First) => self.first.clone(),
            Some(Column::Second) => self.second.clone(),
            Some(Column::Third) => self.third.clone(),
            Some(Column::Fourth) => self.fourth.clone(),
            _ => String::new(),
        }
    }
}

impl Metric {
    /// The number with what it is made of; none where there is none.
    fn value(&self, part: &Part) -> Option<(f64, i64, i64)> {
        match self.kind {
            Kind::Count | Kind::Sum => {
                (part.above != 0).then_some((part.above as f64, part.above, 0))
            }
            Kind::Ratio | Kind::Mean => (part.below != 0)
                .then(|| (part.above as f64 / part.below as f64, part.above, part.below)),
            Kind::Percentile => {
                let bins = part.bins.iter().map(|(bin, count)| (*bin, *count));
                let value = sketch::percentile(bins, self.percent)?;
                Some((value, part.above, 0))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn spans_cover_the_period_without_a_gap() {
        let told = |grain| {
            let spans = spans(day("2026-10-30"), day("2026-11-10"), grain);
            spans.iter().map(|(from, to)| format!("{from} {to}")).collect::<Vec<_>>()
        };
        assert_eq!(told(None), ["2026-10-30 2026-11-10"]);
        assert_eq!(told(Some(Period::Month)), ["2026-10-30 2026-10-31", "2026-11-01 2026-11-10"]);
        let weeks = ["2026-10-30 2026-11-01", "2026-11-02 2026-11-08", "2026-11-09 2026-11-10"];
        assert_eq!(told(Some(Period::Week)), weeks);
        assert_eq!(told(Some(Period::Day)).len(), 12);
    }
}
