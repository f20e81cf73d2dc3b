//! Filing, acknowledging, giving to a specialist, taking up.

use kefu_api_events::v1 as events;

use crate::domain::context::Context;
use crate::domain::error::Error;
use crate::domain::ids::PersonId;
use crate::domain::words::{Channel, ClockKind, State};

use super::change::Change;
use super::{Claim, Decided};

/// The clocks that begin with the filing.
const FIRST_CLOCKS: [ClockKind; 4] = [
    ClockKind::ClaimAcknowledgement,
    ClockKind::ClaimDecision,
    ClockKind::ClaimLegal,
    ClockKind::ClaimReport,
];

impl Claim {
    /// Files a draft. Its clocks start, also those of the law; whether it came in time is reckoned and told.
    pub fn submit(&self, context: &Context<'_>) -> Decided {
        let mut change = Change::begin_in(self, context, &[State::Draft])?;
        let lacking = change.claim.lacking();
        if !lacking.is_empty() {
            return Err(Error::Incomplete(lacking));
        }
        let known = change.claim.discovered_at.or(change.claim.occurred_at);
        let time = context.rules.of_type(self.kind)?.filing_time();
        let out_of_time = known.is_some_and(|known| change.now > known.plus(time));
        change.claim.out_of_time = out_of_time;
        change.claim.submitted_at = Some(change.now);
        change.claim.state = State::Submitted;
        change.start_clocks(&FIRST_CLOCKS)?;
        change.tell(events::ClaimSubmitted { out_of_time, ..Default::default() });
        change.done()
    }

    /// Records that the claimant was told that it is in hand.
    pub fn acknowledge(&self, context: &Context<'_>, channel: Channel) -> Decided {
        let mut change = Change::begin_in(self, context, &[State::Submitted])?;
        change.claim.state = State::Acknowledged;
        change.meet(&[ClockKind::ClaimAcknowledgement])?;
        let channel = events::Channel::from(channel).into();
        change.tell(events::ClaimAcknowledged { channel, ..Default::default() });
        change.done()
    }

    /// Gives a claim to a specialist, or takes it off; the contact stays. After an appeal it is one who neither handled
    /// nor signed it before.
    pub fn assign(
        &self,
        context: &Context<'_>,
        handler: Option<PersonId>,
        reason: &str,
    ) -> Decided {
        let mut change = Change::begin(self, context)?;
        if change.claim.state.is_over() {
            return Err(Error::StateRefuses(change.claim.state));
        }
        if change.claim.handler == handler {
            return Err(Error::AlreadyAssigned);
        }
        change.give(handler)?;
        change.tell(events::ClaimAssigned { reason: reason.to_owned(), ..Default::default() });
        change.done()
    }

    /// Takes an acknowledged, appealed or reopened claim up.
    pub fn start_investigation(&self, context: &Context<'_>) -> Decided {
        let states = [State::Acknowledged, State::Appealed, State::Reopened];
        let mut change = Change::begin_in(self, context, &states)?;
        if change.claim.handler.is_none() {
            return Err(Error::HandlerRequired);
        }
        if change.claim.out_of_time {
            return Err(Error::OutOfTime);
        }
        change.claim.state = State::Investigating;
        change.tell(events::ClaimInvestigationStarted::default());
        change.done()
    }

    /// What it lacks to be filed, as the resource's proto spells it.
    pub fn lacking(&self) -> Vec<&'static str> {
        [
            ("customer_id", self.about.customer.is_none()),
            ("claimant", self.claimant.is_none()),
            ("shipment_id", self.about.shipment.is_none() && self.about.order.is_none()),
            ("lines", self.lines.is_empty()),
        ]
        .into_iter()
        .filter_map(|(field, lacks)| lacks.then_some(field))
        .collect()
    }
}

impl Change<'_> {
    /// Somebody works on it from now on, or nobody any more.
    pub fn give(&mut self, handler: Option<PersonId>) -> Result<(), Error> {
        if handler.is_some_and(|handler| self.claim.barred.contains(&handler)) {
            return Err(Error::SecondHandlerRequired);
        }
        self.claim.handler = handler;
        self.claim.handlers.extend(handler);
        Ok(())
    }
}
