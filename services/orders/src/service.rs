//! What the handlers share, and the common shape of a change to an order.

use std::sync::Arc;

use kefu_api_orders::v1;
use kefu_kernel::{Calendars, Call};
use kefu_outbox::Feed;
use kefu_rpc::{Endpoint, Roles, context};
use kefu_runtime::directory::Directory;
use kefu_store::page::Pages;
use kefu_store::seal::Keys;
use kefu_store::{Runner, Store, Target, Work};

use crate::domain::clocks::Policy;
use crate::domain::{Clocks, Context};
use crate::order::domain::{Decision, Order, OrderTypes};
use crate::order::rpc::encode;
use crate::order::store::order;
use crate::{Error, Result};

/// The timer that fires a follow-up's clock.
pub const FOLLOW_UP_TIMER: &str = "follow_up_clock";

/// What the handlers share. Cheap to clone.
#[derive(Clone)]
pub struct Orders {
    pub(crate) store: Store,
    pub(crate) runner: Runner,
    pub(crate) pages: Pages,
    pub(crate) roles: Roles,
    pub(crate) keys: Keys,
    pub(crate) directory: Directory,
    /// The way to customers, where the installation has them.
    pub(crate) customers: Option<Endpoint>,
    pub(crate) types: Arc<OrderTypes>,
    pub(crate) policies: Arc<[Policy]>,
    pub(crate) feed: Feed<order::Model>,
}

impl Orders {
    /// What a rule needs to know of the command that is being decided.
    pub(crate) fn context<'t>(&self, work: &Work<'t>) -> Context<'t> {
        Context { now: work.now(), actor: &work.principal().id }
    }

    /// What clocks are set and counted by, with these calendars.
    pub(crate) fn clocks<'c>(&'c self, calendars: &'c Calendars) -> Clocks<'c> {
        Clocks { calendars, policies: &self.policies }
    }

    /// Changes one order by `rule`, and answers it as it is then.
    pub(crate) async fn change(
        &self,
        call: Call,
        target: Target,
        rule: impl Fn(&Order, &Context<'_>) -> Decision + Send + Sync + 'static,
    ) -> Result<v1::Order> {
        let orders = self.clone();
        let decide = move |order: &Order, work: &mut Work<'_>| {
            let (after, told) = rule(order, &orders.context(work))?;
            let after = if told.is_empty() { after } else { orders.fingerprinted(after) };
            Ok::<_, Error>((after, told))
        };
        Ok(self.runner.change(call, target, decide, encode::full).await?.reply)
    }

    /// The order with the keyed hashes by which orders like it are found.
    pub(crate) fn fingerprinted(&self, order: Order) -> Order {
        let hash = |text: &Vec<u8>| {
            let hashes = self.keys.blind_indexes("order_fingerprint", "hash", text);
            hashes.first().map(|hash| hash.to_vec())
        };
        let mut fingerprints: Vec<Vec<u8>> =
            order.fingerprints_of().iter().filter_map(hash).collect();
        fingerprints.sort_unstable();
        Order { fingerprints, ..order }
    }

    /// Whether the caller of the present call holds a permission.
    pub(crate) fn holds(&self) -> impl Fn(&str) -> bool + Send + Sync + 'static {
        let caller = context::current().map(|call| call.caller().clone());
        let roles = self.roles.clone();
        move |permission: &str| {
            caller.as_ref().is_some_and(|caller| roles.allow(caller, permission))
        }
    }
}
