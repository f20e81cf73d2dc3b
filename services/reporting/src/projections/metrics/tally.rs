//! Adding up what things count for, before it is written.

use std::collections::BTreeMap;
use std::mem;

use kefu_api_common::wire;
use kefu_kernel::Timestamp;
use kefu_kernel::id::Uuid;
use kefu_kernel::zone::Zone;
use prost_types::Timestamp as Told;

use crate::domain::sketch;
use crate::store::metric_cell;

/// Where a sum belongs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    measure: &'static str,
    day: i32,
    branch: Uuid,
    dimensions: [String; 4],
    currency: String,
    bin: i32,
}

/// Sums of one fold.
pub struct Tally<'a> {
    zone: &'a Zone,
    sums: BTreeMap<Cell, i64>,
    branch: Uuid,
    dimensions: [String; 4],
    sign: i64,
}

impl<'a> Tally<'a> {
    /// Nothing yet. Days are cut in `zone`.
    pub fn new(zone: &'a Zone) -> Self {
        let (sums, dimensions) = (BTreeMap::new(), Default::default());
        Self { zone, sums, branch: Uuid::nil(), dimensions, sign: 1 }
    }

    /// What follows is counted for a thing of this branch and these dimensions: taken away where it is
    /// what was, added where it is what is.
    pub fn of(&mut self, was: bool, branch: Uuid, dimensions: [String; 4]) {
        self.sign = if was { -1 } else { 1 };
        self.branch = branch;
        self.dimensions = dimensions;
    }

    /// One more at this moment, where there is one.
    pub fn one(&mut self, measure: &'static str, at: Option<&Told>) {
        self.one_at(measure, at.map(wire::instant));
    }

    /// One more at this moment, where there is one.
    pub fn one_at(&mut self, measure: &'static str, at: Option<Timestamp>) {
        if let Some(at) = at {
            self.add(measure, at, String::new(), 0, 1);
        }
    }

    /// So many milliseconds from one moment to another, told at the later one, where there are both:
    /// their sum, and in which bin they fall.
    pub fn time(
        &mut self,
        sum: &'static str,
        bins: &'static str,
        from: Option<&Told>,
        to: Option<&Told>,
        at: Option<&Told>,
    ) {
        if let (Some(from), Some(to), Some(at)) = (from, to, at) {
            let (from, to) = (wire::instant(from), wire::instant(to));
            let took = (to.as_millis() - from.as_millis()).max(0);
            let at = wire::instant(at);
            self.add(sum, at, String::new(), 0, took);
            self.add(bins, at, String::new(), sketch::bin(took), 1);
        }
    }

    fn add(&mut self, measure: &'static str, at: Timestamp, currency: String, bin: i32, by: i64) {
        let day = self.zone.day_of(at).number();
        let (branch, dimensions) = (self.branch, self.dimensions.clone());
        let cell = Cell { measure, day, branch, dimensions, currency, bin };
        *self.sums.entry(cell).or_default() += self.sign * by;
    }

    /// The rows to add; what came to nothing is none.
    pub fn into_rows(mut self, generation: i32) -> Vec<metric_cell::Model> {
        let sums = mem::take(&mut self.sums).into_iter().filter(|(_, total)| *total != 0);
        sums.map(|(cell, total)| {
            let [first, second, third, fourth] = cell.dimensions;
            metric_cell::Model {
                generation,
                measure: cell.measure.to_owned(),
                day: cell.day,
                branch_id: cell.branch,
                first,
                second,
                third,
                fourth,
                currency: cell.currency,
                bin: cell.bin,
                total,
            }
        })
        .collect()
    }
}
