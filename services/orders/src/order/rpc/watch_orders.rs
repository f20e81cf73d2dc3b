//! WatchOrders: a snapshot, then changes; resumable from any cursor that was sent.

use std::sync::Arc;

use futures::{Stream, TryStreamExt};
use kefu_api_common::wire;
use kefu_api_orders::v1::watch_orders_response::Item;
use kefu_api_orders::v1::{
    Heartbeat, OrderChange, OrderGone, SnapshotEnd, WatchOrdersRequest, WatchOrdersResponse,
};
use kefu_kernel::id;
use kefu_outbox::watching::{Told, What};
use kefu_rpc::CallContext;
use kefu_store::page::ListRequest;

use super::encode;
use crate::order::store::order;
use crate::order::store::resource::resource;
use crate::service::Orders;
use crate::{Error, Result};

/// Orders of a snapshot where the caller does not say.
const SNAPSHOT: i32 = 100;

pub async fn run(
    orders: &Orders,
    call: Arc<CallContext>,
    request: WatchOrdersRequest,
) -> Result<impl Stream<Item = Result<WatchOrdersResponse>> + Send + 'static> {
    let resource = resource(&orders.types);
    let list = orders.pages.list(
        &resource,
        &ListRequest {
            filter: &request.filter,
            page_size: if request.snapshot_limit == 0 { SNAPSHOT } else { request.snapshot_limit },
            ..ListRequest::default()
        },
    )?;
    let told = orders.feed.watch(&call.principal().scope, &list, &request.cursor).await?;
    Ok(told.map_ok(response).map_err(Error::from))
}

fn response(told: Told<order::Model>) -> WatchOrdersResponse {
    let item = match told.what {
        What::Snapshot(row) => Item::Snapshot(encode::basic(&row)),
        What::SnapshotEnd { count, truncated } => {
            Item::SnapshotEnd(SnapshotEnd { count, truncated })
        }
        What::Change { row, types } => {
            Item::Change(OrderChange { order: Some(encode::basic(&row)), types })
        }
        What::Gone(id) => Item::Gone(OrderGone { order_id: id::encode("order", id) }),
        What::Heartbeat(at) => Item::Heartbeat(Heartbeat { sent_at: Some(wire::timestamp(at)) }),
    };
    WatchOrdersResponse { cursor: told.cursor, item: Some(item) }
}
