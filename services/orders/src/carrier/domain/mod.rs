//! A carrier and its rules.
//!
//! - `waybill.rs`: whether a number can be one of a carrier's.
//! - `create.rs`: adding and changing a carrier.

mod create;
pub mod waybill;

#[cfg(test)]
mod tests;

pub use self::create::{New, Patch};
pub use self::waybill::WaybillCheck;

use kefu_kernel::{Head, NewEvent, Zone};

use crate::domain::Error;
use crate::domain::ids::CarrierId;

/// What a verb comes to: the carrier as it becomes, and the events that tell of it.
pub type Decision = Result<(Carrier, Vec<NewEvent>), Error>;

/// Who carries shipments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carrier {
    /// Identity and version.
    pub head: Head,
    /// Its code, unique in the company.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its Standard Carrier Alpha Code; empty: none.
    pub scac: String,
    /// How its numbers are checked.
    pub waybill_check: WaybillCheck,
    /// The fewest characters of a number; 0: any.
    pub waybill_min_length: i32,
    /// The most characters of a number; 0: any.
    pub waybill_max_length: i32,
    /// For how many days a number means the same shipment.
    pub waybill_days: i32,
    /// The zone that its scans are in where they do not say; none: unknown.
    pub time_zone: Option<Zone>,
    /// Whose scans count for more at one instant, codes of sources, the first above the second.
    pub source_priority: Vec<String>,
    /// Whether new shipments may go with it.
    pub active: bool,
}

impl Carrier {
    /// Its id.
    pub fn id(&self) -> CarrierId {
        CarrierId::from(self.head.id)
    }

    /// Refuses a number that cannot be one of its.
    ///
    /// # Errors
    ///
    /// [`Error::WaybillInvalid`].
    pub fn check_waybill(&self, waybill: &str) -> Result<(), Error> {
        let refuse = |why| Err(Error::WaybillInvalid { carrier: self.code.clone(), why });
        let length = i32::try_from(waybill.chars().count()).unwrap_or(i32::MAX);
        if length < self.waybill_min_length {
            return refuse("it is too short");
        }
        if self.waybill_max_length > 0 && length > self.waybill_max_length {
            return refuse("it is too long");
        }
        self.waybill_check.check(waybill).or_else(refuse)
    }

    /// How much a source's scans count at one instant: the more, the higher.
    pub fn priority_of(&self, source: &str) -> i32 {
        let place = self.source_priority.iter().position(|code| code == source);
        place.map_or(0, |place| 1000 - i32::try_from(place).unwrap_or(1000))
    }
}
