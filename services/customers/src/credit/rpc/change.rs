//! What all changes of credit have in common. A customer that was never investigated has a record from its first
//! change on.

use kefu_api_customers::v1;
use kefu_kernel::{Call, Id};
use kefu_store::{Needs, RunnerError, Work};

use super::encode;
use super::get_credit::used_by;
use crate::credit::domain::{Credit, Decision};
use crate::customer::domain::Customer;
use crate::domain::Context;
use crate::domain::ids::{CreditId, CustomerId};
use crate::service::Customers;
use crate::{Error, Result};

/// Changes a customer's credit by `rule`, and answers it as it is then.
pub async fn run(
    customers: &Customers,
    call: Call,
    customer: CustomerId,
    etag: &str,
    rule: impl Fn(&Credit, &Context<'_>) -> Decision + Send + Sync + 'static,
) -> Result<v1::Credit> {
    let used = used_by(customers, customer.uuid(), None).await?;
    let id = CreditId::of(customer).uuid();
    let mut needs = Needs::default();
    needs.load::<Customer>(customer.uuid());
    needs.load::<Credit>(id).etag(etag);
    let seen = etag.to_owned();
    let decide = move |work: &mut Work<'_>| {
        let of = work.get::<Customer>(customer.uuid())?;
        of.check_live()?;
        let context = Context { now: work.now(), actor: &work.principal().id };
        let before = match work.find_anywhere::<Credit>(id) {
            Some(known) => (*known).clone(),
            None if seen.is_empty() || seen == "0" => {
                Credit::unknown(customer, of.branch(), work.now())
            }
            None => {
                let (kind, fields) = ("credit", Vec::new());
                return Err(RunnerError::Stale { kind, id, current: 0, fields }.into());
            }
        };
        let (mut after, events) = rule(&before, &context)?;
        if events.is_empty() {
            return Ok(encode::credit(&after, &used));
        }
        after.head.branch = of.head.branch;
        let after = work.save(after, events);
        Ok::<_, Error>(encode::credit(&after, &used))
    };
    Ok(customers.runner.run_with(call, needs, decide).await?.reply)
}
