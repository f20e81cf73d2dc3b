//! Scans that come to a shipment, one or many, once or again, in time or late, and those that take others
//! back. Whatever the order, the same scans come to the same.

use kefu_api_events::v1 as events;
use kefu_api_events::wire::timestamp;
use kefu_kernel::NewEvent;

use super::change::Change;
use super::course::is_actual;
use super::{Decision, Shipment};
use crate::code_map::domain::Entries;
use crate::domain::ids::ScanId;
use crate::domain::words::{EventClass, RetractionReason, ShipmentStatus};
use crate::domain::{Context, Error};
use crate::scan::domain::{Scan, TakenBack};

/// What became of a scan that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intake {
    /// It is new.
    Accepted(ScanId),
    /// It was known already, as this one.
    Duplicate(ScanId),
}

impl Shipment {
    /// Takes scans in, and answers for each what became of it. At most one event each tells of another
    /// status, other flags and another estimate, whatever how many scans there are.
    ///
    /// # Errors
    ///
    /// None that a scan can bring about.
    pub fn ingest(
        &self,
        context: &Context<'_>,
        scans: Vec<Scan>,
    ) -> Result<(Self, Vec<NewEvent>, Vec<Intake>), Error> {
        let mut change = Change::of(self, context);
        let results = change.ingest(scans);
        let (shipment, told) = change.done()?;
        Ok((shipment, told, results))
    }

    /// Takes a scan back by hand, and may put another in its place.
    ///
    /// # Errors
    ///
    /// [`Error::ScanNotFound`], [`Error::ScanRetracted`].
    pub fn retract(
        &self,
        context: &Context<'_>,
        scan: ScanId,
        reason: RetractionReason,
        replacement: Option<Scan>,
    ) -> Decision {
        let found = self.scan(scan).ok_or(Error::ScanNotFound(scan))?;
        if found.taken_back.is_some() {
            return Err(Error::ScanRetracted(scan));
        }
        let mut change = Change::of(self, context);
        let mut replaced_by = None;
        if let Some(mut replacement) = replacement {
            replacement.replaces = Some(scan);
            let known = self.scans.iter().find(|known| known.identity == replacement.identity);
            replaced_by = Some(known.map_or(replacement.id, |known| known.id));
            if known.is_none() {
                change.keep(replacement);
            }
        }
        let (at, by) = (change.now, context.actor.to_owned());
        change.take_back(scan, TakenBack { at, reason, by, replaced_by });
        let folded = change.recount();
        if let Some(new) = replaced_by.filter(|new| self.scan(*new).is_none()) {
            change.tell_recorded(new);
        }
        change.tell_retracted(scan, "staff");
        change.settle(folded, replaced_by);
        change.done()
    }

    /// Reckons anew what its scans come to now: what a durable timer calls at [`Shipment::wakes_at`]. Safe to
    /// call twice, early or late.
    ///
    /// # Errors
    ///
    /// None.
    pub fn refold(&self, context: &Context<'_>) -> Decision {
        let mut change = Change::of(self, context);
        let folded = change.recount();
        change.settle(folded, None);
        change.done()
    }

    /// Reads its scans anew, with another code map than at first: those that `map` answers for.
    ///
    /// # Errors
    ///
    /// None.
    pub fn read_anew<'m>(
        &self,
        context: &Context<'_>,
        map: impl Fn(&Scan) -> Option<(&'m Entries, i32)>,
    ) -> Decision {
        let mut change = Change::of(self, context);
        for scan in &mut change.shipment.scans {
            if let Some(map) = map(scan).filter(|_| !scan.is_manual()) {
                *scan = scan.read_anew(map);
            }
        }
        let folded = change.recount();
        change.settle(folded, None);
        change.done()
    }
}

impl Change {
    /// Takes scans in, tells of each, and then of what they come to.
    pub(super) fn ingest(&mut self, scans: Vec<Scan>) -> Vec<Intake> {
        let (mut results, mut new) = (Vec::new(), Vec::new());
        for mut scan in scans {
            if self.shipment.erased {
                scan.raw.erase();
            }
            let known =
                self.shipment.scans.iter_mut().find(|known| known.identity == scan.identity);
            results.push(match known {
                Some(known) => {
                    known.enrich(&scan);
                    Intake::Duplicate(known.id)
                }
                None => {
                    new.push(scan.id);
                    Intake::Accepted(self.keep(scan))
                }
            });
        }
        let taken_back = self.take_back_declared();
        let folded = self.recount();
        for scan in &new {
            self.tell_recorded(*scan);
        }
        for (scan, source) in taken_back {
            self.tell_retracted(scan, &source);
        }
        self.settle(folded, new.last().copied());
        for scan in new {
            self.tell_cash(scan);
        }
        results
    }

