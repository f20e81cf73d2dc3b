//! What tickets count for.

use kefu_api_events::Told;
use kefu_api_events::v1::{Clock, ClockChangeKind, ClockKind, TicketClockBreached, TicketFacts};
use kefu_kernel::Recorded;
use prost::Message;

use super::tally::Tally;
use super::{Counted, word};
use crate::domain::{Measure, Subject};

/// The projection that folds tickets and calls.
pub const PROJECTION: &str = "ticket_metrics";

/// The code of the type that complaints have.
const COMPLAINT: &str = "complaint";

static TICKET: Subject =
    Subject { projection: PROJECTION, dimensions: &["type", "channel", "department_id", "cause"] };

/// The measures of tickets.
pub const MEASURES: &[Measure] = &[
    Measure { code: "tickets.created", subject: &TICKET },
    Measure { code: "tickets.solved", subject: &TICKET },
    Measure { code: "tickets.closed", subject: &TICKET },
    Measure { code: "tickets.closed_at_once", subject: &TICKET },
    Measure { code: "tickets.resolution", subject: &TICKET },
    Measure { code: "tickets.resolution_bins", subject: &TICKET },
    Measure { code: "complaints.registered", subject: &TICKET },
    Measure { code: "complaints.closed", subject: &TICKET },
    Measure { code: "episodes.solved", subject: &TICKET },
    Measure { code: "episodes.reopened", subject: &TICKET },
    Measure { code: "tickets.handed_off", subject: &TICKET },
    Measure { code: "tickets.replied", subject: &TICKET },
    Measure { code: "first_answers.met", subject: &TICKET },
    Measure { code: "first_answers.missed", subject: &TICKET },
    Measure { code: "first_responses.met", subject: &TICKET },
    Measure { code: "first_responses.missed", subject: &TICKET },
    Measure { code: "next_replies.met", subject: &TICKET },
    Measure { code: "next_replies.missed", subject: &TICKET },
    Measure { code: "resolutions.met", subject: &TICKET },
    Measure { code: "resolutions.missed", subject: &TICKET },
];

impl Counted for TicketFacts {
    fn branch(&self) -> &str {
        &self.branch_id
    }

    fn dimensions(&self) -> [String; 4] {
        let channel = word(self.channel().as_str_name(), "CHANNEL_");
        [self.r#type.clone(), channel, self.department_id.clone(), self.cause.clone()]
    }

    fn count(&self, tally: &mut Tally<'_>) {
        let (created, solved) = (self.created_at.as_ref(), self.solved_at.as_ref());
        tally.one("tickets.created", created);
        tally.one("tickets.solved", solved);
        tally.one("tickets.closed", self.closed_at.as_ref());
        tally.time("tickets.resolution", "tickets.resolution_bins", created, solved, solved);
        if self.episode <= 1 {
            tally.one("tickets.closed_at_once", self.closed_at.as_ref());
        }
        if self.r#type == COMPLAINT {
            tally.one("complaints.registered", created);
            tally.one("complaints.closed", self.closed_at.as_ref());
        }
    }

    fn happened(event: &Recorded, told: &Told<Self>, before: Option<&Self>, tally: &mut Tally<'_>) {
        let facts = &told.facts;
        if before.is_none_or(|before| before.solved_at.is_none()) {
            tally.one("episodes.solved", facts.solved_at.as_ref());
        }
        let at = Some(event.recorded_at);
        match event.name() {
            "TicketReopened" => tally.one_at("episodes.reopened", at),
            "TicketTransferred" => tally.one_at("tickets.handed_off", at),
            "TicketReplied" => tally.one_at("tickets.replied", at),
            "TicketClockBreached" => {
                let breached = TicketClockBreached::decode(event.payload.as_slice());
                if let Some((_, missed)) =
                    breached.ok().and_then(|told| of_clock(told.clock.as_ref()?))
                {
                    tally.one_at(missed, at);
                }
            }
            _ => {}
        }
        for change in &told.clock_changes {
            let clock = change.clock.as_ref().filter(|_| !change.late);
            if change.kind() == ClockChangeKind::Met
                && let Some((met, _)) = clock.and_then(of_clock)
            {
                tally.one_at(met, at);
            }
        }
    }
}

/// What a clock counts for when it is met in time, and when it runs out.
fn of_clock(clock: &Clock) -> Option<(&'static str, &'static str)> {
    match clock.kind() {
        ClockKind::FirstAnswer => Some(("first_answers.met", "first_answers.missed")),
        ClockKind::FirstResponse => Some(("first_responses.met", "first_responses.missed")),
        ClockKind::NextReply => Some(("next_replies.met", "next_replies.missed")),
        ClockKind::Resolution => Some(("resolutions.met", "resolutions.missed")),
        _ => None,
    }
}
