//! FailClaimPayment: a payment was not carried out, came back, or is called off.

use kefu_api_claims::v1::{ClaimPaymentResponse, FailClaimPaymentRequest};
use kefu_kernel::{Call, id};
use kefu_store::Work;

use super::{decode, encode};
use crate::Result;
use crate::claim::domain::Claim;
use crate::domain::context::Context;
use crate::domain::ids::PaymentId;
use crate::service::{Claims, Seen};

pub async fn run(
    claims: &Claims,
    call: Call,
    request: FailClaimPaymentRequest,
) -> Result<ClaimPaymentResponse> {
    let payment: PaymentId = id::read("payment_id", &request.payment_id)?;
    let claim = decode::claim_of(claims, &call.principal.scope, payment).await?;
    let (reason, cancelled) = (request.reason, request.cancelled);
    let rule = move |claim: &Claim, context: &Context<'_>, _: &Work<'_>| {
        Ok(claim.fail_payment(context, payment, &reason, cancelled)?)
    };
    let reply = move |claim: &Claim, _: &Work<'_>| encode::payment_response(claim, Some(payment));
    claims.run(call, Seen::any(claim), rule, reply).await
}
