//! Settling what is true, by what was found; and the claim that is prepared from it.

use kefu_api_events::v1 as events;

use super::change::Change;
use super::words::{TraceOutcome, TraceState};
use super::{Addressee, Conclusion, Decision, Finding, Trace};
use crate::domain::ids::ClaimId;
use crate::domain::words::ResponsibleParty;
use crate::domain::{Clocks, Context, Error};

/// What is true.
#[derive(Clone, Debug)]
pub struct Conclude {
    /// What is true.
    pub outcome: TraceOutcome,
    /// Who has to answer for it.
    pub responsible: Option<ResponsibleParty>,
    /// The department or carrier that has to.
    pub responsible_unit: Option<Addressee>,
    /// How it came to that. A code; empty: not known.
    pub cause: String,
    /// How many units are missing.
    pub short: i64,
    /// How many units are damaged.
    pub damaged: i64,
    /// Why that is true. Personal data.
    pub grounds: String,
    /// Whether a claim is to be prepared from it.
    pub prepare_claim: bool,
}

impl Trace {
    /// Settles what is true.
    ///
    /// # Errors
    ///
    /// [`Error::TraceStateRefuses`]; [`Error::FindingRequired`] for all but what cannot be told;
    /// [`Error::CountsInvalid`] where the counts contradict it; [`Error::ClaimNotSuggested`].
    pub fn conclude(&self, context: &Context<'_>, clocks: &Clocks<'_>, with: Conclude) -> Decision {
        let states = [TraceState::Requested, TraceState::Sent, TraceState::Found];
        let mut change = Change::within(self, context, clocks, &states)?;
        if self.findings.is_empty() && with.outcome != TraceOutcome::Inconclusive {
            return Err(Error::FindingRequired(self.id()));
        }
        self.check_counts(&with)?;
        if with.prepare_claim && !with.outcome.is_a_loss() {
            return Err(Error::ClaimNotSuggested(self.id()));
        }
        change.trace.state = TraceState::Concluded;
        change.trace.concluded_at = Some(change.now);
        change.trace.conclusion = Some(Conclusion {
            outcome: with.outcome,
            responsible: with.responsible,
            responsible_unit: with.responsible_unit,
            cause: with.cause,
            short: with.short,
            damaged: with.damaged,
            grounds: with.grounds,
            prepares_claim: with.prepare_claim,
            by: context.actor.to_owned(),
        });
        let claim_suggested = with.prepare_claim;
        change.tell(events::TraceConcluded { claim_suggested, ..Default::default() });
        change.done()
    }

    /// Takes over the claim that was prepared from it. The same again is no change.
    ///
    /// # Errors
    ///
    /// [`Error::TraceStateRefuses`] before its conclusion.
    pub fn claim_prepared(
        &self,
        context: &Context<'_>,
        clocks: &Clocks<'_>,
        claim: ClaimId,
    ) -> Decision {
        if self.conclusion.is_none() {
            return Err(self.refuses());
        }
        let mut change = Change::of(self, context, clocks);
        if self.claim.is_none() {
            change.trace.claim = Some(claim);
            change.tell(events::TraceClaimPrepared::default());
        }
        change.done()
    }

    /// Refuses a conclusion that contradicts itself, or every finding that counted.
    fn check_counts(&self, with: &Conclude) -> Result<(), Error> {
        use TraceOutcome::{Damaged, Intact, Lost, Short};
        let contradicts =
            Err(Error::CountsInvalid("the outcome and its counts contradict each other"));
        match with.outcome {
            Damaged if with.damaged == 0 => return contradicts,
            Short if with.short == 0 => return contradicts,
            Intact if with.short > 0 || with.damaged > 0 => return contradicts,
            _ => {}
        }
        let counted: Vec<&Finding> =
            self.findings.iter().filter(|finding| !finding.counts.is_empty()).collect();
        // Findings may differ; what is concluded has been found by one of them, or lies below.
        let most = |of: fn(&Finding) -> i64| counted.iter().map(|finding| of(finding)).max();
        let beyond = |told: i64, found: Option<i64>| found.is_some_and(|found| told > found);
        let missing = with.outcome != Lost && beyond(with.short, most(Finding::short));
        if missing || beyond(with.damaged, most(Finding::damaged)) {
            return Err(Error::CountsInvalid("no finding counted so many"));
        }
        Ok(())
    }
}
