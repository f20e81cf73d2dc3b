//! UndoCustomerMerge: a customer that was merged stands by itself again, as it was.

use kefu_api_customers::v1::{Customer, UndoCustomerMergeRequest};
use kefu_kernel::{Call, Id, id};
use kefu_store::{Needs, NotFound, Work};
use sea_orm::EntityTrait;

use super::encode;
use crate::customer::domain;
use crate::customer::store::claims::NotFresh;
use crate::customer::store::customer::Entity;
use crate::domain::ids::CustomerId;
use crate::service::Customers;
use crate::{Error, Result};

pub async fn run(
    customers: &Customers,
    call: Call,
    request: UndoCustomerMergeRequest,
) -> Result<Customer> {
    let id: CustomerId = id::read("customer_id", &request.customer_id)?;
    let row = Entity::find_by_id(id.uuid()).one(customers.store.reader()).await?;
    let row = row.filter(|row| call.principal.scope.admits(row.branch_id));
    let row = row.ok_or(NotFound { kind: "customer", id: id.uuid() })?;
    let into = row.merged_into_id.ok_or(domain::Error::NotMerged(id))?;
    let mut needs = Needs::default();
    needs.load::<domain::Customer>(id.uuid());
    needs.load::<domain::Customer>(into);
    let (this, reason) = (customers.clone(), request.reason);
    let decide = move |work: &mut Work<'_>| {
        let customer = work.get::<domain::Customer>(id.uuid())?;
        let stays = work.find_anywhere::<domain::Customer>(into).ok_or(NotFresh)?;
        let [(customer, told), (stays, of_stays)] =
            customer.undo_merge(&this.context(work), &stays, &reason)?;
        work.save(stays, of_stays);
        let customer = work.save(customer, told);
        Ok::<_, Error>(encode::full(&customer, &this.rules))
    };
    Ok(customers.runner.run_with(call, needs, decide).await?.reply)
}
