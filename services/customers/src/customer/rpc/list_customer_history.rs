//! ListCustomerHistory: the customer's events, each with what it changed.

use std::sync::Arc;

use kefu_api_customers::v1::{ListCustomerHistoryRequest, ListCustomerHistoryResponse};
use kefu_api_events::v1::CustomerFacts;
use kefu_kernel::id;
use kefu_outbox::{HistoryRequest, history};
use kefu_rpc::CallContext;

use super::get_customer;
use crate::Result;
use crate::domain::ids::CustomerId;
use crate::service::Customers;

pub async fn run(
    customers: &Customers,
    call: Arc<CallContext>,
    request: ListCustomerHistoryRequest,
) -> Result<ListCustomerHistoryResponse> {
    let id: CustomerId = id::read("customer_id", &request.customer_id)?;
    get_customer::seen(customers, &call, id).await?;
    let asked = HistoryRequest {
        id,
        order_by: &request.order_by,
        page_size: request.page_size,
        page_token: &request.page_token,
        full: true,
    };
    let page =
        history::<CustomerFacts, _>(&customers.store, &customers.pages, call.principal(), &asked)
            .await?;
    Ok(ListCustomerHistoryResponse { entries: page.entries, next_page_token: page.next_page_token })
}
