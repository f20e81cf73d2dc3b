//! GetCustomer: one customer; for one that was merged, the one that stays.

use std::sync::Arc;

use kefu_api_common::v1::View;
use kefu_api_customers::v1::{self, GetCustomerRequest};
use kefu_kernel::{Id, id};
use kefu_rpc::CallContext;
use kefu_store::NotFound;
use sea_orm::{EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::encode;
use crate::Result;
use crate::customer::store::customer::{Entity, Model};
use crate::customer::store::resource::in_sight;
use crate::customer::store::{aggregate, tag, tree};
use crate::domain::ids::CustomerId;
use crate::service::Customers;

pub async fn run(
    customers: &Customers,
    call: Arc<CallContext>,
    request: GetCustomerRequest,
) -> Result<v1::Customer> {
    let id: CustomerId = id::read("customer_id", &request.customer_id)?;
    let row = stays(customers, &call, id).await?;
    Customers::note_read(&call, Some(&id.to_string()), 1);
    let reader = customers.store.reader();
    if request.view() == View::Basic {
        let shown = encode::basic(&row);
        return Ok(with_tags(customers, vec![shown], &[row.id]).await?.remove(0));
    }
    let found = aggregate::with_parts(reader, vec![row]).await?;
    let shown = found.first().map(|customer| encode::full(customer, &customers.rules));
    Ok(shown.ok_or(NotFound { kind: "customer", id: id.uuid() })?)
}

/// The row of the customer, or of the one that stays for it, where the caller may see it.
pub async fn stays(customers: &Customers, call: &CallContext, id: CustomerId) -> Result<Model> {
    let row = seen(customers, call, id).await?;
    if row.merged_into_id.is_none() {
        return Ok(row);
    }
    let stays = tree::roots(customers.store.reader(), [row.id]).await?.remove(&row.id);
    let stays = stays.filter(|stays| call.principal().scope.admits(stays.branch_id));
    Ok(stays.ok_or(NotFound { kind: "customer", id: id.uuid() })?)
}

/// The customer's row, where the caller may see it.
pub async fn seen(customers: &Customers, call: &CallContext, id: CustomerId) -> Result<Model> {
    let row = Entity::find_by_id(id.uuid())
        .filter(in_sight(&call.principal().scope))
        .one(customers.store.reader())
        .await?;
    Ok(row.ok_or(NotFound { kind: "customer", id: id.uuid() })?)
}

/// Customers in the BASIC view with their tags: one statement for all of them, in the order of `ids`.
pub async fn with_tags(
    customers: &Customers,
    mut shown: Vec<v1::Customer>,
    ids: &[Uuid],
) -> Result<Vec<v1::Customer>> {
    if ids.is_empty() {
        return Ok(shown);
    }
    let rows = tag::Entity::find()
        .filter(kefu_store::runner::ids_in(tag::Column::CustomerId, ids))
        .order_by_asc(tag::Column::Tag)
        .all(customers.store.reader())
        .await?;
    for row in rows {
        for (customer, _) in shown.iter_mut().zip(ids).filter(|(_, id)| **id == row.customer_id) {
            customer.tags.push(row.tag.clone());
        }
    }
    Ok(shown)
}
