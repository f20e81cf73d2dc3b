//! The fold: all scans of a shipment to what is true of it now. A pure function of the scans that count, the
//! pieces and the moment; nothing of it depends on when or in which order the scans came, but the estimate
//! where no source says when it was made.

use std::collections::{BTreeMap, BTreeSet};

use kefu_kernel::Timestamp;

use super::Shipment;
use super::course::{Course, is_actual};
use crate::code_map::domain::Reasons;
use crate::domain::ids::{PieceId, ScanId};
use crate::domain::words::{
    EventClass, Flags, NextStep, ResponsibleParty, ScanReading, ShipmentFlag, ShipmentStatus,
    TimePrecision,
};
use crate::scan::domain::{AHEAD, RawEstimate, Scan};

/// How many earlier estimates are told.
const ESTIMATES: usize = 50;

/// What is true of a shipment by its scans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Where it is on its journey.
    pub status: ShipmentStatus,
    /// The status in detail; empty where nothing is told.
    pub substatus: String,
    /// Why; empty where nothing is told.
    pub reason: String,
    /// Who has to answer for that.
    pub responsible: Option<ResponsibleParty>,
    /// The scan that decides the status.
    pub deciding: Option<ScanId>,
    /// When what it tells happened; none where its zone is not known.
    pub occurred_at: Option<Timestamp>,
    /// What it asks to be done.
    pub next_step: NextStep,
    /// Whether the customer may be told of it.
    pub customer_visible: bool,
    /// What is true beside the status.
    pub flags: Flags,
    /// How many scans count.
    pub scans: i32,
    /// How often it was not handed over.
    pub attempts: i32,
    /// When the carrier took it.
    pub picked_up_at: Option<Timestamp>,
    /// When the last scan that counts happened.
    pub last_scan_at: Option<Timestamp>,
    /// When it was delivered.
    pub delivered_at: Option<Timestamp>,
    /// When it was delivered, returned, cancelled, lost or destroyed.
    pub ended_at: Option<Timestamp>,
    /// Estimates of its delivery, the latest first.
    pub estimates: Vec<Estimate>,
    /// Who signed for it. Personal data.
    pub signed_by: String,
    /// Where the proof of its delivery is kept. Personal data.
    pub proof_reference: String,
    /// Where each piece is, by id.
    pub pieces: BTreeMap<PieceId, PieceStanding>,
    /// When this comes to something else without a new scan; none: never.
    pub wakes_at: Option<Timestamp>,
}

/// Where a piece is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PieceStanding {
    /// Where it is on its journey.
    pub status: ShipmentStatus,
    /// What is true beside it.
    pub flags: Flags,
}

/// When a delivery is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// The window.
    pub window: RawEstimate,
    /// Who estimated: a system or partner.
    pub source: String,
    /// When.
    pub made_at: Timestamp,
}

impl Default for Standing {
    /// What holds before the first scan.
    fn default() -> Self {
        Self {
            status: ShipmentStatus::Unknown,
            substatus: String::new(),
            reason: String::new(),
            responsible: None,
            deciding: None,
            occurred_at: None,
            next_step: NextStep::None,
            customer_visible: true,
            flags: Flags::new(),
            scans: 0,
            attempts: 0,
            picked_up_at: None,
            last_scan_at: None,
            delivered_at: None,
            ended_at: None,
            estimates: Vec::new(),
            signed_by: String::new(),
            proof_reference: String::new(),
            pieces: BTreeMap::new(),
            wakes_at: None,
        }
    }
}

impl Shipment {
    /// What its scans come to at `now`.
    pub fn fold(&self, now: Timestamp) -> Standing {
        let mut counting: Vec<&Scan> =
            self.scans.iter().filter(|scan| self.counts(scan, now)).collect();
        counting.sort_unstable_by_key(|scan| scan.key());
        let actual: Vec<&Scan> = counting.iter().copied().filter(|scan| is_actual(scan)).collect();
        let courses = self.courses(&actual);
        let mut standing = leading(&courses);
        standing.pieces = self.pieces.iter().map(|piece| piece.id).zip(pieces(&courses)).collect();
        standing.flags = self.flags(&courses, now);
        standing.scans = crate::domain::count(counting.len());
        standing.attempts = attempts(&actual);
        standing.last_scan_at = actual.last().map(|scan| scan.time.ordered_at);
        standing.estimates = estimates(&counting);
        let delivered = |scan: &&&Scan| told(scan) == Some(ShipmentStatus::Delivered);
        let last = |of: fn(&Scan) -> &str| {
            let mut texts = actual.iter().filter(delivered).map(|scan| of(scan));
            texts.rfind(|text| !text.is_empty()).unwrap_or_default().to_owned()
        };
        standing.signed_by = last(|scan| &scan.raw.signed_by);
        standing.proof_reference = last(|scan| &scan.raw.proof_reference);
        standing.wakes_at = self.next_change(&courses, now);
        standing
    }

