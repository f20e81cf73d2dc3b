//! EraseCustomer: forgets who a customer is, with all that were merged into it. What other tables hold of it goes
//! within a second, when its event is folded.

use kefu_api_customers::v1::{Customer, EraseCustomerRequest};
use kefu_kernel::{Call, Id, id};
use kefu_store::runner::ids_in;
use kefu_store::{Needs, Work};
use sea_orm::{EntityTrait, QueryFilter};
use uuid::Uuid;

use super::encode;
use crate::customer::domain;
use crate::customer::store::claims::{Claims, ContactKey, NotFresh};
use crate::customer::store::{aggregate, contact, tree};
use crate::domain::ids::CustomerId;
use crate::service::Customers;
use crate::{Error, Result};

pub async fn run(
    customers: &Customers,
    call: Call,
    request: EraseCustomerRequest,
) -> Result<Customer> {
    let id: CustomerId = id::read("customer_id", &request.customer_id)?;
    let merged = tree::merged_into(customers.store.reader(), id.uuid()).await?;
    let claims = Claims::of(&customers.keys, contacts_of(customers, id.uuid(), &merged).await?);
    let mut needs = Needs::default();
    needs.load::<domain::Customer>(id.uuid()).etag(&request.etag);
    for other in &merged {
        needs.load::<domain::Customer>(*other);
    }
    claims.need(&mut needs);
    let (this, ground) = (customers.clone(), request.ground);
    let decide = move |work: &mut Work<'_>| {
        let before = work.get::<domain::Customer>(id.uuid())?;
        let ids: Vec<CustomerId> = merged.iter().copied().map(CustomerId::from).collect();
        let (after, told) = before.erase(&this.context(work), &ground, &ids)?;
        for other in &merged {
            let before = work.find_anywhere::<domain::Customer>(*other).ok_or(NotFresh)?;
            let (after, told) = before.erase_merged(&this.context(work), &ground)?;
            let after = work.save(after, told);
            claims.settle(work, *other, &before.claims(), &after.claims())?;
        }
        let after = work.save(after, told);
        claims.settle(work, id.uuid(), &before.claims(), &after.claims())?;
        Ok::<_, Error>(encode::full(&after, &this.rules))
    };
    Ok(customers.runner.run_with(call, needs, decide).await?.reply)
}

/// What the customer and those merged into it have proved.
async fn contacts_of(customers: &Customers, id: Uuid, merged: &[Uuid]) -> Result<Vec<ContactKey>> {
    let ids: Vec<Uuid> = merged.iter().copied().chain([id]).collect();
    let found = contact::Entity::find().filter(ids_in(contact::Column::CustomerId, &ids));
    let rows = found.all(customers.store.reader()).await?;
    let keys = rows
        .into_iter()
        .filter(|row| row.verified)
        .map(|row| aggregate::contact_of(row).map(|point| point.contact.key()));
    Ok(keys.collect::<Result<_, _>>()?)
}
