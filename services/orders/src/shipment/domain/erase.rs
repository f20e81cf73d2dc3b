//! Overwriting what is personal in a shipment and its scans, because its customer was erased. What was told of
//! it stays: a scan is known by its hash, and comes to the same status.

use kefu_api_events::v1 as events;

use super::change::Change;
use super::{Decision, Shipment};
use crate::domain::Context;
use crate::scan::domain::RawScan;

impl Shipment {
    /// Overwrites every personal text, also of scans that come later. Again is no change.
    ///
    /// # Errors
    ///
    /// None.
    pub fn erase(&self, context: &Context<'_>) -> Decision {
        let mut change = Change::of(self, context);
        change.shipment.erased = true;
        change.shipment.scans.iter_mut().for_each(|scan| scan.raw.erase());
        change.shipment.standing.signed_by.clear();
        change.shipment.standing.proof_reference.clear();
        if change.shipment != *self {
            change.tell(events::ShipmentErased::default());
        }
        change.done()
    }
}

impl RawScan {
    /// Overwrites every personal text of what came.
    pub(crate) fn erase(&mut self) {
        self.raw_text.clear();
        self.signed_by.clear();
        self.proof_reference.clear();
        if let Some(place) = &mut self.place {
            place.raw.clear();
            (place.latitude_e7, place.longitude_e7) = (None, None);
        }
    }
}
