//! What the handlers share, and the two shapes of a change to a ticket.

use std::sync::Arc;

use arc_swap::ArcSwap;
use kefu_api_tickets::v1;
use kefu_kernel::{Call, Id, NewEvent, Zone};
use kefu_rpc::Roles;
use kefu_runtime::directory::Directory;
use kefu_store::page::Pages;
use kefu_store::runner::{Needs, RunError, Target, Work};
use kefu_store::{Runner, Store};
use prost::Message as Encoded;
use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::domain::ids::{BranchId, TicketId};
use crate::domain::{self, Context, Message, Rules, Ticket};
use crate::rpc::encode;
use crate::store::message;
use crate::watch::Changes;

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
    pub(crate) rules: Arc<ArcSwap<Rules>>,
    pub(crate) zone: Zone,
    pub(crate) changes: Changes,
}

/// What a handler of a command answers.
pub(crate) type Done<R> = Result<R, RunError<Error>>;

impl Tickets {
    /// Keeps the calendars of the rules as the directory tells, until `cancel`.
    pub(crate) async fn follow_calendars(self, cancel: CancellationToken) {
        let mut changes = self.directory.changes();
        changes.mark_changed();
        while let Some(Ok(())) = cancel.run_until_cancelled(changes.changed()).await {
            let known = self.directory.calendars();
            let mut calendars = self.rules.load().calendars().clone();
            for calendar in &known.calendars {
                calendars.add(calendar.clone());
            }
            if let Some(code) = &known.company {
                calendars.make_company(code);
            }
            let of_branches = known.of_branches.iter();
            calendars.assign(of_branches.map(|(id, code)| (BranchId::from(*id), code.clone())));
            let rules = self.rules.load().with_calendars(calendars);
            self.rules.store(Arc::new(rules));
        }
    }

    /// Changes one ticket by `rule`, keeps its timer, and answers the ticket as it is then.
    pub(crate) async fn change(
        &self,
        call: Call,
        target: Target,
        rule: impl Fn(&Ticket, &Context<'_>) -> domain::ticket::Decision + Send + Sync + 'static,
    ) -> Done<v1::Ticket> {
        let rules = self.rules.load_full();
        let decide = move |ticket: &Ticket, work: &mut Work<'_>| {
            let actor = work.principal().id.clone();
            let context = Context { rules: &rules, now: work.now(), actor: &actor };
            let (after, events) = rule(ticket, &context)?;
            keep_timer(work, &after);
            Ok::<_, Error>((after, events))
        };
        let scope = call.principal.scope.clone();
        let answer = move |ticket: &Ticket| encode::answered(ticket, &scope, None);
        let done = self.runner.change(call, target, decide, answer).await?;
        Ok(done.reply)
    }

    /// Adds to one ticket's conversation by `rule`, and answers what `reply` makes of both.
    pub(crate) async fn contribute<R: Encoded + Default + 'static>(
        &self,
        call: Call,
        ticket: TicketId,
        rule: impl Fn(&Ticket, &Context<'_>, &Work<'_>) -> Contribution + Send + Sync + 'static,
        reply: impl Fn(&Ticket, &Message) -> R + Send + Sync + 'static,
    ) -> Done<R> {
        let rules = self.rules.load_full();
        let mut needs = Needs::default();
        needs.load::<Ticket>(ticket.uuid());
        let decide = move |work: &mut Work<'_>| {
            let before = work.get::<Ticket>(ticket.uuid())?;
            let actor = work.principal().id.clone();
            let context = Context { rules: &rules, now: work.now(), actor: &actor };
            let (after, events, message) = rule(&before, &context, work)?;
            let after = save(work, after, events);
            work.append(&message::Model::of(&message));
            Ok::<_, Error>(reply(&after, &message))
        };
        Ok(self.runner.run_with(call, needs, decide).await?.reply)
    }
}

/// What a rule of the conversation answers.
pub(crate) type Contribution = Result<(Ticket, Vec<NewEvent>, Message), domain::Error>;

/// Saves a ticket and keeps its timer.
pub(crate) fn save(work: &mut Work<'_>, ticket: Ticket, events: Vec<NewEvent>) -> Arc<Ticket> {
    keep_timer(work, &ticket);
    work.save(ticket, events)
}

/// The timer fires when a clock of the ticket has something to tell next.
pub(crate) fn keep_timer(work: &mut Work<'_>, ticket: &Ticket) {
    match ticket.wakes_at() {
        Some(at) => work.set_timer(CLOCK_TIMER, ticket.head.id, "", at),
        None => work.cancel_timer(CLOCK_TIMER, ticket.head.id, ""),
    }
}
