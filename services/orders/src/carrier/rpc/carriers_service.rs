//! The service's trait: each RPC delegates to the file of its name.

use kefu_api_orders::v1::carriers_service_server::CarriersService;
use kefu_api_orders::v1::*;
use kefu_rpc::{Answer, command, query};
use tonic::Request;

use super::*;
use crate::service::Orders;

#[tonic::async_trait]
impl CarriersService for Orders {
    async fn create_carrier(&self, request: Request<CreateCarrierRequest>) -> Answer<Carrier> {
        command(request, |call, message| create_carrier::run(self, call, message)).await
    }

    async fn get_carrier(&self, request: Request<GetCarrierRequest>) -> Answer<Carrier> {
        query(request, |_, message| get_carrier::run(self, message)).await
    }

    async fn list_carriers(
        &self,
        request: Request<ListCarriersRequest>,
    ) -> Answer<ListCarriersResponse> {
        query(request, |_, message| list_carriers::run(self, message)).await
    }

    async fn update_carrier(&self, request: Request<UpdateCarrierRequest>) -> Answer<Carrier> {
        command(request, |call, message| update_carrier::run(self, call, message)).await
    }
}
