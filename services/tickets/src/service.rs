//! What the handlers share, and the two shapes of a change to a ticket.

use std::sync::Arc;

use kefu_api_tickets::v1;
use kefu_kernel::id::Uuid;
use kefu_kernel::{Call as Cause, Id, NewEvent, Zone};
use kefu_outbox::Feed;
use kefu_rpc::Roles;
use kefu_runtime::directory::Directory;
use kefu_store::page::Pages;
use kefu_store::{Needs, Runner, Store, Target, Work};
use prost::Message as Encoded;

use crate::domain::ids::TicketId;
use crate::domain::ticket::Decision;
use crate::domain::{self, Call, Context, Message, Rules, Ticket};
use crate::rpc::encode;
use crate::store::{message, ticket};
use crate::{Error, Result};

/// The timer that fires a ticket's clocks.
pub const CLOCK_TIMER: &str = "ticket_clock";
/// The timer that fires a call's clock.
pub const CALL_TIMER: &str = "call_clock";

/// What the handlers share. Cheap to clone.
#[derive(Clone)]
pub struct Tickets {
    pub(crate) store: Store,
    pub(crate) runner: Runner,
    pub(crate) pages: Pages,
    pub(crate) roles: Roles,
    pub(crate) directory: Directory,
    pub(crate) rules: Arc<Rules>,
    pub(crate) zone: Zone,
    pub(crate) feed: Feed<ticket::Model>,
}

impl Tickets {
    /// What a rule needs to know of the command that is being decided.
    pub(crate) fn context<'t>(&'t self, work: &Work<'t>) -> Context<'t> {
        let (calendars, actor) = (self.directory.calendars(), &work.principal().id);
        Context { rules: &self.rules, calendars, now: work.now(), actor }
    }

    /// Changes one ticket by `rule`, and answers the ticket as it is then.
    pub(crate) async fn change(
        &self,
        call: Cause,
        target: Target,
        rule: impl Fn(&Ticket, &Context<'_>) -> Decision + Send + Sync + 'static,
    ) -> Result<v1::Ticket> {
        let (tickets, scope) = (self.clone(), call.principal.scope.clone());
        let decide = move |ticket: &Ticket, work: &mut Work<'_>| {
            Ok::<_, Error>(rule(ticket, &tickets.context(work))?)
        };
        let answer = move |ticket: &Ticket| encode::answered(ticket, &scope, None);
        Ok(self.runner.change(call, target, decide, answer).await?.reply)
    }

    /// Adds to one ticket's conversation by `rule`, and answers what `reply` makes of both.
    pub(crate) async fn contribute<R: Encoded + Default + 'static>(
        &self,
        call: Cause,
        ticket: TicketId,
        rule: impl Fn(&Ticket, &Context<'_>, &Work<'_>) -> Contribution + Send + Sync + 'static,
        reply: impl Fn(&Ticket, &Message) -> R + Send + Sync + 'static,
    ) -> Result<R> {
        let tickets = self.clone();
        let mut needs = Needs::default();
        needs.load::<Ticket>(ticket.uuid());
        let decide = move |work: &mut Work<'_>| {
            let before = work.get::<Ticket>(ticket.uuid())?;
            let (after, events, message) = rule(&before, &tickets.context(work), work)?;
            let after = work.save(after, events);
            work.append(&message::Model::of(&message));
            Ok::<_, Error>(reply(&after, &message))
        };
        Ok(self.runner.run_with(call, needs, decide).await?.reply)
    }

    /// What the timer of a ticket's clocks stands for: they tell of warnings and breaches.
    pub(crate) async fn fire(self, call: Cause, ticket: Uuid) -> Result<()> {
        let told =
            self.change(call, Target::of(ticket), |ticket, context| ticket.fire_clocks(context));
        told.await.map(drop)
    }

    /// What the timer of a call's clock stands for.
    pub(crate) async fn fire_call(self, cause: Cause, call: Uuid) -> Result<()> {
        let tickets = self.clone();
        let decide = move |call: &Call, work: &mut Work<'_>| {
            Ok::<_, Error>(call.fire_clock(&tickets.context(work))?)
        };
        self.runner.change(cause, Target::of(call), decide, |_| ()).await?;
        Ok(())
    }
}

/// What a rule of the conversation answers.
pub(crate) type Contribution = Result<(Ticket, Vec<NewEvent>, Message), domain::Error>;
