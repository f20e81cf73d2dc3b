//! GetCarrier: one carrier.

use kefu_api_orders::v1::{self, GetCarrierRequest};
use kefu_kernel::{Id, id};
use kefu_store::runner::{Aggregate, NotFound};

use super::convert;
use crate::Result;
use crate::carrier::domain::Carrier;
use crate::domain::ids::CarrierId;
use crate::service::Orders;

pub async fn run(orders: &Orders, request: GetCarrierRequest) -> Result<v1::Carrier> {
    let id: CarrierId = id::read("carrier_id", &request.carrier_id)?;
    let found = Carrier::load(orders.store.reader(), &[id.uuid()]).await?.pop();
    Ok(convert::shown(&found.ok_or(NotFound { kind: "carrier", id: id.uuid() })?))
}
