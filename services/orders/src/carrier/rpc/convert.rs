//! Carriers as the API shows them, and how their numbers are checked, as requests say it.

use kefu_api_common::wire;
use kefu_api_orders::v1;

use crate::carrier::domain::{Carrier, WaybillCheck};

/// A carrier.
pub fn shown(carrier: &Carrier) -> v1::Carrier {
    let zone = carrier.time_zone.as_ref();
    v1::Carrier {
        id: carrier.id().to_string(),
        etag: carrier.head.etag(),
        code: carrier.code.clone(),
        name: carrier.name.clone(),
        scac: carrier.scac.clone(),
        waybill_check: to_wire(carrier.waybill_check).into(),
        waybill_min_length: carrier.waybill_min_length,
        waybill_max_length: carrier.waybill_max_length,
        waybill_days: carrier.waybill_days,
        time_zone: zone.map(|zone| zone.name().to_owned()).unwrap_or_default(),
        source_priority: carrier.source_priority.clone(),
        active: carrier.active,
        created_at: Some(wire::timestamp(carrier.head.created_at)),
        updated_at: Some(wire::timestamp(carrier.head.updated_at)),
    }
}

/// How numbers are checked; unspecified: not at all.
pub fn check(number: i32) -> WaybillCheck {
    let all = WaybillCheck::ALL.iter().copied();
    all.into_iter().find(|check| i32::from(to_wire(*check)) == number).unwrap_or(WaybillCheck::None)
}

fn to_wire(check: WaybillCheck) -> v1::WaybillCheck {
    match check {
        WaybillCheck::None => v1::WaybillCheck::None,
        WaybillCheck::S10 => v1::WaybillCheck::S10,
        WaybillCheck::Sscc => v1::WaybillCheck::Sscc,
        WaybillCheck::AirWaybill => v1::WaybillCheck::AirWaybill,
        WaybillCheck::Luhn => v1::WaybillCheck::Luhn,
        WaybillCheck::Mod7 => v1::WaybillCheck::Mod7,
        WaybillCheck::Ups1z => v1::WaybillCheck::Ups1z,
    }
}
