//! RecordConsent: records what a customer allows or forbids; what was said before is kept.

use kefu_api_common::wire;
use kefu_api_customers::v1::{Customer, RecordConsentRequest};
use kefu_api_events::Channel;
use kefu_kernel::{Call, Id, id};
use kefu_store::{Needs, Work};

use super::encode;
use crate::customer::domain::{self, Consent, ConsentSaid};
use crate::customer::store::consent::entry;
use crate::domain::ids::CustomerId;
use crate::service::Customers;
use crate::{Error, Result};

pub async fn run(
    customers: &Customers,
    call: Call,
    request: RecordConsentRequest,
) -> Result<Customer> {
    let id: CustomerId = id::read("customer_id", &request.customer_id)?;
    let mut needs = Needs::default();
    needs.load::<domain::Customer>(id.uuid()).etag(&request.etag);
    let this = customers.clone();
    let decide = move |work: &mut Work<'_>| {
        let before = work.get::<domain::Customer>(id.uuid())?;
        let said_at = request.said_at.as_ref().map_or(work.now(), wire::instant);
        let evidence = request.evidence.clone();
        let said = ConsentSaid {
            channel: Channel::from_wire(request.channel).unwrap_or(Channel::Other),
            purpose: request.purpose.clone(),
            consent: Consent { granted: request.granted, said_at, evidence },
        };
        let (after, events, said) = before.record_consent(&this.context(work), said)?;
        let after = work.save(after, events);
        let entry = work.new_id();
        work.append(&entry::Model {
            id: entry,
            customer_id: id.uuid(),
            channel: said.channel.name().to_owned(),
            purpose: said.purpose,
            granted: said.consent.granted,
            said_at: said.consent.said_at.as_millis(),
            evidence: said.consent.evidence,
        });
        Ok::<_, Error>(encode::full(&after, &this.rules))
    };
    Ok(customers.runner.run_with(call, needs, decide).await?.reply)
}
