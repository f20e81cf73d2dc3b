//! A shipment: what a carrier carries under one number, in one or more pieces, and what was told of it.
//!
//! Its status is never set: it is the fold of its scans, which comes to the same in whatever order, however
//! often and however late they came (the tests shuffle and look).
//!
//! - `fold.rs`, `course.rs`: scans to status, flags, reason, times and estimates.
//! - `ingest.rs`: scans that come, come again, or take others back.
//! - `create.rs`, `update.rs`, `staff.rs`, `erase.rs`: its verbs.
//! - `window.rs`: which shipment a number means at which time.

mod change;
mod course;
mod create;
mod erase;
mod facts;
mod fold;
mod ingest;
mod staff;
mod update;
pub mod window;

#[cfg(test)]
mod tests;

use kefu_kernel::{Head, Money, NewEvent, Timestamp};

use crate::domain::Error;
use crate::domain::ids::{BranchId, CustomerId, OrderId, PieceId, ScanId, ShipmentId};
use crate::scan::domain::Scan;

pub use self::create::{New, NewPiece, OrderOf};
pub use self::fold::{Estimate, PieceStanding, Standing};
pub use self::ingest::Intake;
pub use self::staff::Override;
pub use self::update::{NewNumber, Patch};
pub use self::window::{Window, Windows};

/// What a verb comes to: the shipment as it becomes, and the events that tell of it, in order. No events:
/// nothing changed.
pub type Decision = Result<(Shipment, Vec<NewEvent>), Error>;

/// What a carrier carries under one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shipment {
    /// Identity, version, branch.
    pub head: Head,
    /// The order it fulfils; none: it is only tracked.
    pub order: Option<OrderId>,
    /// Whose it is.
    pub customer: Option<CustomerId>,
    /// The carrier's code.
    pub carrier: String,
    /// Its number at the carrier.
    pub waybill: String,
    /// When the number means this shipment.
    pub window: Window,
    /// The system that registered it; empty: nobody's.
    pub source: String,
    /// Its id there.
    pub external_id: Option<String>,
    /// The code of the carrier's service; empty: unknown.
    pub service: String,
    /// The code of the place it begins at; empty: unknown.
    pub origin_code: String,
    /// The code of the place it goes to; empty: unknown.
    pub destination_code: String,
    /// What the receiver has to pay.
    pub cod: Option<Money>,
    /// By when its delivery was promised.
    pub promised_until: Option<Timestamp>,
    /// Its pieces, in order; never empty.
    pub pieces: Vec<Piece>,
    /// Numbers that it went by before, oldest first.
    pub former_waybills: Vec<FormerWaybill>,
    /// What traces of it have come to.
    pub traced: Traced,
    /// Whose it is was erased: of what is told from then on nothing personal is kept.
    pub erased: bool,
    /// Registered as history.
    pub historic: bool,
    /// Who registered it: a principal's id.
    pub created_by: String,
    /// Everything that was told of it, those that do not count too, in no order.
    pub scans: Vec<Scan>,
    /// What the scans come to.
    pub standing: Standing,
}

/// One package of a shipment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its id.
    pub id: PieceId,
    /// What stands on its label; empty: the waybill alone.
    pub label: String,
    /// The lines of the order that are in it, by number.
    pub goods_lines: Vec<i32>,
    /// How heavy it is, in grams; 0: not weighed.
    pub weight_grams: i64,
    /// Its length in millimetres; 0: not measured.
    pub length_mm: i32,
    /// Its width in millimetres; 0: not measured.
    pub width_mm: i32,
    /// Its height in millimetres; 0: not measured.
    pub height_mm: i32,
}

/// A number that a shipment went by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerWaybill {
    /// The carrier's code.
    pub carrier: String,
    /// The number.
    pub waybill: String,
    /// Until when.
    pub until: Timestamp,
    /// The code of why it goes by another.
    pub reason: String,
}

/// What traces of a shipment have come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traced {
    /// Whether one is open.
    pub open: bool,
    /// Whether one concluded that it is damaged.
    pub damaged: bool,
    /// Whether one concluded that part of it is missing.
    pub short: bool,
}

impl Shipment {
    /// Its id.
    pub fn id(&self) -> ShipmentId {
        ShipmentId::from(self.head.id)
    }

    /// The branch it belongs to.
    pub fn branch(&self) -> Option<BranchId> {
        self.head.branch.map(BranchId::from)
    }

    /// One of its scans.
    pub fn scan(&self, id: ScanId) -> Option<&Scan> {
        self.scans.iter().find(|scan| scan.id == id)
    }

    /// The piece that a scan is of; none: the whole shipment, also where no piece has that label.
    pub fn piece_of(&self, scan: &Scan) -> Option<PieceId> {
        let label = &scan.raw.piece_label;
        let named = self.pieces.iter().find(|piece| !label.is_empty() && piece.label == *label);
        named.map(|piece| piece.id)
    }

    /// Whether a scan counts for its status now.
    pub fn counts(&self, scan: &Scan, now: Timestamp) -> bool {
        scan.counts(&self.carrier, &self.waybill, now)
    }

    /// When its scans come to something else without a new one, for a durable timer that then calls
    /// [`Shipment::refold`].
    pub fn wakes_at(&self) -> Option<Timestamp> {
        self.standing.wakes_at
    }
}
