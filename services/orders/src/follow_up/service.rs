//! The common shapes of a change to a follow-up.

use kefu_api_orders::v1;
use kefu_kernel::Call;
use kefu_kernel::id::{Id, Uuid};
use kefu_store::runner::{Aggregate, NotFound};
use kefu_store::{Needs, Target, Work};

use super::domain::{Decision, FollowUp};
use super::rpc::create_follow_up::{OPEN_KEY, open_name};
use super::rpc::encode;
use crate::domain::ids::FollowUpId;
use crate::domain::{Clocks, Context};
use crate::service::Orders;
use crate::{Error, Result};

impl Orders {
    /// Changes a follow-up by `rule`, and answers it as it is then.
    pub(crate) async fn follow(
        &self,
        call: Call,
        target: Target,
        rule: impl Fn(&FollowUp, &Context<'_>, &Clocks<'_>) -> Decision + Send + Sync + 'static,
    ) -> Result<v1::FollowUp> {
        let orders = self.clone();
        let decide = move |follow_up: &FollowUp, work: &mut Work<'_>| {
            let calendars = orders.directory.calendars();
            let clocks = orders.clocks(&calendars);
            Ok::<_, Error>(rule(follow_up, &orders.context(work), &clocks)?)
        };
        Ok(self.runner.change(call, target, decide, encode::full).await?.reply)
    }

    /// The same by a rule that may end it: what it was known by while it was open is free then.
    pub(crate) async fn end_following(
        &self,
        call: Call,
        id: FollowUpId,
        etag: &str,
        rule: impl Fn(&FollowUp, &Context<'_>, &Clocks<'_>) -> Decision + Send + Sync + 'static,
    ) -> Result<v1::FollowUp> {
        let missing = NotFound { kind: FollowUp::KIND, id: id.uuid() };
        let known = FollowUp::load(self.store.reader(), &[id.uuid()]).await?.pop();
        let known = known.ok_or(missing)?;
        let name = open_name(known.order, known.shipment, &known.kind);
        let mut needs = Needs::default();
        needs.load::<FollowUp>(id.uuid()).etag(etag);
        needs.key::<FollowUp>(OPEN_KEY, &name);
        let orders = self.clone();
        let decide = move |work: &mut Work<'_>| {
            let before = work.get::<FollowUp>(id.uuid())?;
            let calendars = orders.directory.calendars();
            let clocks = orders.clocks(&calendars);
            let (after, told) = rule(&before, &orders.context(work), &clocks)?;
            let after = work.save(after, told);
            if after.ended_at.is_some() {
                work.release(OPEN_KEY, &name, id.uuid());
            }
            Ok::<_, Error>(encode::full(&after))
        };
        Ok(self.runner.run_with(call, needs, decide).await?.reply)
    }

    /// What the timer of a follow-up's clock stands for: it tells of a breach.
    pub(crate) async fn fire_follow_up(self, call: Call, id: Uuid) -> Result<()> {
        let told = self.follow(call, Target::of(id), |follow_up, context, clocks| {
            follow_up.fire_clocks(context, clocks)
        });
        told.await.map(drop)
    }
}
