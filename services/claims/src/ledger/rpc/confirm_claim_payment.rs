//! ConfirmClaimPayment: the bank carried a payment out. The same reference posts once, over all claims.

use kefu_api_claims::v1::{ClaimPaymentResponse, ConfirmClaimPaymentRequest};
use kefu_api_common::wire;
use kefu_kernel::{Call, id};
use kefu_store::Work;

use super::{decode, encode};
use crate::Result;
use crate::claim::domain::Claim;
use crate::claim::rpc::decode as of_claims;
use crate::domain::context::Context;
use crate::domain::ids::PaymentId;
use crate::ledger::domain::payment::Confirmed;
use crate::service::{Claims, Seen};

pub async fn run(
    claims: &Claims,
    call: Call,
    request: ConfirmClaimPaymentRequest,
) -> Result<ClaimPaymentResponse> {
    let payment: PaymentId = id::read("payment_id", &request.payment_id)?;
    let claim = decode::claim_of(claims, &call.principal.scope, payment).await?;
    let seen = Seen::any(claim).with_reference(&request.source, &request.external_id)?;
    let told = Confirmed {
        payment,
        source: request.source,
        external_id: request.external_id,
        paid_at: request.paid_at.as_ref().map(wire::instant),
        amount: of_claims::amount(request.amount)?,
    };
    let rule = move |claim: &Claim, context: &Context<'_>, _: &Work<'_>| {
        Ok(claim.confirm_payment(context, told.clone())?)
    };
    let reply = move |claim: &Claim, _: &Work<'_>| encode::payment_response(claim, Some(payment));
    claims.run(call, seen, rule, reply).await
}
