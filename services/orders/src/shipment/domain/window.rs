//! Which shipment a number means at which time: carriers use their numbers again.

use std::time::Duration;

use kefu_kernel::Timestamp;

use crate::domain::Error;
use crate::domain::ids::ShipmentId;

/// How long before a number's time scans for it are taken to it: carriers tell of a pickup before anybody
/// registers the shipment.
const BEFORE: Duration = Duration::from_secs(10 * 24 * 3600);

/// A span in which a number means one shipment: from its beginning up to its end, that not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub until: Timestamp,
}

/// What a number of a carrier means, over all time: one row that every command on the number guards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Windows(Vec<(ShipmentId, Window)>);

impl Window {
    /// The span that begins at `from` and lasts as many days as the carrier keeps a number.
    pub fn of_days(from: Timestamp, days: i32) -> Self {
        let days = u64::from(days.unsigned_abs());
        Self { from, until: from.plus(Duration::from_secs(days * 24 * 3600)) }
    }
}

impl Windows {
    /// The windows that are stored.
    pub fn new(windows: impl IntoIterator<Item = (ShipmentId, Window)>) -> Self {
        Self(windows.into_iter().collect())
    }

    /// All of them, by beginning.
    pub fn iter(&self) -> impl Iterator<Item = &(ShipmentId, Window)> {
        self.0.iter()
    }

    /// Takes the number for a shipment.
    ///
    /// # Errors
    ///
    /// [`Error::WaybillTaken`] where it means another one at some time of the span.
    pub fn claim(&mut self, shipment: ShipmentId, window: Window) -> Result<(), Error> {
        let clashes = |held: &Window| held.from < window.until && window.from < held.until;
        let taken = self.0.iter().find(|(of, held)| *of != shipment && clashes(held));
        if let Some((of, _)) = taken {
            return Err(Error::WaybillTaken(*of));
        }
        self.0.retain(|(of, held)| *of != shipment || !clashes(held));
        self.0.push((shipment, window));
        self.0.sort_unstable_by_key(|(_, window)| window.from);
        Ok(())
    }

    /// Ends a shipment's span that holds `at`, because it goes by another number from then on.
    pub fn release(&mut self, shipment: ShipmentId, at: Timestamp) {
        self.0.retain(|(of, held)| *of != shipment || held.from < at);
        for (of, held) in &mut self.0 {
            if *of == shipment && held.until > at {
                held.until = at;
            }
        }
    }

    /// The shipment that a scan of this time belongs to: the one whose span holds it, else the one whose span
    /// begins at most ten days later.
    pub fn owner(&self, at: Timestamp) -> Option<ShipmentId> {
        let holds = |window: &Window| window.from <= at && at < window.until;
        let held = self.0.iter().find(|(_, window)| holds(window));
        let soon = |window: &Window| at < window.from && window.from <= at.plus(BEFORE);
        let next = || self.0.iter().find(|(_, window)| soon(window));
        held.or_else(next).map(|(of, _)| *of)
    }
}