    /// The course of each piece, in their order.
    fn courses<'a>(&self, actual: &[&'a Scan]) -> Vec<Course<'a>> {
        let of = |piece: Option<PieceId>| {
            let its = |scan: &&&Scan| self.piece_of(scan).is_none_or(|of| Some(of) == piece);
            Course::of(&actual.iter().filter(its).copied().collect::<Vec<_>>())
        };
        if actual.iter().all(|scan| self.piece_of(scan).is_none()) {
            return vec![of(None); self.pieces.len().max(1)];
        }
        self.pieces.iter().map(|piece| of(Some(piece.id))).collect()
    }

    fn flags(&self, courses: &[Course<'_>], now: Timestamp) -> Flags {
        let mut flags: Flags = courses.iter().flat_map(|course| course.flags.clone()).collect();
        let damaged = |course: &Course<'_>| course.flags.contains(&ShipmentFlag::Damaged);
        let alike = courses.windows(2).all(|pair| match pair {
            [one, other] => one.status == other.status && damaged(one) == damaged(other),
            _ => true,
        });
        let conflict =
            courses.iter().any(|course| course.conflict_from.is_some_and(|at| at <= now));
        let derived = [
            (ShipmentFlag::Partial, !alike),
            (ShipmentFlag::Conflict, conflict),
            (ShipmentFlag::UnderTrace, self.traced.open),
            (ShipmentFlag::Damaged, self.traced.damaged),
            (ShipmentFlag::Short, self.traced.short),
        ];
        flags.extend(derived.into_iter().filter_map(|(flag, holds)| holds.then_some(flag)));
        flags
    }

    /// When time alone changes something: a conflict stands long enough, or what was ahead has come.
    fn next_change(&self, courses: &[Course<'_>], now: Timestamp) -> Option<Timestamp> {
        let conflicts = courses.iter().filter_map(|course| course.conflict_from);
        let ahead = self.scans.iter().filter(|scan| scan.taken_back.is_none());
        let ahead = ahead.filter(|scan| scan.reading(now) == ScanReading::Quarantined);
        let due = ahead.map(|scan| scan.time.ordered_at.minus(AHEAD));
        conflicts.chain(due).filter(|at| *at > now).min()
    }
}

/// What the least advanced piece says, of those that still go on to somebody; all given up: one of them.
fn leading(courses: &[Course<'_>]) -> Standing {
    let alive = courses.iter().filter(|course| !course.status.is_gone());
    let least = alive.map(|course| course.status).min();
    let lost = courses.iter().map(|course| course.status).min();
    let status = least.or(lost).unwrap_or(ShipmentStatus::Unknown);
    let at_it = courses.iter().filter(|course| course.status == status);
    let course = at_it.max_by_key(|course| course.deciding.map(Scan::key));
    let deciding = course.and_then(|course| course.deciding);
    let picked_up = courses.iter().filter_map(|course| course.picked_up);
    let mut standing = Standing { status, ..Standing::default() };
    standing.picked_up_at = picked_up.map(|scan| scan.time.ordered_at).min();
    let Some((scan, meaning)) = deciding.and_then(|scan| Some((scan, scan.meaning.as_ref()?)))
    else {
        return standing;
    };
    let reason = Reasons::shipped().get(&meaning.reason);
    standing.substatus.clone_from(&meaning.substatus);
    standing.reason.clone_from(&meaning.reason);
    standing.responsible = reason.map(|reason| reason.responsible);
    standing.customer_visible = reason.is_none_or(|reason| reason.customer_visible);
    standing.next_step = meaning.next_step;
    standing.deciding = Some(scan.id);
    standing.occurred_at = scan.time.occurred_at;
    let at = Some(scan.time.ordered_at);
    standing.ended_at = at.filter(|_| status.is_ended());
    standing.delivered_at = at.filter(|_| status == ShipmentStatus::Delivered);
    standing
}

fn pieces(courses: &[Course<'_>]) -> impl Iterator<Item = PieceStanding> {
    courses
        .iter()
        .map(|course| PieceStanding { status: course.status, flags: course.flags.clone() })
}

fn told(scan: &Scan) -> Option<ShipmentStatus> {
    scan.meaning.as_ref().and_then(|meaning| meaning.status)
}

/// How often it was not handed over: what is told of one instant is one attempt.
fn attempts(actual: &[&Scan]) -> i32 {
    let failed = actual.iter().filter(|scan| told(scan) == Some(ShipmentStatus::AttemptFailed));
    let instants: BTreeSet<Timestamp> = failed.map(|scan| scan.time.ordered_at).collect();
    crate::domain::count(instants.len())
}

/// What was estimated, the latest first; what says the same again is left out.
fn estimates(counting: &[&Scan]) -> Vec<Estimate> {
    let mut all: Vec<Estimate> = counting.iter().filter_map(|scan| estimate(scan)).collect();
    all.sort_by_key(|estimate| estimate.made_at);
    all.dedup_by(|next, before| next.window == before.window && next.source == before.source);
    all.reverse();
    all.truncate(ESTIMATES + 1);
    all
}

/// When a scan expects the delivery: as it says beside what it tells, or as what it tells.
fn estimate(scan: &Scan) -> Option<Estimate> {
    let meaning = scan.meaning.as_ref()?;
    let delivery =
        (meaning.class, meaning.status) == (EventClass::Estimated, Some(ShipmentStatus::Delivered));
    let (at, date_only) = (scan.time.ordered_at, scan.time.precision == TimePrecision::Date);
    let of_itself = delivery.then_some(RawEstimate { from: at, until: at, date_only });
    Some(Estimate {
        window: scan.raw.estimate.or(of_itself)?,
        source: scan.raw.source.clone(),
        made_at: scan.raw.recorded_at.unwrap_or(scan.received_at),
    })
}
