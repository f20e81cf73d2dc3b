//! Tickets and messages as the API shows them.

use kefu_api_common::{field, wire};
use kefu_api_tickets::v1;
use kefu_kernel::id::{self, Uuid};
use kefu_kernel::{Scope, Timestamp};
use kefu_store::runner::Aggregate;

use crate::domain::call::CallState;
use crate::domain::ids::TicketId;
use crate::domain::ticket::{Episode, Link, TicketClock};
use crate::domain::words::{Level, MessageKind};
use crate::domain::{Call, Message, Ticket};
use crate::store::ticket;

/// A ticket as a command answers it: of the links made on it those to tickets that the caller is known to
/// see, which is all where there are no limits, and else `seen`.
pub fn answered(ticket: &Ticket, scope: &Scope, seen: Option<TicketId>) -> v1::Ticket {
    let shown = |link: &&Link| *scope == Scope::All || Some(link.other) == seen;
    let links = ticket.links.iter().filter(shown).map(link).collect();
    v1::Ticket { links, ..full_ticket(ticket) }
}

/// A ticket with everything that it knows by itself but its links, which lead to tickets that not everyone
/// may see.
pub fn full_ticket(ticket: &Ticket) -> v1::Ticket {
    v1::Ticket {
        description: ticket.description.clone(),
        requester: Some(v1::Requester {
            name: ticket.requester.name.clone(),
            phone: ticket.requester.phone.clone(),
            email: ticket.requester.email.clone(),
        }),
        fields: field::show_all(&ticket.fields),
        episodes: ticket.episodes.iter().map(episode).collect(),
        clocks: clocks(ticket),
        call_id: ticket.call.map(|id| id.to_string()),
        ..basic_ticket(ticket)
    }
}

/// Its clocks by episode and kind, however they came to be.
fn clocks(ticket: &Ticket) -> Vec<v1::TicketClock> {
    let mut clocks: Vec<v1::TicketClock> = ticket.clocks.iter().map(clock).collect();
    clocks.sort_by_key(|clock| (clock.episode, clock.kind));
    clocks
}

/// A ticket as lists show it.
pub fn basic_ticket(ticket: &Ticket) -> v1::Ticket {
    basic_row(&ticket.root())
}

/// A ticket as lists show it, straight from its row.
pub fn basic_row(row: &ticket::Model) -> v1::Ticket {
    let at = |millis: i64| Some(wire::timestamp(Timestamp::from_millis(millis)));
    let text = |prefix: &str, id: Option<Uuid>| id.map(|id| id::encode(prefix, id));
    let grade = |name: &str| Level::from_name(name).map_or(v1::Level::Unspecified, level).into();
    v1::Ticket {
        id: id::encode("ticket", row.id),
        number: row.number,
        etag: row.version.to_string(),
        r#type: row.kind.clone(),
        state: row.state.clone(),
        category: row.category,
        channel: row.channel,
        source: row.source.clone(),
        external_id: row.external_id.clone(),
        subject: row.subject.clone(),
        priority: row.priority,
        impact: grade(&row.impact),
        urgency: grade(&row.urgency),
        cause: row.cause.clone(),
        language: row.language.clone(),
        branch_id: text("branch", row.branch_id),
        department_id: text("department", row.department_id),
        assignee_id: text("person", row.assignee_id),
        owner_id: text("person", row.owner_id),
        hand_offs: row.hand_offs,
        episode: row.episode,
        breached: row.breached,
        historic: row.historic,
        created_by: row.created_by.clone(),
        created_at: at(row.created_at),
        updated_at: at(row.updated_at),
        due_at: row.due_at.and_then(at),
        first_replied_at: row.first_replied_at.and_then(at),
        solved_at: row.solved_at.and_then(at),
        closed_at: row.closed_at.and_then(at),
        resolution: row.resolution.clone(),
        ..v1::Ticket::default()
    }
}

/// A contribution to a conversation.
pub fn message(message: &Message) -> v1::Message {
    let kind = match message.kind {
        MessageKind::PublicReply => v1::MessageKind::PublicReply,
        MessageKind::InternalNote => v1::MessageKind::InternalNote,
        MessageKind::CustomerMessage => v1::MessageKind::CustomerMessage,
    };
    v1::Message {
        id: message.id.to_string(),
        ticket_id: message.ticket.to_string(),
        kind: kind.into(),
        channel: message.channel.to_wire(),
        author: message.author.clone(),
        body: message.body.clone(),
        external_id: message.external_id.clone(),
        sent_at: Some(wire::timestamp(message.sent_at)),
        episode: message.episode,
    }
}

/// A call, as it stands at `now`.
pub fn call(call: &Call, now: Timestamp) -> v1::Call {
    let state = match call.state() {
        CallState::Ringing => v1::CallState::Ringing,
        CallState::Answered => v1::CallState::Answered,
        CallState::Ended => v1::CallState::Ended,
        CallState::Abandoned => v1::CallState::Abandoned,
    };
    let ring = call.ring.as_ref();
    v1::Call {
        id: call.id().to_string(),
        etag: call.head.etag(),
        exchange: call.exchange.clone(),
        external_id: call.external_id.clone(),
        state: state.into(),
        line: ring.map(|ring| ring.line.clone()).unwrap_or_default(),
        caller_phone: ring.map(|ring| ring.caller_phone.clone()).unwrap_or_default(),
        branch_id: ring.and_then(|ring| ring.branch).map(|id| id.to_string()),
        agent_id: call.answer.map(|answer| answer.agent.to_string()),
        rang_at: time(ring.map(|ring| ring.at)),
        answered_at: time(call.answer.map(|answer| answer.at)),
        ended_at: time(call.hang_up.map(|end| end.at)),
        waited: Some(wire::duration(call.waited(now))),
        talked: Some(wire::duration(call.talked())),
        clock: call.clock.as_ref().map(clock),
        ticket_ids: Vec::new(),
    }
}

/// A clock of a ticket.
pub fn clock(clock: &TicketClock) -> v1::TicketClock {
    let state = match (clock.clock.is_over(), clock.clock.is_done(), clock.clock.is_paused()) {
        (true, true, _) => v1::ClockState::Met,
        (true, false, _) => v1::ClockState::Stopped,
        (false, _, true) => v1::ClockState::Paused,
        (false, _, false) => v1::ClockState::Running,
    };
    v1::TicketClock {
        kind: clock.kind.to_wire(),
        state: state.into(),
        policy: clock.policy().0.to_owned(),
        episode: clock.episode,
        due_at: time(clock.due_at),
        breached_at: time(clock.breached_at),
        ended_at: time(clock.clock.ended_at()),
    }
}

/// An instant, where there is one.
pub fn time(at: Option<Timestamp>) -> Option<prost_types::Timestamp> {
    at.map(wire::timestamp)
}

/// A link, as the ticket has it on which it was made.
pub fn link(link: &Link) -> v1::TicketLink {
    v1::TicketLink {
        kind: link.kind.to_wire(),
        other_ticket_id: link.other.to_string(),
        from_other: false,
        created_at: Some(wire::timestamp(link.created_at)),
    }
}

fn episode(episode: &Episode) -> v1::Episode {
    v1::Episode {
        number: episode.number,
        opened_at: Some(wire::timestamp(episode.opened_at)),
        first_replied_at: time(episode.first_replied_at),
        solved_at: time(episode.solved_at),
        resolution: episode.resolution.clone(),
        reason: episode.reason.clone(),
    }
}

fn level(level: Level) -> v1::Level {
    match level {
        Level::Low => v1::Level::Low,
        Level::Medium => v1::Level::Medium,
        Level::High => v1::Level::High,
    }
}
