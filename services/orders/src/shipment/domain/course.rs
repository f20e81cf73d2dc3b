//! The course of one piece: its scans in their order, and what each moves.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use kefu_kernel::Timestamp;

use crate::domain::words::{EventClass, Flags, ShipmentFlag, ShipmentStatus};
use crate::scan::domain::Scan;

/// For how long two sources may disagree on how it ended before that is a conflict.
const DISAGREEMENT: Duration = Duration::from_secs(6 * 3600);

/// What the scans of one piece, and those of the whole shipment, come to.
#[derive(Clone, Debug)]
pub(super) struct Course<'a> {
    /// Where it is.
    pub(super) status: ShipmentStatus,
    /// The scan that decides that.
    pub(super) deciding: Option<&'a Scan>,
    /// What is true beside it.
    pub(super) flags: Flags,
    /// The scan by which the carrier took it.
    pub(super) picked_up: Option<&'a Scan>,
    /// From when on two sources are in conflict; none: they agree.
    pub(super) conflict_from: Option<Timestamp>,
}

impl<'a> Course<'a> {
    /// Folds scans that count and tell what happened, in their order.
    pub(super) fn of(scans: &[&'a Scan]) -> Self {
        let mut course = Self::walk(scans.iter().copied());
        let settled = course.deciding.is_some_and(Scan::is_manual);
        course.conflict_from = if settled { None } else { conflict(scans) };
        let overridden = course.deciding.and_then(|scan| scan.meaning.as_ref());
        if overridden.is_some_and(|meaning| meaning.sets.contains(&ShipmentFlag::Overridden)) {
            course.flags.insert(ShipmentFlag::Overridden);
        }
        course
    }

    fn walk(scans: impl Iterator<Item = &'a Scan>) -> Self {
        let mut course = Self {
            status: ShipmentStatus::Unknown,
            deciding: None,
            flags: Flags::new(),
            picked_up: None,
            conflict_from: None,
        };
        for scan in scans {
            course.step(scan);
        }
        course
    }

    fn step(&mut self, scan: &'a Scan) {
        let Some(meaning) = &scan.meaning else { return };
        self.flags.retain(|flag| !meaning.clears.contains(flag));
        self.flags.extend(meaning.sets.iter().filter(|flag| !flag.is_derived()));
        let Some(status) = meaning.status else { return };
        if !scan.is_manual() && !self.status.admits(status) {
            return;
        }
        (self.status, self.deciding) = (status, Some(scan));
        self.picked_up = self.picked_up.or(Some(scan)).filter(|_| status.is_under_way());
    }
}

/// Whether a scan tells what happened.
pub(super) fn is_actual(scan: &Scan) -> bool {
    scan.meaning.as_ref().is_some_and(|meaning| meaning.class == EventClass::Actual)
}

/// From when on sources are in conflict: two of them, each by itself, end it in ways of which the later does
/// not follow from the earlier.
fn conflict(scans: &[&Scan]) -> Option<Timestamp> {
    let sources: BTreeSet<&str> = scans.iter().map(|scan| scan.raw.source.as_str()).collect();
    if sources.len() < 2 {
        return None;
    }
    // Each way in which a source ends it, with when it was first told.
    let mut ends: BTreeMap<ShipmentStatus, Timestamp> = BTreeMap::new();
    for source in sources {
        let of_source = |scan: &&&Scan| scan.raw.source == source && !scan.is_manual();
        let course = Course::walk(scans.iter().filter(of_source).copied());
        if let Some(scan) = course.deciding.filter(|_| course.status.is_ended()) {
            let at = ends.entry(course.status).or_insert(scan.time.ordered_at);
            *at = scan.time.ordered_at.min(*at);
        }
    }
    let mut told: Vec<(Timestamp, ShipmentStatus)> =
        ends.into_iter().map(|(status, at)| (at, status)).collect();
    told.sort_unstable();
    let pairs = told.windows(2).filter_map(|pair| match pair {
        [(_, earlier), (at, later)] if !earlier.admits(*later) => Some(at.plus(DISAGREEMENT)),
        _ => None,
    });
    pairs.min()
}
