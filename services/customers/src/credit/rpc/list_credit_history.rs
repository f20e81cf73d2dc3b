//! ListCreditHistory: everything that happened to a customer's credit.

use std::sync::Arc;

use kefu_api_customers::v1::{ListCreditHistoryRequest, ListCreditHistoryResponse};
use kefu_api_events::v1::CreditFacts;
use kefu_kernel::id;
use kefu_outbox::{HistoryRequest, history};
use kefu_rpc::CallContext;

use crate::Result;
use crate::customer::rpc::get_customer;
use crate::domain::ids::{CreditId, CustomerId};
use crate::service::Customers;

pub async fn run(
    customers: &Customers,
    call: Arc<CallContext>,
    request: ListCreditHistoryRequest,
) -> Result<ListCreditHistoryResponse> {
    let id: CustomerId = id::read("customer_id", &request.customer_id)?;
    get_customer::seen(customers, &call, id).await?;
    let asked = HistoryRequest {
        id: CreditId::of(id),
        order_by: &request.order_by,
        page_size: request.page_size,
        page_token: &request.page_token,
        full: true,
    };
    let page =
        history::<CreditFacts, _>(&customers.store, &customers.pages, call.principal(), &asked)
            .await?;
    Ok(ListCreditHistoryResponse { entries: page.entries, next_page_token: page.next_page_token })
}
