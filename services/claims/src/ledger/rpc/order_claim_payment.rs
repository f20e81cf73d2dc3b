//! OrderClaimPayment: orders a payment out of what is granted and set aside.

use kefu_api_claims::v1::{ClaimPaymentResponse, OrderClaimPaymentRequest};
use kefu_kernel::{Call, id};
use kefu_store::Work;

use super::{decode, encode};
use crate::Result;
use crate::claim::domain::Claim;
use crate::claim::rpc::decode as of_claims;
use crate::domain::context::Context;
use crate::ledger::domain::payment::Order;
use crate::service::{Claims, Seen};

pub async fn run(
    claims: &Claims,
    call: Call,
    request: OrderClaimPaymentRequest,
) -> Result<ClaimPaymentResponse> {
    let seen = Seen::of(&request.claim_id, &request.etag)?.with_shipment(claims).await?;
    let order = Order {
        exposure: id::read("exposure_id", &request.exposure_id)?,
        amount: of_claims::amount(request.amount)?,
        payee: id::read_optional("payee_id", request.payee_id.as_deref())?,
        conversion: decode::conversion(request.conversion)?,
    };
    let rule = move |claim: &Claim, context: &Context<'_>, _: &Work<'_>| {
        Ok(claim.order_payment(context, &order)?)
    };
    let reply = |claim: &Claim, _: &Work<'_>| encode::payment_response(claim, None);
    claims.run(call, seen, rule, reply).await
}
