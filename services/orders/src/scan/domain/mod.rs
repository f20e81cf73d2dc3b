//! A scan: what came, how it was read, and whether it counts.
//!
//! - `raw.rs`: what came, word for word, and what makes two scans one.
//! - `time.rs`: when it happened, and how that is known.
//! - `unmatched.rs`: scans of a number that no shipment has.
//! - `x12/`: files of X12 transaction sets 214.

mod raw;
mod time;
pub mod unmatched;
pub mod x12;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeSet;
use std::time::Duration;

use kefu_kernel::{Timestamp, Zone};

pub use self::raw::{Declaration, RawEstimate, RawPlace, RawScan, RawTime};
pub use self::time::ScanTime;

use crate::code_map::domain::{Entries, Meaning};
use crate::domain::Error;
use crate::domain::ids::{ScanFileId, ScanId};
use crate::domain::words::{
    EventClass, RetractionReason, ScanFormat, ScanReading, ShipmentStatus, TimePrecision, ZoneBasis,
};

/// How far ahead of now what happened may be dated.
pub const AHEAD: Duration = Duration::from_secs(24 * 3600);

/// The keyed hash of what makes two scans one.
pub type Identity = [u8; 32];

/// Hashes [`RawScan::identity`] with the service's key.
pub type Identify<'a> = &'a dyn Fn(&[u8]) -> Identity;

/// A scan as it is kept. What came never changes; what was read from it may, with another code map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// Its id.
    pub id: ScanId,
    /// What came.
    pub raw: RawScan,
    /// What it is known by.
    pub identity: Identity,
    /// Every id that the source gave it, in order: the same scan may come with another one.
    pub source_event_ids: BTreeSet<String>,
    /// The file it came in, and where in it; none: it came by itself.
    pub file: Option<(ScanFileId, String)>,
    /// When it happened.
    pub time: ScanTime,
    /// The version of the code map that read it; 0: none.
    pub code_map_version: i32,
    /// What it means; none: its code is not known.
    pub meaning: Option<Meaning>,
    /// How much its source counts at one instant: the more, the higher.
    pub priority: i32,
    /// When it came first.
    pub received_at: Timestamp,
    /// How often it came again. Folded after commit.
    pub repeats: i32,
    /// Whether it came after one that happened later.
    pub late: bool,
    /// The scan that it takes the place of.
    pub replaces: Option<ScanId>,
    /// That it does not count any more.
    pub taken_back: Option<TakenBack>,
}

/// That a scan does not count any more. Once taken back, it stays so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenBack {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: RetractionReason,
    /// Who took it back: a principal's id; empty: its source did, by a scan.
    pub by: String,
    /// The scan that took its place.
    pub replaced_by: Option<ScanId>,
}

/// Where a scan that comes is from and what reads it.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// The map that reads it; none: no code of its form is known.
    pub map: Option<(&'a Entries, i32)>,
    /// The carrier's usual zone.
    pub zone: Option<&'a Zone>,
    /// How much its source counts at one instant.
    pub priority: i32,
    /// Hashes what it is known by.
    pub identify: Identify<'a>,
}

/// By what scans are ordered: the instant, a person's word, the status' rank, the source's priority, and at
/// last what they say. Never by when they came.
pub type Key<'a> = (Timestamp, bool, ShipmentStatus, i32, &'a Identity);

impl Scan {
    /// Reads a scan that comes.
    ///
    /// # Errors
    ///
    /// A time that is none, or a zone that there is not.
    pub fn read(
        id: ScanId,
        raw: RawScan,
        reader: &Reader<'_>,
        received_at: Timestamp,
    ) -> Result<Self, Error> {
        let time = ScanTime::read(&raw, reader.zone)?;
        let meaning = reader.map.and_then(|(entries, _)| entries.read(&raw));
        let mut scan = Self::kept(id, raw, time, meaning, reader.identify, received_at);
        scan.code_map_version = reader.map.map_or(0, |(_, version)| version);
        scan.priority = reader.priority;
        Ok(scan)
    }

