//! The service's trait: each RPC delegates to the file of its name.

use kefu_api_claims::v1::offers_service_server::OffersService;
use kefu_api_claims::v1::*;
use kefu_rpc::{Answer, command};
use tonic::Request;

use super::*;
use crate::service::Claims;

#[tonic::async_trait]
impl OffersService for Claims {
    async fn make_offer(&self, request: Request<MakeOfferRequest>) -> Answer<MakeOfferResponse> {
        command(request, |call, message| make_offer::run(self, call, message)).await
    }

    async fn record_counter_offer(
        &self,
        request: Request<RecordCounterOfferRequest>,
    ) -> Answer<Claim> {
        command(request, |call, message| record_counter_offer::run(self, call, message)).await
    }

    async fn accept_offer(&self, request: Request<AcceptOfferRequest>) -> Answer<Claim> {
        command(request, |call, message| accept_offer::run(self, call, message)).await
    }

    async fn accept_offer_by_link(
        &self,
        request: Request<AcceptOfferByLinkRequest>,
    ) -> Answer<AcceptOfferByLinkResponse> {
        command(request, |call, message| accept_offer_by_link::run(self, call, message)).await
    }

    async fn reject_offer(&self, request: Request<RejectOfferRequest>) -> Answer<Claim> {
        command(request, |call, message| reject_offer::run(self, call, message)).await
    }

    async fn withdraw_offer(&self, request: Request<WithdrawOfferRequest>) -> Answer<Claim> {
        command(request, |call, message| withdraw_offer::run(self, call, message)).await
    }
}
