//! GetClaimPayment: one payment.

use std::sync::Arc;

use kefu_api_claims::v1::{ClaimPayment, GetClaimPaymentRequest};
use kefu_kernel::{Id, id};
use kefu_rpc::CallContext;
use kefu_store::NotFound;

use super::{decode, encode};
use crate::Result;
use crate::claim::rpc::get_claim;
use crate::domain::ids::PaymentId;
use crate::service::Claims;

pub async fn run(
    claims: &Claims,
    call: Arc<CallContext>,
    request: GetClaimPaymentRequest,
) -> Result<ClaimPayment> {
    let id: PaymentId = id::read("payment_id", &request.payment_id)?;
    let claim = decode::claim_of(claims, &call.principal().scope, id).await?;
    let claim = get_claim::whole(claims, &call, claim).await?;
    let found = encode::payment_of(&claim, id);
    Ok(found.ok_or(NotFound { kind: PaymentId::PREFIX, id: id.uuid() })?)
}
