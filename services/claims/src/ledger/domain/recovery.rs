//! Recoveries: what was paid, asked back of who has to answer for it; and what salvage brings.

use kefu_api_events::v1 as events;
use kefu_kernel::{Money, Timestamp};

use crate::claim::domain::change::Change;
use crate::claim::domain::{Claim, Decided};
use crate::decision::domain::Decision;
use crate::decision::domain::propose::Draft;
use crate::domain::context::Context;
use crate::domain::error::Error;
use crate::domain::ids::{ExposureId, RecoveryId};
use crate::domain::words::{DecisionKind, Party, PostingKind, State};

use super::post::NewPosting;
use super::{Conversion, Posting};

/// What is asked back of somebody. Amounts are minor units of the claim's currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// Its id.
    pub id: RecoveryId,
    /// The exposure.
    pub exposure: ExposureId,
    /// Of whom.
    pub against: Party,
    /// Which carrier, insurer or department.
    pub against_code: String,
    /// How much is asked.
    pub asked: i64,
    /// How much came in.
    pub received: i64,
    /// How much was written off.
    pub written_off: i64,
    /// Who opened it: a principal's id.
    pub opened_by: String,
    /// When.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// The code of why it closed short; empty: all came in, or it is open.
    pub short_reason: String,
}

/// What somebody is asked for.
#[derive(Clone, Debug)]
pub struct NewRecovery {
    /// The exposure.
    pub exposure: ExposureId,
    /// Of whom.
    pub against: Party,
    /// Which one.
    pub against_code: String,
    /// How much.
    pub amount: Money,
}

/// What came in.
#[derive(Clone, Debug)]
pub struct Received {
    /// For which recovery; or, for salvage, on which exposure.
    pub from: Incoming,
    /// How much.
    pub amount: Money,
    /// The system or bank that it came by.
    pub source: String,
    /// Its reference there; unique with the source, over all claims.
    pub external_id: String,
    /// When; none: now.
    pub received_at: Option<Timestamp>,
    /// How the amount was converted.
    pub conversion: Option<Conversion>,
}

/// What money comes in for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// Somebody answers for the loss.
    Recovery(RecoveryId),
    /// Damaged goods were sold.
    Salvage(ExposureId),
}

/// The states in which money is asked back.
const ASKED_IN: [State; 2] = [State::Paid, State::Recovery];
/// Those in which it still comes in: a payment may have come back meanwhile.
const COMES_IN: [State; 4] =
    [State::Paid, State::Recovery, State::SettlementDue, State::PartlyPaid];

impl Recovery {
    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.closed_at.is_none()
    }

    /// What did not come in and was not written off.
    pub fn outstanding(&self) -> i64 {
        if self.is_open() { self.asked - self.received - self.written_off } else { 0 }
    }
}

impl Claim {
    /// Asks back what was paid.
    pub fn open_recovery(&self, context: &Context<'_>, new: NewRecovery) -> Decided {
        let mut change = Change::begin_in(self, context, &ASKED_IN)?;
        let amount = change.claim.positive("amount", new.amount)?;
        change.claim.exposure(new.exposure)?;
        if change.claim.asked_back() + amount > change.claim.ledger.total().paid {
            return Err(Error::RecoveryAbovePaid);
        }
        let id: RecoveryId = change.id();
        change.post(NewPosting {
            recovery: Some(id),
            ..NewPosting::of(PostingKind::RecoveryOpened, new.exposure, amount)
        })?;
        change.claim.recoveries.push(Recovery {
            id,
            exposure: new.exposure,
            against: new.against,
            against_code: new.against_code.clone(),
            asked: amount,
            received: 0,
            written_off: 0,
            opened_by: change.actor(),
            opened_at: change.now,
            closed_at: None,
            short_reason: String::new(),
        });
        change.claim.state = State::Recovery;
        change.tell(events::ClaimRecoveryOpened {
            recovery_id: id.to_string(),
            against: events::ResponsibleParty::from(new.against).into(),
            against_code: new.against_code,
            amount_minor_units: amount,
            ..Default::default()
        });
        change.done()
    }

    /// Records what came in. What came in on the claim is never more than what was paid (I9).
    pub fn record_recovery(&self, context: &Context<'_>, received: Received) -> Decided {
        let mut change = Change::begin_in(self, context, &COMES_IN)?;
        let amount = change.claim.positive("amount", received.amount)?;
        if received.received_at.is_some_and(|at| at > change.now) {
            return Err(Error::invalid("received_at", "out_of_range", "is not later than now"));
        }
        if let Some(conversion) = &received.conversion {
            conversion.check(amount, change.claim.currency, change.now)?;
        }
        let reference = Some((received.source, received.external_id));
        if let Some(known) = change.claim.known_reference(reference.as_ref()) {
            return Err(known);
        }
        let (kind, exposure, recovery) = match received.from {
            Incoming::Salvage(exposure) => {
                change.claim.exposure(exposure)?;
                if change.claim.asked_back() + amount > change.claim.ledger.total().paid {
                    return Err(Error::RecoveryAbovePaid);
                }
                (PostingKind::SalvageReceived, exposure, None)
            }
            Incoming::Recovery(id) => {
                let index = change.open_recovery_at(id)?;
                let recovery = &mut change.claim.recoveries[index];
                if amount > recovery.outstanding() {
                    return Err(Error::RecoveryAbovePaid);
                }
                recovery.received += amount;
                (PostingKind::RecoveryReceived, recovery.exposure, Some(id))
            }
        };
        let new = NewPosting::of(kind, exposure, amount);
        let conversion = received.conversion;
        change.post(NewPosting { recovery, reference, conversion, ..new })?;
        change.tell(events::ClaimRecoveryReceived {
            recovery_id: recovery.map(|id| id.to_string()).unwrap_or_default(),
            amount_minor_units: amount,
            salvage: recovery.is_none(),
            ..Default::default()
        });
        change.done()
    }

