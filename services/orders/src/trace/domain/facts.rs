//! What events tell of a trace: its facts, and the names of the fields that changed.

use kefu_api_events::wire::timestamp;
use kefu_api_events::{Subject, v1 as events};
use kefu_kernel::id;

use super::words::TraceOutcome;
use super::{Addressee, Trace};
use crate::domain::clocks::{due_at, is_breached};
use crate::domain::count;
use crate::domain::words::ResponsibleParty;

impl Subject for Trace {
    type Facts = events::TraceFacts;

    fn subject_id(&self) -> String {
        self.id().to_string()
    }

    fn facts(&self) -> events::TraceFacts {
        let (department_id, carrier) = match &self.addressee {
            Some(Addressee::Department(department)) => (department.to_string(), String::new()),
            Some(Addressee::Carrier(carrier)) => (String::new(), carrier.clone()),
            None => (String::new(), String::new()),
        };
        let concluded = self.conclusion.as_ref();
        let responsible = concluded.and_then(|conclusion| conclusion.responsible);
        events::TraceFacts {
            kind: self.kind.to_wire(),
            state: self.state.to_wire(),
            reason: self.reason.clone(),
            customer_id: id::text(self.customer),
            order_id: id::text(self.order),
            shipment_id: self.shipment.to_string(),
            ticket_id: id::text(self.ticket),
            claim_id: id::text(self.claim),
            branch_id: id::text(self.branch()),
            department_id,
            carrier,
            asked_by: self.asked_by.clone(),
            assignee_id: id::text(self.assignee),
            outcome: concluded.map_or(0, |conclusion| TraceOutcome::to_wire(conclusion.outcome)),
            responsible: responsible.map_or(0, ResponsibleParty::to_wire),
            findings: count(self.findings.len()),
            proofs: count(self.proofs.len()),
            created_at: Some(timestamp(self.head.created_at)),
            concluded_at: self.concluded_at.map(timestamp),
            answered_at: self.answered_at.map(timestamp),
            ended_at: self.ended_at.map(timestamp),
            due_at: due_at(&self.clocks).map(timestamp),
            breached: is_breached(&self.clocks),
        }
    }

    fn changed(before: &Self, now: &Self) -> Vec<String> {
        let concluded = before.conclusion != now.conclusion;
        [
            ("state", before.state != now.state),
            ("addressee", before.addressee != now.addressee),
            ("assignee_id", before.assignee != now.assignee),
            ("claim_id", before.claim != now.claim),
            ("findings", before.findings != now.findings),
            ("proofs", before.proofs != now.proofs),
            ("outcome", concluded),
            ("responsible", concluded),
            ("conclusion", concluded),
            ("question", before.question != now.question),
            ("answer", before.answer != now.answer),
            ("told", before.told != now.told),
            ("concluded_at", before.concluded_at != now.concluded_at),
            ("answered_at", before.answered_at != now.answered_at),
            ("ended_at", before.ended_at != now.ended_at),
            ("cancel_reason", before.cancel_reason != now.cancel_reason),
            ("breached", is_breached(&before.clocks) != is_breached(&now.clocks)),
            ("clocks", before.clocks != now.clocks),
        ]
        .into_iter()
        .filter(|(_, differs)| *differs)
        .map(|(name, _)| name.to_owned())
        .collect()
    }
}
