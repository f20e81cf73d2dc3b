//! The checklist: asking for what is missing, waiving it, and going on.

use std::time::Duration;

use kefu_api_events::v1 as events;
use kefu_api_events::wire;
use kefu_kernel::Timestamp;

use crate::domain::context::Context;
use crate::domain::error::Error;
use crate::domain::ids::EvidenceId;
use crate::domain::types::Asked;
use crate::domain::words::State;

use super::change::Change;
use super::{ChecklistItem, Claim, Decided};

/// For so long the claimant has time to hand something in at most.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

impl Claim {
    /// Asks the claimant for items of the checklist. Clocks of ours stand still until they are there or their time is
    /// over; those of the law never do.
    pub fn request_documents(
        &self,
        context: &Context<'_>,
        items: &[String],
        wanted_by: Timestamp,
        message: String,
    ) -> Decided {
        let mut change = Change::begin_in(self, context, &[State::Investigating, State::Assessed])?;
        if wanted_by <= change.now || wanted_by > change.now.plus(LONGEST) {
            let what = "is later than now, at most a year";
            return Err(Error::invalid("wanted_by", "out_of_range", what));
        }
        let rules = context.rules.of_type(self.kind)?;
        for code in items {
            rules.item(code).ok_or_else(|| Error::unknown("items", code))?;
            let item = change.claim.item(code);
            item.requested = true;
            item.wanted_by = Some(wanted_by);
            item.waived = None;
        }
        change.claim.remark = message;
        change.claim.state = State::AwaitingDocuments;
        change.pause_or_resume()?;
        change.report()?;
        change.tell(events::ClaimDocumentsRequested {
            items: items.to_vec(),
            wanted_by: Some(wire::timestamp(wanted_by)),
            ..Default::default()
        });
        change.done()
    }

    /// Goes on although not everything came.
    pub fn resume_investigation(&self, context: &Context<'_>) -> Decided {
        let mut change = Change::begin_in(self, context, &[State::AwaitingDocuments])?;
        change.resume(false)?;
        change.done()
    }

    /// Does not ask for an item of the checklist.
    pub fn waive_item(&self, context: &Context<'_>, code: &str, reason: &str) -> Decided {
        let mut change = Change::begin(self, context)?;
        if change.claim.state.is_over() {
            return Err(Error::StateRefuses(change.claim.state));
        }
        let rules = context.rules.of_type(self.kind)?;
        rules.item(code).ok_or_else(|| Error::unknown("item", code))?;
        let actor = change.actor();
        let item = change.claim.item(code);
        item.requested = false;
        item.waived = Some((reason.to_owned(), actor));
        change.tell(events::ClaimChecklistItemWaived {
            item: code.to_owned(),
            reason: reason.to_owned(),
            ..Default::default()
        });
        change.resume_when_complete()?;
        change.done()
    }

    /// The evidence that answers an item and counts.
    pub fn answers(&self, asked: &Asked) -> Vec<EvidenceId> {
        let counts = self.evidence.iter().filter(|evidence| {
            evidence.withdrawn.is_none() && asked.evidence_kinds.contains(&evidence.kind)
        });
        counts.map(|evidence| evidence.id).collect()
    }

    /// Required items that are neither there nor waived.
    pub fn open_items(&self, checklist: &[Asked]) -> Vec<String> {
        let waived = |code: &String| {
            self.checklist.iter().any(|item| item.code == *code && item.waived.is_some())
        };
        let open = checklist.iter().filter(|asked| {
            asked.required && !waived(&asked.code) && self.answers(asked).is_empty()
        });
        open.map(|asked| asked.code.clone()).collect()
    }

    fn item(&mut self, code: &str) -> &mut ChecklistItem {
        let found = self.checklist.iter().position(|item| item.code == code);
        let index = found.unwrap_or_else(|| {
            let (wanted_by, requested, waived) = (None, false, None);
            let code = code.to_owned();
            self.checklist.push(ChecklistItem { code, wanted_by, requested, waived });
            self.checklist.len() - 1
        });
        &mut self.checklist[index]
    }
}

impl Change<'_> {
    /// Something of these kinds came: items that it answers are not waited for any more.
    pub fn came(&mut self, kind: &str) -> Result<(), Error> {
        let rules = self.context.rules.of_type(self.claim.kind)?;
        for item in &mut self.claim.checklist {
            let asked = rules.item(&item.code);
            if asked.is_some_and(|asked| asked.evidence_kinds.iter().any(|k| k == kind)) {
                item.requested = false;
            }
        }
        Ok(())
    }

    /// Goes on where nothing is waited for any more.
    pub fn resume_when_complete(&mut self) -> Result<(), Error> {
        let waits = self.claim.checklist.iter().any(|item| item.requested);
        if self.claim.state == State::AwaitingDocuments && !waits {
            self.resume(true)?;
        }
        Ok(())
    }

    /// Goes on; `complete`: whether everything came.
    pub fn resume(&mut self, complete: bool) -> Result<(), Error> {
        for item in &mut self.claim.checklist {
            item.requested = false;
        }
        self.claim.state = State::Investigating;
        self.pause_or_resume()?;
        self.tell(events::ClaimInvestigationResumed { complete, ..Default::default() });
        Ok(())
    }
}
