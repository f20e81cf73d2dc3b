//! What calls count for. Definitions of service level: COPC and ICMI practice.

use kefu_api_events::Told;
use kefu_api_events::v1::CallFacts;
use kefu_kernel::Recorded;

use super::tally::Tally;
use super::{Counted, tickets};
use crate::domain::{Measure, Subject};

static CALL: Subject = Subject { projection: tickets::PROJECTION, dimensions: &["line"] };

/// The measures of calls.
pub const MEASURES: &[Measure] = &[
    Measure { code: "calls.offered", subject: &CALL },
    Measure { code: "calls.answered", subject: &CALL },
    Measure { code: "calls.answered_in_time", subject: &CALL },
    Measure { code: "calls.abandoned", subject: &CALL },
    Measure { code: "calls.abandoned_in_time", subject: &CALL },
    Measure { code: "calls.wait", subject: &CALL },
    Measure { code: "calls.wait_bins", subject: &CALL },
    Measure { code: "calls.ended", subject: &CALL },
    Measure { code: "calls.talk", subject: &CALL },
    Measure { code: "calls.talk_bins", subject: &CALL },
];

impl Counted for CallFacts {
    fn branch(&self) -> &str {
        &self.branch_id
    }

    fn dimensions(&self) -> [String; 4] {
        [self.line.clone(), String::new(), String::new(), String::new()]
    }

    /// All of a call is told on the day on which it rang, so that parts and whole are of the same calls.
    fn count(&self, tally: &mut Tally<'_>) {
        let rang = self.rang_at.as_ref();
        tally.one("calls.offered", rang);
        if self.answered_at.is_some() {
            tally.one("calls.answered", rang);
            tally.time("calls.wait", "calls.wait_bins", rang, self.answered_at.as_ref(), rang);
            if !self.breached {
                tally.one("calls.answered_in_time", rang);
            }
            if let Some(ended) = &self.ended_at {
                tally.one("calls.ended", rang);
                let answered = self.answered_at.as_ref();
                tally.time("calls.talk", "calls.talk_bins", answered, Some(ended), rang);
            }
        } else if self.abandoned {
            tally.one("calls.abandoned", rang);
            if !self.breached {
                tally.one("calls.abandoned_in_time", rang);
            }
        }
    }

    fn happened(_: &Recorded, _: &Told<Self>, _: Option<&Self>, _: &mut Tally<'_>) {}
}