    /// Keeps a scan that is new.
    pub(super) fn keep(&mut self, mut scan: Scan) -> ScanId {
        let at = scan.time.ordered_at;
        let after = |known: &Scan| is_actual(known) && known.time.ordered_at > at;
        let counting =
            self.shipment.scans.iter().filter(|known| self.shipment.counts(known, self.now));
        scan.late = is_actual(&scan) && counting.into_iter().any(after);
        let id = scan.id;
        self.shipment.scans.push(scan);
        id
    }

    /// Takes back what scans declare not to hold, and tells which those are, each with who declares it.
    fn take_back_declared(&mut self) -> Vec<(ScanId, String)> {
        let scans = &self.shipment.scans;
        let declaring: Vec<&Scan> =
            scans.iter().filter(|scan| scan.raw.declaration.is_some()).collect();
        let mut found = Vec::new();
        for scan in scans {
            let deciding = declaring.iter().filter(|by| by.takes_back(scan));
            let Some(by) = deciding.max_by_key(|by| by.key()) else { continue };
            let reason = by.raw.declaration.as_ref().map(|declared| declared.reason);
            let reason = reason.unwrap_or(RetractionReason::DidNotOccur);
            let replaced_by = (reason == RetractionReason::IncorrectData).then_some(by.id);
            found.push((scan.id, by.raw.source.clone(), reason, replaced_by));
        }
        let mut told = Vec::new();
        for (scan, source, reason, replaced_by) in found {
            let (at, by) = (self.now, String::new());
            if self.take_back(scan, TakenBack { at, reason, by, replaced_by }) {
                told.push((scan, source));
            }
        }
        told
    }

    /// Takes a scan back, once; whatever takes its place says so. Answers whether it counted as kept before.
    pub(super) fn take_back(&mut self, id: ScanId, how: TakenBack) -> bool {
        let replacing = how.replaced_by;
        let found = self.shipment.scans.iter_mut().find(|scan| scan.id == id);
        let Some(scan) = found.filter(|scan| scan.taken_back.is_none()) else { return false };
        scan.taken_back = Some(how);
        let by = self.shipment.scans.iter_mut().find(|scan| Some(scan.id) == replacing);
        if let Some(by) = by {
            by.replaces = Some(id);
        }
        true
    }

    /// Tells that a scan was kept.
    pub(super) fn tell_recorded(&mut self, id: ScanId) {
        let Some(scan) = self.shipment.scan(id) else { return };
        let (meaning, declared) = (scan.meaning.as_ref(), scan.raw.class);
        let class = meaning.map(|meaning| meaning.class).or(declared);
        let status = meaning.and_then(|meaning| meaning.status);
        let next_step = meaning.map_or(0, |meaning| meaning.next_step.to_wire());
        let payload = events::ShipmentScanRecorded {
            scan_id: id.to_string(),
            source: scan.raw.source.clone(),
            format: scan.raw.format.to_wire(),
            event_class: class.unwrap_or(EventClass::Actual).to_wire(),
            reading: scan.reading(self.now).to_wire(),
            status: status.map_or(0, ShipmentStatus::to_wire),
            reason: meaning.map(|meaning| meaning.reason.clone()).unwrap_or_default(),
            next_step,
            occurred_at: scan.time.occurred_at.map(timestamp),
            late: scan.late,
            replaces_scan_id: scan.replaces.map(|replaced| replaced.to_string()),
            code_map_version: scan.code_map_version,
            ..Default::default()
        };
        self.tell(payload);
    }

    fn tell_retracted(&mut self, id: ScanId, source: &str) {
        let taken = self.shipment.scan(id).and_then(|scan| scan.taken_back.as_ref());
        let reason = taken.map_or(0, |taken| taken.reason.to_wire());
        let payload = events::ShipmentScanRetracted {
            scan_id: id.to_string(),
            reason,
            source: source.to_owned(),
            ..Default::default()
        };
        self.tell(payload);
    }

    /// Tells of cash on delivery that a new scan says was collected, in the currency that was asked for.
    fn tell_cash(&mut self, id: ScanId) {
        let Some(scan) = self.shipment.scan(id) else { return };
        let asked = self.shipment.cod.map(|cod| cod.currency());
        let told = scan.raw.cash_collected.filter(|cash| Some(cash.currency()) == asked);
        let Some(cash) = told.filter(|_| self.shipment.counts(scan, self.now)) else { return };
        let payload = events::ShipmentCashCollected {
            scan_id: id.to_string(),
            amount_minor_units: cash.minor(),
            occurred_at: scan.time.occurred_at.map(timestamp),
            ..Default::default()
        };
        self.tell(payload);
    }
}
