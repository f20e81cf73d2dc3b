//! Erasing: what is personal in a claim is overwritten, because its customer was erased. Facts stay as they are.

use kefu_api_events::v1 as events;

use crate::domain::context::Context;

use super::change::Change;
use super::{Claim, Decided};

impl Claim {
    /// Overwrites everything personal. A second time there is nothing left to change.
    pub fn erase(&self, context: &Context<'_>) -> Decided {
        let mut change = Change::begin(self, context)?;
        let before = change.claim.clone();
        change.claim.overwrite();
        if change.claim != before {
            change.tell(events::ClaimErased::default());
        }
        change.done()
    }

    fn overwrite(&mut self) {
        if let Some(claimant) = &mut self.claimant {
            for text in [
                &mut claimant.name,
                &mut claimant.company,
                &mut claimant.phone,
                &mut claimant.email,
            ] {
                text.clear();
            }
        }
        self.description.clear();
        self.remark.clear();
        for line in &mut self.lines {
            line.description.clear();
            line.assessment_note.clear();
        }
        for evidence in &mut self.evidence {
            evidence.name.clear();
            evidence.custody.iter_mut().for_each(|entry| entry.note.clear());
        }
        if let Some(assessment) = &mut self.assessment {
            assessment.cap_basis.clear();
            assessment.grounds.clear();
        }
        self.offers.iter_mut().for_each(|offer| offer.message.clear());
        for decision in &mut self.decisions {
            decision.grounds.clear();
            decision.refusal_note.clear();
        }
        for payee in &mut self.payees {
            payee.name.clear();
            payee.account_end.clear();
            payee.sealed_account.clear();
        }
    }
}
