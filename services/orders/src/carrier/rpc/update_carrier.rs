//! UpdateCarrier: changes fields; conflicts only where one of them changed since.

use kefu_api_common::{Paths, Update};
use kefu_api_orders::v1::{self, CarrierPatch, UpdateCarrierRequest};
use kefu_kernel::{Call, Id, id};
use kefu_store::runner::{Aggregate, Needs, Work};

use super::convert;
use super::create_carrier::check_free;
use crate::carrier::domain::{Carrier, Patch};
use crate::carrier::store::SCAC_KEY;
use crate::domain::ids::CarrierId;
use crate::service::Orders;
use crate::{Error, Result};

pub async fn run(
    orders: &Orders,
    call: Call,
    request: UpdateCarrierRequest,
) -> Result<v1::Carrier> {
    let id: CarrierId = id::read("carrier_id", &request.carrier_id)?;
    let paths = request.paths();
    let mut needs = Needs::default();
    needs.load::<Carrier>(id.uuid()).etag_for(&request.etag, paths.iter());
    let patch = patch(&paths, request.carrier.unwrap_or_default());
    // The SCAC that it had is released by its name, so that is asked for, too.
    let known = Carrier::load(orders.store.reader(), &[id.uuid()]).await?.pop();
    let had = known.map(|carrier| carrier.scac).unwrap_or_default();
    for scac in patch.scac.iter().chain([&had]).filter(|scac| !scac.is_empty()) {
        needs.key::<Carrier>(SCAC_KEY, scac);
    }
    let decide = move |work: &mut Work<'_>| {
        let before = work.get::<Carrier>(id.uuid())?;
        let (after, told) = before.update(patch.clone())?;
        let after = work.save(after, told);
        if after.scac != before.scac {
            check_free(work, SCAC_KEY, &after.scac)?;
            if before.scac == had && !had.is_empty() {
                work.release(SCAC_KEY, &had, id.uuid());
            }
            if !after.scac.is_empty() {
                work.claim(SCAC_KEY, &after.scac, id.uuid())?;
            }
        }
        Ok::<_, Error>(convert::shown(&after))
    };
    Ok(orders.runner.run_with(call, needs, decide).await?.reply)
}

fn patch(paths: &Paths, given: CarrierPatch) -> Patch {
    let text = |field: &str, value: String| paths.has(field).then_some(value);
    let number = |field: &str, value: i32| paths.has(field).then_some(value);
    Patch {
        name: text("name", given.name),
        scac: text("scac", given.scac),
        waybill_check: number("waybill_check", given.waybill_check).map(convert::check),
        waybill_min_length: number("waybill_min_length", given.waybill_min_length),
        waybill_max_length: number("waybill_max_length", given.waybill_max_length),
        waybill_days: number("waybill_days", given.waybill_days),
        time_zone: text("time_zone", given.time_zone),
        source_priority: paths.has("source_priority").then_some(given.source_priority),
        active: paths.has("active").then_some(given.active),
    }
}
