//! The working time of about a year as a sorted table of spans with running totals.
//!
//! A moment is working time exactly when the wall clock shows at that moment a time within one of the
//! day's intervals. That one sentence settles every change of offset: in the hour that is skipped
//! nothing is counted, in the hour that comes twice both are. The table is cut in UTC, so a change of
//! offset at midnight, or a day that occurs in two pieces, needs no case of its own.

use crate::Timestamp;
use crate::zone::{DAY_MS, Day, Zone};

use super::spec::Interval;

/// Working time from `from` up to but not including `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its first moment.
    pub from: Timestamp,
    /// The moment after its last.
    pub to: Timestamp,
}

/// All working time within one stretch of UTC.
#[derive(Debug)]
pub(super) struct Table {
    spans: Vec<Span>,
    /// `after[i]`: working milliseconds from the table's beginning to the end of span `i`.
    after: Vec<i64>,
}

impl Span {
    pub(super) fn millis(self) -> i64 {
        self.to.as_millis() - self.from.as_millis()
    }
}

impl Table {
    /// The working time of `zone` from `from` up to `to`, where `hours` gives each day's intervals.
    pub(super) fn build<'a>(
        zone: &Zone,
        hours: impl Fn(Day) -> &'a [Interval],
        from: Timestamp,
        to: Timestamp,
    ) -> Self {
        let mut spans = Vec::new();
        let mut at = from;
        while at < to {
            let until = zone.next_change(at).map_or(to, |change| change.min(to));
            fill(&mut spans, zone.offset_ms(at), &hours, Span { from: at, to: until });
            at = until;
        }
        let mut total = 0;
        let after = spans
            .iter()
            .map(|span: &Span| {
                total += span.millis();
                total
            })
            .collect();
        Self { spans, after }
    }

    /// Working milliseconds in the whole table.
    pub(super) fn total(&self) -> i64 {
        self.after.last().copied().unwrap_or(0)
    }

    /// Working milliseconds from the table's beginning to `at`.
    pub(super) fn before(&self, at: Timestamp) -> i64 {
        let index = self.spans.partition_point(|span| span.to <= at);
        let whole = if index == 0 { 0 } else { self.after[index - 1] };
        let part = self.spans.get(index).map_or(0, |span| at.as_millis() - span.from.as_millis());
        whole + part.max(0)
    }

    /// The earliest moment with `work` (more than none, at most the total) working milliseconds
    /// between the table's beginning and it.
    pub(super) fn moment(&self, work: i64) -> Option<Timestamp> {
        let index = self.after.partition_point(|after| *after < work);
        let span = self.spans.get(index)?;
        Some(Timestamp::from_millis(span.to.as_millis() - (self.after[index] - work)))
    }

    /// The spans that end after `at`.
    pub(super) fn spans_after(&self, at: Timestamp) -> &[Span] {
        &self.spans[self.spans.partition_point(|span| span.to <= at)..]
    }
}

/// Adds the working time within `piece`, throughout which local time is UTC plus `offset_ms`.
fn fill<'a>(
    spans: &mut Vec<Span>,
    offset_ms: i64,
    hours: &impl Fn(Day) -> &'a [Interval],
    piece: Span,
) {
    let (first, last) = (piece.from.as_millis() + offset_ms, piece.to.as_millis() + offset_ms);
    let mut day = Day::of_local_ms(first);
    while i64::from(day.number()) * DAY_MS < last {
        let midnight = i64::from(day.number()) * DAY_MS;
        for interval in hours(day) {
            let from = (midnight + interval.from.millis()).max(first) - offset_ms;
            let to = (midnight + interval.to.millis()).min(last) - offset_ms;
            if from < to {
                push(spans, Timestamp::from_millis(from), Timestamp::from_millis(to));
            }
        }
        day = day.plus(1);
    }
}

/// Appends a span, or lengthens the last one where the two touch.
fn push(spans: &mut Vec<Span>, from: Timestamp, to: Timestamp) {
    match spans.last_mut() {
        Some(last) if last.to == from => last.to = to,
        _ => spans.push(Span { from, to }),
    }
}
