//! WatchClaims: a snapshot, then changes; resumable from any cursor that was sent.

use std::sync::Arc;

use futures::{Stream, TryStreamExt};
use kefu_api_claims::v1::watch_claims_response::Item;
use kefu_api_claims::v1::{
    ClaimChange, ClaimGone, Heartbeat, SnapshotEnd, WatchClaimsRequest, WatchClaimsResponse,
};
use kefu_api_common::wire;
use kefu_kernel::id;
use kefu_outbox::watching::{Told, What};
use kefu_rpc::CallContext;
use kefu_store::page::ListRequest;

use super::encode;
use crate::claim::store::claim;
use crate::claim::store::resource::resource;
use crate::service::Claims;
use crate::{Error, Result};

/// Claims of a snapshot where the caller does not say.
const SNAPSHOT: i32 = 100;

pub async fn run(
    claims: &Claims,
    call: Arc<CallContext>,
    request: WatchClaimsRequest,
) -> Result<impl Stream<Item = Result<WatchClaimsResponse>> + Send + 'static> {
    let page_size = if request.snapshot_limit == 0 { SNAPSHOT } else { request.snapshot_limit };
    let asked = ListRequest { filter: &request.filter, page_size, ..ListRequest::default() };
    let list = claims.pages.list(resource(), &asked)?;
    let told = claims.feed.watch(&call.principal().scope, &list, &request.cursor).await?;
    Ok(told.map_ok(response).map_err(Error::from))
}

fn response(told: Told<claim::Model>) -> WatchClaimsResponse {
    let item = match told.what {
        What::Snapshot(row) => Item::Snapshot(encode::basic_row(&row)),
        What::SnapshotEnd { count, truncated } => {
            Item::SnapshotEnd(SnapshotEnd { count, truncated })
        }
        What::Change { row, types } => {
            Item::Change(ClaimChange { claim: Some(encode::basic_row(&row)), types })
        }
        What::Gone(id) => Item::Gone(ClaimGone { claim_id: id::encode("claim", id) }),
        What::Heartbeat(at) => Item::Heartbeat(Heartbeat { sent_at: Some(wire::timestamp(at)) }),
    };
    WatchClaimsResponse { cursor: told.cursor, item: Some(item) }
}