    /// What a member of the staff says, as a scan: it needs no code map.
    pub fn of_staff(
        id: ScanId,
        raw: RawScan,
        meaning: Meaning,
        at: Timestamp,
        identify: Identify<'_>,
        received_at: Timestamp,
    ) -> Self {
        let time = ScanTime::known(at, ZoneBasis::Carrier, TimePrecision::Second);
        Self::kept(id, raw, time, Some(meaning), identify, received_at)
    }

    fn kept(
        id: ScanId,
        raw: RawScan,
        time: ScanTime,
        meaning: Option<Meaning>,
        identify: Identify<'_>,
        received_at: Timestamp,
    ) -> Self {
        let named = Some(raw.source_event_id.clone()).filter(|id| !id.is_empty());
        Self {
            id,
            identity: identify(&raw.identity()),
            source_event_ids: named.into_iter().collect(),
            raw,
            file: None,
            time,
            code_map_version: 0,
            meaning,
            priority: 0,
            received_at,
            repeats: 0,
            late: false,
            replaces: None,
            taken_back: None,
        }
    }

    /// The same with what another code map reads from it.
    pub fn read_anew(&self, map: (&Entries, i32)) -> Self {
        let (meaning, code_map_version) = (map.0.read(&self.raw), map.1);
        Self { meaning, code_map_version, ..self.clone() }
    }

    /// What became of it when it was read, as of `now`.
    pub fn reading(&self, now: Timestamp) -> ScanReading {
        match &self.meaning {
            None => ScanReading::UnknownCode,
            Some(meaning) if meaning.class == EventClass::Actual && self.is_ahead(now) => {
                ScanReading::Quarantined
            }
            Some(_) => ScanReading::Mapped,
        }
    }

    /// Whether it is dated more than a day after `now`.
    fn is_ahead(&self, now: Timestamp) -> bool {
        self.time.ordered_at > now.plus(AHEAD)
    }

    /// Whether a member of the staff said it.
    pub fn is_manual(&self) -> bool {
        self.raw.format == ScanFormat::Manual
    }

    /// Whether it only takes another back and tells nothing itself.
    pub fn only_retracts(&self) -> bool {
        let declared = self.raw.declaration.as_ref();
        declared.is_some_and(|declared| declared.reason == RetractionReason::DidNotOccur)
    }

    /// Whether it counts for a shipment that goes by this number: it was read, is not taken back, and is of
    /// that number.
    pub fn counts(&self, carrier: &str, waybill: &str, now: Timestamp) -> bool {
        self.taken_back.is_none()
            && !self.only_retracts()
            && (self.raw.carrier.as_str(), self.raw.waybill.as_str()) == (carrier, waybill)
            && self.reading(now) == ScanReading::Mapped
    }

    /// What it is ordered by.
    pub fn key(&self) -> Key<'_> {
        let told = self.meaning.as_ref().and_then(|meaning| meaning.status);
        let rank = told.unwrap_or(ShipmentStatus::Unknown);
        (self.time.ordered_at, self.is_manual(), rank, self.priority, &self.identity)
    }

    /// Whether what this one declares takes that other scan of the same number back. Of two that declare the
    /// same one by the same id, the later takes the earlier back, so that one is left.
    pub fn takes_back(&self, other: &Self) -> bool {
        let Some(declared) = &self.raw.declaration else { return false };
        let theirs = other.raw.declaration.as_ref();
        let rival = theirs.is_some_and(|their| their.source_event_id == declared.source_event_id);
        self.identity != other.identity
            && self.raw.source == other.raw.source
            && (&self.raw.carrier, &self.raw.waybill) == (&other.raw.carrier, &other.raw.waybill)
            && other.source_event_ids.contains(&declared.source_event_id)
            && (!rival || self.key() > other.key())
    }

    /// Takes over what the same scan, come again, tells beyond what is known. Answers whether anything was.
    pub fn enrich(&mut self, again: &Self) -> bool {
        let known = self.source_event_ids.len();
        self.source_event_ids.extend(again.source_event_ids.iter().cloned());
        self.raw.enrich(&again.raw) || self.source_event_ids.len() > known
    }
}
