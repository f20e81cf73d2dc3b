//! Adding and changing a carrier.

use kefu_api_events::{event, v1 as events};
use kefu_kernel::{Head, Id, NewEvent, Zone};

use super::{Carrier, Decision, WaybillCheck};
use crate::domain::ids::CarrierId;
use crate::domain::{Context, Error};

/// For how many days a number means the same shipment, where nobody says.
const WAYBILL_DAYS: i32 = 120;

/// What is known of a new carrier.
#[derive(Clone, Debug)]
pub struct New {
    /// Its id.
    pub id: CarrierId,
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
    /// For how many days a number means the same shipment; 0 stands for 120.
    pub waybill_days: i32,
    /// IANA name of the zone of its scans; empty: unknown.
    pub time_zone: String,
    /// Whose scans count for more.
    pub source_priority: Vec<String>,
}

/// Which fields become what; none: as it is.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    /// Its name; never empty.
    pub name: Option<String>,
    /// Its Standard Carrier Alpha Code.
    pub scac: Option<String>,
    /// How its numbers are checked.
    pub waybill_check: Option<WaybillCheck>,
    /// The fewest characters of a number.
    pub waybill_min_length: Option<i32>,
    /// The most characters of a number.
    pub waybill_max_length: Option<i32>,
    /// For how many days a number means the same shipment; 0 stands for 120.
    pub waybill_days: Option<i32>,
    /// IANA name of the zone of its scans.
    pub time_zone: Option<String>,
    /// Whose scans count for more.
    pub source_priority: Option<Vec<String>>,
    /// Whether new shipments may go with it.
    pub active: Option<bool>,
}

impl Carrier {
    /// Adds a carrier, active.
    ///
    /// # Errors
    ///
    /// An unknown zone; lengths that contradict each other.
    pub fn create(context: &Context<'_>, new: New) -> Decision {
        let carrier = Self {
            head: Head::new(new.id.uuid(), None, context.now),
            code: new.code,
            name: new.name,
            scac: new.scac,
            waybill_check: new.waybill_check,
            waybill_min_length: new.waybill_min_length,
            waybill_max_length: new.waybill_max_length,
            waybill_days: days(new.waybill_days),
            time_zone: zone(&new.time_zone)?,
            source_priority: new.source_priority,
            active: true,
        };
        carrier.check_lengths("waybill_max_length")?;
        let (carrier_id, facts) = (carrier.id().to_string(), Some(carrier.facts()));
        let told = event(&events::CarrierCreated { carrier_id, facts }, Vec::<String>::new());
        Ok((carrier, vec![told]))
    }

    /// Changes fields. What becomes what it is already is no change.
    ///
    /// # Errors
    ///
    /// As [`Carrier::create`]; a name that would be cleared.
    pub fn update(&self, patch: Patch) -> Decision {
        if patch.name.as_ref().is_some_and(String::is_empty) {
            return Err(Error::invalid("carrier.name", "required", "cannot be cleared"));
        }
        let mut now = self.clone();
        set(&mut now.name, patch.name);
        set(&mut now.scac, patch.scac);
        set(&mut now.waybill_check, patch.waybill_check);
        set(&mut now.waybill_min_length, patch.waybill_min_length);
        set(&mut now.waybill_max_length, patch.waybill_max_length);
        set(&mut now.waybill_days, patch.waybill_days.map(days));
        set(&mut now.source_priority, patch.source_priority);
        set(&mut now.active, patch.active);
        if let Some(name) = patch.time_zone {
            now.time_zone = zone(&name)?;
        }
        now.check_lengths("carrier.waybill_max_length")?;
        let told = now.tell_update(self);
        Ok((now, told.into_iter().collect()))
    }

    fn tell_update(&self, before: &Self) -> Option<NewEvent> {
        let changed: Vec<&str> = [
            ("name", self.name != before.name),
            ("scac", self.scac != before.scac),
            ("waybill_check", self.waybill_check != before.waybill_check),
            ("waybill_min_length", self.waybill_min_length != before.waybill_min_length),
            ("waybill_max_length", self.waybill_max_length != before.waybill_max_length),
            ("waybill_days", self.waybill_days != before.waybill_days),
            ("time_zone", self.time_zone != before.time_zone),
            ("source_priority", self.source_priority != before.source_priority),
            ("active", self.active != before.active),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect();
        let (carrier_id, facts) = (self.id().to_string(), Some(self.facts()));
        let payload = events::CarrierUpdated { carrier_id, facts };
        (!changed.is_empty()).then(|| event(&payload, changed))
    }

    fn facts(&self) -> events::CarrierFacts {
        let (code, active, waybill_days) = (self.code.clone(), self.active, self.waybill_days);
        events::CarrierFacts { code, active, waybill_days }
    }

    fn check_lengths(&self, field: &str) -> Result<(), Error> {
        if self.waybill_max_length > 0 && self.waybill_max_length < self.waybill_min_length {
            return Err(Error::invalid(field, "range", "is not under the fewest characters"));
        }
        Ok(())
    }
}

fn days(given: i32) -> i32 {
    if given == 0 { WAYBILL_DAYS } else { given }
}

fn zone(name: &str) -> Result<Option<Zone>, Error> {
    if name.is_empty() { Ok(None) } else { Ok(Some(Zone::named(name)?)) }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}
