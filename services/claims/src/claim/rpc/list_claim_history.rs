//! ListClaimHistory: the claim's events, each with what it changed.

use std::sync::Arc;

use kefu_api_claims::v1::{ListClaimHistoryRequest, ListClaimHistoryResponse};
use kefu_api_events::v1::ClaimFacts;
use kefu_kernel::id;
use kefu_outbox::{HistoryRequest, history};
use kefu_rpc::CallContext;

use super::get_claim;
use crate::Result;
use crate::domain::ids::ClaimId;
use crate::service::Claims;

pub async fn run(
    claims: &Claims,
    call: Arc<CallContext>,
    request: ListClaimHistoryRequest,
) -> Result<ListClaimHistoryResponse> {
    let id: ClaimId = id::read("claim_id", &request.claim_id)?;
    get_claim::seen(claims, &call, id).await?;
    let asked = HistoryRequest {
        id,
        order_by: &request.order_by,
        page_size: request.page_size,
        page_token: &request.page_token,
        full: true,
    };
    let page =
        history::<ClaimFacts, _>(&claims.store, &claims.pages, call.principal(), &asked).await?;
    Ok(ListClaimHistoryResponse { entries: page.entries, next_page_token: page.next_page_token })
}
