//! What members of the staff say of a shipment: kept as scans of theirs, which can be taken back like any.

use kefu_kernel::Timestamp;

use super::change::Change;
use super::{Decision, Shipment};
use crate::code_map::domain::{Meaning, Reasons};
use crate::domain::ids::ScanId;
use crate::domain::words::{EventClass, Flags, NextStep, ScanFormat, ShipmentFlag, ShipmentStatus};
use crate::domain::{Context, Error, not_ahead};
use crate::scan::domain::{Identify, RawScan, RawTime, Scan};

/// The source of what members of the staff say.
const STAFF: &str = "staff";

/// Where a shipment is indeed, whatever carriers tell.
#[derive(Clone, Debug)]
pub struct Override {
    /// The id of the scan that it is kept as.
    pub id: ScanId,
    /// Where it is.
    pub status: ShipmentStatus,
    /// Why it is there; empty: nothing is told.
    pub reason: String,
    /// Since when; none: now.
    pub occurred_at: Option<Timestamp>,
    /// From where it is known. Personal data.
    pub note: String,
}

impl Shipment {
    /// Calls off what the carrier does not have yet.
    ///
    /// # Errors
    ///
    /// [`Error::ShipmentEnded`], [`Error::ShipmentUnderWay`].
    pub fn cancel(
        &self,
        context: &Context<'_>,
        id: ScanId,
        reason: &str,
        identify: Identify<'_>,
    ) -> Decision {
        let mut change = Change::begin(self, context)?;
        let status = self.standing.status;
        if status.is_under_way() {
            return Err(Error::ShipmentUnderWay { shipment: self.id(), status });
        }
        let (at, called_off) = (change.now, ShipmentStatus::Cancelled);
        let mut raw = self.of_staff(called_off.name(), at);
        raw.raw_reason = reason.to_owned();
        let meaning = meaning(called_off, "called_off", String::new(), Flags::new());
        change.ingest(vec![Scan::of_staff(id, raw, meaning, at, identify, at)]);
        change.done()
    }

    /// Says where it is against what carriers tell: outranks theirs of the same time or before.
    ///
    /// # Errors
    ///
    /// A reason that there is not; a moment that has not come yet.
    pub fn override_status(
        &self,
        context: &Context<'_>,
        said: Override,
        identify: Identify<'_>,
    ) -> Decision {
        if !said.reason.is_empty() && Reasons::shipped().get(&said.reason).is_none() {
            return Err(Error::unknown("reason", &said.reason));
        }
        let mut change = Change::of(self, context);
        let at = said.occurred_at.unwrap_or(change.now);
        not_ahead("occurred_at", at, change.now)?;
        let mut raw = self.of_staff(said.status.name(), at);
        raw.raw_reason.clone_from(&said.reason);
        raw.raw_text = said.note;
        let flags = Flags::from([ShipmentFlag::Overridden]);
        let meaning = meaning(said.status, "", said.reason, flags);
        change.ingest(vec![Scan::of_staff(said.id, raw, meaning, at, identify, change.now)]);
        change.done()
    }

    fn of_staff(&self, code: &str, at: Timestamp) -> RawScan {
        RawScan {
            source: STAFF.to_owned(),
            carrier: self.carrier.clone(),
            waybill: self.waybill.clone(),
            piece_label: String::new(),
            source_event_id: String::new(),
            format: ScanFormat::Manual,
            raw_code: code.to_owned(),
            raw_reason: String::new(),
            raw_text: String::new(),
            time: RawTime::Instant(at),
            precision: None,
            recorded_at: None,
            class: Some(EventClass::Actual),
            place: None,
            signed_by: String::new(),
            proof_reference: String::new(),
            cash_collected: None,
            estimate: None,
            pieces: 0,
            weight_grams: 0,
            declaration: None,
        }
    }
}

fn meaning(status: ShipmentStatus, substatus: &str, reason: String, sets: Flags) -> Meaning {
    let asked = Reasons::shipped().get(&reason).map_or(NextStep::None, |reason| reason.next_step);
    Meaning {
        class: EventClass::Actual,
        status: Some(status),
        substatus: substatus.to_owned(),
        reason,
        reason_unknown: false,
        sets,
        clears: Flags::new(),
        next_step: asked,
    }
}
