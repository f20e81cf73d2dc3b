//! What events tell of a ticket: its facts, and the names of the fields that changed. Both are read off the
//! states, so no verb can forget one.

use kefu_api_events::{v1 as events, wire};
use kefu_kernel::id;

use super::Ticket;

/// What is true of the ticket now.
pub(super) fn facts(ticket: &Ticket) -> events::TicketFacts {
    events::TicketFacts {
        r#type: ticket.kind.clone(),
        state: ticket.state.clone(),
        category: events::StatusCategory::from(ticket.category).into(),
        channel: events::Channel::from(ticket.channel).into(),
        source: ticket.source.clone(),
        priority: events::Priority::from(ticket.priority).into(),
        cause: ticket.cause.clone(),
        department_id: id::text(ticket.department),
        branch_id: id::text(ticket.branch()),
        assignee_id: id::text(ticket.assignee),
        owner_id: id::text(ticket.owner),
        created_at: Some(wire::timestamp(ticket.head.created_at)),
        due_at: ticket.due_at().map(wire::timestamp),
        solved_at: ticket.episode().solved_at.map(wire::timestamp),
        closed_at: ticket.closed_at.map(wire::timestamp),
        breached: ticket.is_breached(),
        episode: ticket.episode().number,
    }
}

/// Names of the fields that differ, as the resource's proto spells them; a type's own fields one by
/// one, as `fields.<code>`.
pub(super) fn changed(before: &Ticket, now: &Ticket) -> Vec<String> {
    let episodes = (before.episode(), now.episode());
    let mut names: Vec<String> = [
        ("state", before.state != now.state),
        ("category", before.category != now.category),
        ("source", before.source != now.source),
        ("subject", before.subject != now.subject),
        ("priority", before.priority != now.priority),
        ("impact", before.impact != now.impact),
        ("urgency", before.urgency != now.urgency),
        ("cause", before.cause != now.cause),
        ("language", before.language != now.language),
        ("branch_id", before.head.branch != now.head.branch),
        ("department_id", before.department != now.department),
        ("assignee_id", before.assignee != now.assignee),
        ("owner_id", before.owner != now.owner),
        ("hand_offs", before.hand_offs != now.hand_offs),
        ("episode", episodes.0.number != episodes.1.number),
        ("breached", before.is_breached() != now.is_breached()),
        ("due_at", before.due_at() != now.due_at()),
        ("first_replied_at", episodes.0.first_replied_at != episodes.1.first_replied_at),
        ("solved_at", episodes.0.solved_at != episodes.1.solved_at),
        ("closed_at", before.closed_at != now.closed_at),
        ("resolution", episodes.0.resolution != episodes.1.resolution),
        ("description", before.description != now.description),
        ("requester", before.requester != now.requester),
        ("links", before.links != now.links),
        ("clocks", before.clocks != now.clocks),
    ]
    .into_iter()
    .filter(|(_, differs)| *differs)
    .map(|(name, _)| name.to_owned())
    .collect();
    let codes: std::collections::BTreeSet<&String> =
        before.fields.keys().chain(now.fields.keys()).collect();
    let own = codes.into_iter().filter(|code| before.fields.get(*code) != now.fields.get(*code));
    names.extend(own.map(|code| format!("fields.{code}")));
    names
}
