//! Overwriting what is personal in a trace, because its customer was erased. What was found stays, as counts
//! and codes.

use kefu_api_events::v1 as events;

use super::change::Change;
use super::{Decision, Proof, Trace};
use crate::domain::{Clocks, Context};

impl Trace {
    /// Overwrites every personal text, in whatever state it is. What is empty already is no change.
    ///
    /// # Errors
    ///
    /// None.
    pub fn erase(&self, context: &Context<'_>, clocks: &Clocks<'_>) -> Decision {
        let mut change = Change::of(self, context, clocks);
        let trace = &mut change.trace;
        trace.question.clear();
        trace.answer.clear();
        trace.findings.iter_mut().for_each(|finding| finding.note.clear());
        trace.proofs.iter_mut().for_each(Proof::erase);
        if let Some(conclusion) = &mut trace.conclusion {
            conclusion.grounds.clear();
        }
        if let Some(told) = &mut trace.told {
            told.note.clear();
        }
        if change.trace != *self {
            change.tell(events::TraceErased::default());
        }
        change.done()
    }
}

impl Proof {
    fn erase(&mut self) {
        self.statement.clear();
        self.files.iter_mut().for_each(|file| file.name.clear());
        self.signatures.iter_mut().for_each(|signature| signature.name.clear());
    }
}
