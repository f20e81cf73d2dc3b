//! One step of a shipment in the making: the state as it becomes, and the events told so far.

use kefu_api_events::wire::timestamp;
use kefu_api_events::{FactsEvent, Tale, v1 as events};
use kefu_kernel::Timestamp;

use super::{Decision, Shipment, Standing};
use crate::domain::ids::ScanId;
use crate::domain::{Context, Error};

/// A shipment that is being changed.
pub(super) struct Change {
    /// The present moment; never before the shipment's last event, whichever process recorded it.
    pub(super) now: Timestamp,
    /// The shipment as it becomes.
    pub(super) shipment: Shipment,
    tale: Tale<Shipment>,
}

impl Change {
    /// Begins with a shipment as it is.
    pub(super) fn of(shipment: &Shipment, context: &Context<'_>) -> Self {
        Self::with(shipment.clone(), Tale::of(shipment), context)
    }

    /// Begins with a shipment that has not ended.
    ///
    /// # Errors
    ///
    /// [`Error::ShipmentEnded`].
    pub(super) fn begin(shipment: &Shipment, context: &Context<'_>) -> Result<Self, Error> {
        let status = shipment.standing.status;
        if status.is_ended() {
            return Err(Error::ShipmentEnded { shipment: shipment.id(), status });
        }
        Ok(Self::of(shipment, context))
    }

    /// Begins with a shipment that comes into being: nothing was before its first event.
    pub(super) fn new(shipment: Shipment, context: &Context<'_>) -> Self {
        Self::with(shipment, Tale::of_new(), context)
    }

    fn with(shipment: Shipment, tale: Tale<Shipment>, context: &Context<'_>) -> Self {
        let now = context.now.max(shipment.head.updated_at);
        Self { now, shipment, tale }
    }

    /// Tells an event: everything that changed since the one before.
    pub(super) fn tell(&mut self, payload: impl FactsEvent<Facts = events::ShipmentFacts>) {
        self.tale.tell(&self.shipment, Vec::new(), payload);
    }

    /// Counts the scans anew, and leaves what they come to for [`Change::settle`]; so that each scan is told
    /// before the status that it moves.
    pub(super) fn recount(&mut self) -> Standing {
        let folded = self.shipment.fold(self.now);
        let standing = &mut self.shipment.standing;
        (standing.scans, standing.attempts) = (folded.scans, folded.attempts);
        standing.last_scan_at = folded.last_scan_at;
        folded
    }

    /// Takes over what the scans come to, and tells each way in which it is another: status, flags, estimate.
    /// `by` is the scan that brought it about, where one did.
    pub(super) fn settle(&mut self, folded: Standing, by: Option<ScanId>) {
        let was = self.shipment.standing.clone();
        let status = |of: &Standing| (of.status, of.substatus.clone(), of.reason.clone());
        let moved = status(&was) != status(&folded);
        let (flags, flagged) = (folded.flags.clone(), folded.flags != was.flags);
        let (estimates, former) = (folded.estimates.clone(), was.estimates.clone());
        let estimated = estimates.first() != former.first();
        self.shipment.standing = Standing { flags: was.flags, estimates: former, ..folded };
        if moved {
            let standing = &self.shipment.standing;
            let payload = events::ShipmentStatusChanged {
                scan_id: standing.deciding.map(|scan| scan.to_string()),
                occurred_at: standing.occurred_at.map(timestamp),
                next_step: standing.next_step.to_wire(),
                customer_visible: standing.customer_visible,
                ..Default::default()
            };
            self.tell(payload);
        }
        self.shipment.standing.flags = flags;
        if flagged {
            let scan_id = by.map(|scan| scan.to_string());
            self.tell(events::ShipmentFlagsChanged { scan_id, ..Default::default() });
        }
        self.shipment.standing.estimates = estimates;
        if estimated {
            self.tell_estimate();
        }
    }

    fn tell_estimate(&mut self) {
        let latest = self.shipment.standing.estimates.first();
        let payload =
            latest.map_or_else(Default::default, |latest| events::ShipmentEstimateChanged {
                estimated_from: Some(timestamp(latest.window.from)),
                source: latest.source.clone(),
                made_at: Some(timestamp(latest.made_at)),
                ..Default::default()
            });
        self.tell(payload);
    }

    /// The end of the step. What no event of its own tells is told as an update of the fields.
    pub(super) fn done(mut self) -> Decision {
        if self.tale.told().is_some_and(|told| *told != self.shipment) {
            self.tell(events::ShipmentUpdated::default());
        }
        Ok((self.shipment, self.tale.into_events()))
    }
}