    /// Ends a recovery, short with a reason; what is open is written off, at once or after a signature.
    pub fn close_recovery(
        &self,
        context: &Context<'_>,
        id: RecoveryId,
        short_reason: &str,
    ) -> Decided {
        let mut change = Change::begin_in(self, context, &COMES_IN)?;
        let index = change.open_recovery_at(id)?;
        let outstanding = change.claim.recoveries[index].outstanding();
        if outstanding == 0 {
            change.end_recovery(index, 0, "");
            return change.done();
        }
        if short_reason.is_empty() {
            return Err(Error::ShortReasonRequired);
        }
        let mut waiting = change.claim.pending_decisions();
        if let Some(waiting) = waiting.find(|decision| decision.recovery == Some(id)) {
            return Err(Error::DecisionPending(waiting.id));
        }
        drop(waiting);
        let draft = Draft {
            kind: DecisionKind::WriteOff,
            amount: Some(outstanding),
            waiting: outstanding,
            exposure: None,
            recovery: Some(id),
            offer: None,
            reason: short_reason.to_owned(),
            grounds: String::new(),
        };
        let actor = change.actor();
        change.decide(draft, &actor)?;
        change.done()
    }

    /// What is asked back, or came in: never more than what was paid.
    pub fn asked_back(&self) -> i64 {
        let outstanding: i64 = self.recoveries.iter().map(Recovery::outstanding).sum();
        outstanding + self.ledger.total().recovered
    }
}

impl Change<'_> {
    fn open_recovery_at(&self, id: RecoveryId) -> Result<usize, Error> {
        let found = self.claim.recoveries.iter().position(|recovery| recovery.id == id);
        let index = found.ok_or(Error::no_such(id))?;
        if self.claim.recoveries[index].is_open() { Ok(index) } else { Err(Error::RecoveryClosed) }
    }

    /// Writes off what a recovery did not bring, and ends it. What came in while the decision waited is not written off.
    pub fn write_off(&mut self, decision: &Decision) -> Result<(), Error> {
        let Some(id) = decision.recovery else { return Ok(()) };
        let index = self.open_recovery_at(id)?;
        let outstanding = self.claim.recoveries[index].outstanding();
        let amount = outstanding.min(decision.amount.unwrap_or(0));
        if amount > 0 {
            let exposure = self.claim.recoveries[index].exposure;
            self.post(NewPosting {
                decision: Some(decision.id),
                recovery: Some(id),
                reason: decision.reason.clone(),
                ..NewPosting::of(PostingKind::RecoveryWrittenOff, exposure, amount)
            })?;
        }
        self.end_recovery(index, amount, &decision.reason);
        Ok(())
    }

    fn end_recovery(&mut self, index: usize, written_off: i64, reason: &str) {
        let now = self.now;
        let recovery = &mut self.claim.recoveries[index];
        recovery.written_off += written_off;
        recovery.closed_at = Some(now);
        recovery.short_reason = reason.to_owned();
        let payload = events::ClaimRecoveryClosed {
            recovery_id: recovery.id.to_string(),
            written_off_minor_units: written_off,
            reason: reason.to_owned(),
            ..Default::default()
        };
        self.tell(payload);
    }

    /// What a reversed posting did to its recovery is undone: money did not come in, nothing was written off, or it was
    /// never asked for.
    pub fn undo_in_recovery(&mut self, posting: &Posting, reason: &str) -> Result<(), Error> {
        let Some(id) = posting.recovery else { return Ok(()) };
        let found = self.claim.recoveries.iter().position(|recovery| recovery.id == id);
        let index = found.ok_or(Error::no_such(id))?;
        let (amount, now) = (posting.amount(), self.now);
        let paid = self.claim.ledger.total().paid;
        let would_ask = self.claim.asked_back() + amount;
        let waits = self.claim.pending_decisions().any(|d| d.recovery == Some(id));
        let recovery = &mut self.claim.recoveries[index];
        match posting.kind {
            PostingKind::RecoveryReceived if recovery.is_open() => recovery.received -= amount,
            PostingKind::RecoveryWrittenOff if would_ask > paid => {
                return Err(Error::RecoveryAbovePaid);
            }
            PostingKind::RecoveryWrittenOff => {
                recovery.written_off -= amount;
                recovery.closed_at = None;
                recovery.short_reason.clear();
            }
            PostingKind::RecoveryOpened
                if recovery.is_open() && recovery.received == 0 && !waits =>
            {
                recovery.closed_at = Some(now);
                recovery.short_reason = reason.to_owned();
            }
            _ => return Err(Error::PostingNotReversible("the recovery has gone on since")),
        }
        if self.claim.recoveries[index].is_open() && self.claim.state == State::Paid {
            self.claim.state = State::Recovery;
        }
        Ok(())
    }
}
