//! GetClaimBalances: what a claim's money comes to, from the ledger.

use std::sync::Arc;

use kefu_api_claims::v1::{ClaimBalances, GetClaimBalancesRequest};
use kefu_kernel::id;
use kefu_rpc::CallContext;

use super::encode;
use crate::Result;
use crate::claim::rpc::get_claim;
use crate::service::Claims;

pub async fn run(
    claims: &Claims,
    call: Arc<CallContext>,
    request: GetClaimBalancesRequest,
) -> Result<ClaimBalances> {
    let id = id::read("claim_id", &request.claim_id)?;
    Ok(encode::balances(&get_claim::whole(claims, &call, id).await?))
}
