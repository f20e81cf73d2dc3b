//! The service's trait: each RPC delegates to the file of its name.

use std::future::ready;

use kefu_api_orders::v1::orders_service_server::OrdersService;
use kefu_api_orders::v1::*;
use kefu_rpc::{Answer, Replies, command, query, watch};
use tonic::Request;

use super::*;
use crate::Error;
use crate::service::Orders;

#[tonic::async_trait]
impl OrdersService for Orders {
    async fn create_order(&self, request: Request<CreateOrderRequest>) -> Answer<Order> {
        command(request, |call, message| create_order::run(self, call, message)).await
    }

    async fn get_order(&self, request: Request<GetOrderRequest>) -> Answer<Order> {
        query(request, |call, message| get_order::run(self, call, message)).await
    }

    async fn list_orders(&self, request: Request<ListOrdersRequest>) -> Answer<ListOrdersResponse> {
        query(request, |call, message| list_orders::run(self, call, message)).await
    }

    async fn update_order(&self, request: Request<UpdateOrderRequest>) -> Answer<Order> {
        command(request, |call, message| update_order::run(self, call, message)).await
    }

    async fn record_order_check(&self, request: Request<RecordOrderCheckRequest>) -> Answer<Order> {
        command(request, |call, message| record_order_check::run(self, call, message)).await
    }

    async fn confirm_order(&self, request: Request<ConfirmOrderRequest>) -> Answer<Order> {
        command(request, |call, message| confirm_order::run(self, call, message)).await
    }

    async fn hand_over_order(&self, request: Request<HandOverOrderRequest>) -> Answer<Order> {
        command(request, |call, message| hand_over_order::run(self, call, message)).await
    }

    async fn cancel_order(&self, request: Request<CancelOrderRequest>) -> Answer<Order> {
        command(request, |call, message| cancel_order::run(self, call, message)).await
    }

    async fn record_order_payment(
        &self,
        request: Request<RecordOrderPaymentRequest>,
    ) -> Answer<Order> {
        command(request, |call, message| record_order_payment::run(self, call, message)).await
    }

    async fn reverse_order_payment(
        &self,
        request: Request<ReverseOrderPaymentRequest>,
    ) -> Answer<Order> {
        command(request, |call, message| reverse_order_payment::run(self, call, message)).await
    }

    async fn list_order_history(
        &self,
        request: Request<ListOrderHistoryRequest>,
    ) -> Answer<ListOrderHistoryResponse> {
        query(request, |call, message| list_order_history::run(self, call, message)).await
    }

    async fn list_order_types(
        &self,
        request: Request<ListOrderTypesRequest>,
    ) -> Answer<ListOrderTypesResponse> {
        query(request, |_, _| ready(Ok::<_, Error>(list_order_types::run(self)))).await
    }

    async fn import_orders(
        &self,
        request: Request<ImportOrdersRequest>,
    ) -> Answer<ImportOrdersResponse> {
        command(request, |call, message| import_orders::run(self, call, message)).await
    }

    type WatchOrdersStream = Replies<WatchOrdersResponse>;

    async fn watch_orders(
        &self,
        request: Request<WatchOrdersRequest>,
    ) -> Answer<Self::WatchOrdersStream> {
        watch(request, |call, message| watch_orders::run(self, call, message)).await
    }
}
