//! CreateCarrier: adds a carrier, active. Its code and its SCAC are nobody else's.

use kefu_api_orders::v1::{self, CreateCarrierRequest};
use kefu_kernel::Call;
use kefu_store::runner::{Needs, Work};

use super::convert;
use crate::carrier::domain::{Carrier, New};
use crate::carrier::store::{CODE_KEY, SCAC_KEY};
use crate::domain::Error as Refused;
use crate::domain::ids::CarrierId;
use crate::service::Orders;
use crate::{Error, Result};

pub async fn run(
    orders: &Orders,
    call: Call,
    request: CreateCarrierRequest,
) -> Result<v1::Carrier> {
    let mut needs = Needs::default();
    needs.key::<Carrier>(CODE_KEY, &request.code);
    if !request.scac.is_empty() {
        needs.key::<Carrier>(SCAC_KEY, &request.scac);
    }
    let this = orders.clone();
    let decide = move |work: &mut Work<'_>| {
        let new = new(CarrierId::from(work.new_id()), request.clone());
        check_free(work, CODE_KEY, &new.code)?;
        check_free(work, SCAC_KEY, &new.scac)?;
        let (carrier, told) = Carrier::create(&this.context(work), new)?;
        let carrier = work.save(carrier, told);
        work.claim(CODE_KEY, &carrier.code, carrier.head.id)?;
        if !carrier.scac.is_empty() {
            work.claim(SCAC_KEY, &carrier.scac, carrier.head.id)?;
        }
        Ok::<_, Error>(convert::shown(&carrier))
    };
    Ok(orders.runner.run_with(call, needs, decide).await?.reply)
}

/// Refuses a code that another carrier has.
pub(super) fn check_free(
    work: &Work<'_>,
    kind: &'static str,
    code: &str,
) -> std::result::Result<(), Refused> {
    if code.is_empty() {
        return Ok(());
    }
    match work.key(kind, code) {
        Some(by) => Err(Refused::CodeTaken(CarrierId::from(by))),
        None => Ok(()),
    }
}

fn new(id: CarrierId, request: CreateCarrierRequest) -> New {
    New {
        id,
        code: request.code,
        name: request.name,
        scac: request.scac,
        waybill_check: convert::check(request.waybill_check),
        waybill_min_length: request.waybill_min_length,
        waybill_max_length: request.waybill_max_length,
        waybill_days: request.waybill_days,
        time_zone: request.time_zone,
        source_priority: request.source_priority,
    }
}
