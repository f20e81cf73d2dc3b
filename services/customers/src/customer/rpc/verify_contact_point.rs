//! VerifyContactPoint: the customer proved a contact point to be theirs; and what all changes of contact points
//! have in common: what is proved is claimed, what goes is released.

use kefu_api_customers::v1::{Customer, VerifyContactPointRequest};
use kefu_kernel::id::Uuid;
use kefu_kernel::{Call, Id, id};
use kefu_store::{Needs, Work};
use sea_orm::EntityTrait;

use super::encode;
use crate::customer::domain::{self, Context, Decision};
use crate::customer::store::claims::{Claims, ContactKey};
use crate::customer::store::{aggregate, contact};
use crate::domain::ids::{ContactPointId, CustomerId};
use crate::service::Customers;
use crate::{Error, Result};

pub async fn run(
    customers: &Customers,
    call: Call,
    request: VerifyContactPointRequest,
) -> Result<Customer> {
    let id: CustomerId = id::read("customer_id", &request.customer_id)?;
    let point: ContactPointId = id::read("contact_point_id", &request.contact_point_id)?;
    let contact = kept(customers, point).await?;
    let proving = Proving { customer: id.uuid(), etag: request.etag, contact };
    let method = request.method;
    change(customers, call, proving, move |customer, context, _| {
        customer.verify_contact(context, point, &method)
    })
    .await
}

/// A customer one of whose contact points is proved, or goes.
pub struct Proving {
    pub customer: Uuid,
    pub etag: String,
    /// The contact point; none: there is no such.
    pub contact: Option<ContactKey>,
}

/// Changes a customer's contact points by `rule`, claiming and releasing what is proved.
pub async fn change(
    customers: &Customers,
    call: Call,
    proving: Proving,
    rule: impl Fn(&domain::Customer, &Context<'_>, &Work<'_>) -> Decision + Send + Sync + 'static,
) -> Result<Customer> {
    let claims = Claims::of(&customers.keys, proving.contact);
    let mut needs = Needs::default();
    needs.load::<domain::Customer>(proving.customer).etag(&proving.etag);
    claims.need(&mut needs);
    let (this, id) = (customers.clone(), proving.customer);
    let decide = move |work: &mut Work<'_>| {
        let before = work.get::<domain::Customer>(id)?;
        let (after, events) = rule(&before, &this.context(work), work)?;
        let after = work.save(after, events);
        claims.settle(work, id, &before.claims(), &after.claims())?;
        Ok::<_, Error>(encode::full(&after, &this.rules))
    };
    Ok(customers.runner.run_with(call, needs, decide).await?.reply)
}

/// What a contact point is; its value never changes. None where there is no such.
pub async fn kept(customers: &Customers, point: ContactPointId) -> Result<Option<ContactKey>> {
    let row = contact::Entity::find_by_id(point.uuid()).one(customers.store.reader()).await?;
    Ok(row.map(aggregate::contact_of).transpose()?.map(|point| point.contact.key()))
}
