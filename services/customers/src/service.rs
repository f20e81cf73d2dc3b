//! What the handlers share, and the common shape of a change to a customer.

use std::sync::Arc;

use kefu_api_customers::v1;
use kefu_kernel::Call;
use kefu_kernel::id::Uuid;
use kefu_rpc::{CallContext, Endpoint, Roles, context};
use kefu_runtime::directory::Directory;
use kefu_store::page::Pages;
use kefu_store::seal::Keys;
use kefu_store::{Runner, Store, Target, Work};

use crate::credit::domain::Credit;
use crate::customer::domain::{
    Context, Country, Customer, Decision, Error as Refused, MAY_VERIFY, ProfileRules,
};
use crate::customer::rpc::encode;
use crate::{Error, Result};

/// The timer that ends a customer's time on a list.
pub const LISTING_TIMER: &str = "customer_listing";
/// The timer that ends a hold of credit.
pub const HOLD_TIMER: &str = "credit_hold";

/// What the handlers share. Cheap to clone.
#[derive(Clone)]
pub struct Customers {
    pub(crate) store: Store,
    pub(crate) runner: Runner,
    pub(crate) pages: Pages,
    pub(crate) roles: Roles,
    pub(crate) keys: Keys,
    pub(crate) directory: Directory,
    /// The way to orders, where the installation has them.
    pub(crate) orders: Option<Endpoint>,
    /// Whether the installation has orders, whose events tell what is used of credit.
    pub(crate) has_orders: bool,
    pub(crate) rules: Arc<ProfileRules>,
    pub(crate) country: Country,
}

impl Customers {
    /// What a rule needs to know of the command that is being decided.
    pub(crate) fn context<'t>(&'t self, work: &Work<'t>) -> Context<'t> {
        Context { rules: &self.rules, now: work.now(), actor: &work.principal().id }
    }

    /// Changes one customer by `rule`, and answers it as it is then.
    pub(crate) async fn change(
        &self,
        call: Call,
        target: Target,
        rule: impl Fn(&Customer, &Context<'_>) -> Decision + Send + Sync + 'static,
    ) -> Result<v1::Customer> {
        let customers = self.clone();
        let decide = move |customer: &Customer, work: &mut Work<'_>| {
            Ok::<_, Error>(rule(customer, &customers.context(work))?)
        };
        let rules = Arc::clone(&self.rules);
        let answer = move |customer: &Customer| encode::full(customer, &rules);
        Ok(self.runner.change(call, target, decide, answer).await?.reply)
    }

    /// Notes who read personal data of how many customers; `first` is one of them.
    pub(crate) fn note_read(call: &CallContext, first: Option<&str>, customers: usize) {
        if let Some(first) = first {
            let reader = &call.principal().id;
            tracing::info!(target: "kefu::personal", reader, of = first, customers, "read");
        }
    }

    /// Refuses a caller who adds contact points as verified and may not.
    pub(crate) fn check_may_verify(&self, verified: bool) -> Result<()> {
        let may = || {
            let call = context::current();
            call.is_some_and(|call| self.roles.allow(call.caller(), MAY_VERIFY))
        };
        if verified && !may() { Err(Refused::MayNotVerify.into()) } else { Ok(()) }
    }

    /// What the timer of a hold of credit stands for.
    pub(crate) async fn expire_hold(self, call: Call, credit: Uuid) -> Result<()> {
        let decide =
            |credit: &Credit, work: &mut Work<'_>| Ok::<_, Error>(credit.expire_hold(work.now())?);
        self.runner.change(call, Target::of(credit), decide, |_| ()).await?;
        Ok(())
    }

    /// What the timer of a customer's lists stands for.
    pub(crate) async fn expire_listings(self, call: Call, customer: Uuid) -> Result<()> {
        let target = Target::of(customer);
        self.change(call, target, |customer, context| customer.expire_listings(context))
            .await
            .map(drop)
    }
}
