//! GetCredit: a customer's credit, with what its orders use of it.

use std::collections::HashMap;
use std::sync::Arc;

use kefu_api_customers::v1::{self, GetCreditRequest};
use kefu_kernel::{Id, id};
use kefu_outbox::live_generation;
use kefu_rpc::CallContext;
use kefu_store::runner::Aggregate;
use uuid::Uuid;

use super::encode;
use crate::Result;
use crate::credit::domain::Credit;
use crate::credit::projection;
use crate::credit::store::used;
use crate::customer::rpc::get_customer;
use crate::customer::store::{customer, tree};
use crate::domain::ids::{BranchId, CreditId, CustomerId};
use crate::service::Customers;

pub async fn run(
    customers: &Customers,
    call: Arc<CallContext>,
    request: GetCreditRequest,
) -> Result<v1::Credit> {
    let id: CustomerId = id::read("customer_id", &request.customer_id)?;
    let row = get_customer::stays(customers, &call, id).await?;
    let credit = credit_of(customers, &row).await?;
    Customers::note_read(&call, Some(&id.to_string()), 1);
    Ok(encode::credit(&credit, &used_by(customers, row.id, None).await?))
}

/// The credit of a customer; of one that was never investigated, what holds then.
pub async fn credit_of(customers: &Customers, row: &customer::Model) -> Result<Credit> {
    let id = CustomerId::from(row.id);
    let found = Credit::load(customers.store.reader(), &[CreditId::of(id).uuid()]).await?.pop();
    let now = customers.store.ambient().now();
    Ok(found.unwrap_or_else(|| Credit::unknown(id, row.branch_id.map(BranchId::from), now)))
}

/// What the orders of a customer and of all that were merged into it use, by currency; `except` an order.
pub async fn used_by(
    customers: &Customers,
    customer: Uuid,
    except: Option<Uuid>,
) -> Result<HashMap<String, i64>> {
    if !customers.has_orders {
        return Ok(HashMap::new());
    }
    let reader = customers.store.reader();
    let mut ids = tree::merged_into(reader, customer).await?;
    ids.push(customer);
    let live = live_generation(&customers.store, projection::NAME).await?;
    Ok(used::of(reader, live, &ids, except).await?)
}
