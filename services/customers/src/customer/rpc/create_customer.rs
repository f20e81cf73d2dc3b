//! CreateCustomer: registers a customer. The same source and external id never make two.

use std::collections::BTreeSet;

use kefu_api_customers::v1::{self, CreateCustomerRequest};
use kefu_kernel::{Call, Scope, id};
use kefu_store::{ExternalKey, Needs, Work};

use super::{decode, encode};
use crate::customer::domain::words::{Kind, Stage};
use crate::customer::domain::{Customer, New};
use crate::customer::store::claims::{Claims, ContactKey};
use crate::domain::ids::{BranchId, CustomerId};
use crate::service::Customers;
use crate::{Error, Result};

/// The kind of number that customers have.
pub const NUMBER: &str = "customer";
/// The kind of the natural key that a customer's source and external id make.
pub const EXTERNAL_KEY: &str = "customer";

pub async fn run(
    customers: &Customers,
    call: Call,
    request: CreateCustomerRequest,
) -> Result<v1::Customer> {
    let key = ExternalKey::of(EXTERNAL_KEY, &request.source, request.external_id.as_deref())?;
    let scope = &call.principal.scope;
    let mut new = new(customers, request)?;
    new.branch = new.branch.or_else(|| only_branch(scope));
    customers.directory.know_branch(scope, "branch_id", new.branch).await?;
    customers.directory.know_person("specialist_id", new.specialist).await?;
    customers.check_may_verify(new.contacts.iter().any(|point| point.verified))?;
    let claims = Claims::of(&customers.keys, verified(&new));
    let mut needs = Needs::default();
    needs.numbers(NUMBER, 1);
    key.need::<Customer>(&mut needs);
    claims.need(&mut needs);
    let this = customers.clone();
    let decide = move |work: &mut Work<'_>| {
        key.check_free::<Customer>(work)?;
        claims.check_free(work, &verified(&new))?;
        let new = issue(work, new.clone());
        let (customer, events) = Customer::create(&this.context(work), new)?;
        let customer = work.save(customer, events);
        key.claim(work, customer.head.id)?;
        claims.settle(work, customer.head.id, &BTreeSet::new(), &customer.claims())?;
        Ok::<_, Error>(encode::full(&customer, &this.rules))
    };
    Ok(customers.runner.run_with(call, needs, decide).await?.reply)
}

fn new(customers: &Customers, request: CreateCustomerRequest) -> Result<New> {
    let mut profile = request.profile.unwrap_or_default();
    profile.name = request.name;
    profile.addresses.extend(request.addresses);
    Ok(New {
        // Both are issued when it is decided.
        id: CustomerId::from(id::Uuid::nil()),
        number: 0,
        kind: Kind::from_wire(request.kind).unwrap_or(Kind::Person),
        stage: Stage::from_wire(request.stage).unwrap_or(Stage::Prospect),
        source: request.source,
        external_id: request.external_id,
        branch: id::read_optional("branch_id", request.branch_id.as_deref())?,
        specialist: id::read_optional("specialist_id", request.specialist_id.as_deref())?,
        profile: decode::patch("profile", profile, |_| true)?.into_profile(),
        contacts: decode::contacts(request.contact_points, customers.country)?,
        created_at: None,
    })
}

/// The new customer with all that is issued for it.
pub fn issue(work: &Work<'_>, mut new: New) -> New {
    new.id = CustomerId::from(work.new_id());
    new.number = work.number(NUMBER);
    decode::name_contacts(work, &mut new.contacts);
    decode::name_addresses(work, &mut new.profile.addresses);
    new
}

/// What a new customer has proved.
pub fn verified(new: &New) -> BTreeSet<ContactKey> {
    let points = new.contacts.iter().filter(|point| point.verified);
    points.map(|point| point.contact.key()).collect()
}

/// The caller's branch, where it has one only.
fn only_branch(scope: &Scope) -> Option<BranchId> {
    match scope {
        Scope::Branches(own) if own.len() == 1 => own.first().copied().map(BranchId::from),
        _ => None,
    }
}
