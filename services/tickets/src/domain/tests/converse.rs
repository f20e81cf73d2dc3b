//! Replies, notes, and what the customer said.

use kefu_api_events::v1 as events;
use kefu_kernel::Fault;

use super::support::{Desk, became, clock, common, names, only, to};
use crate::domain::Ticket;
use crate::domain::ticket::{FollowUp, Said};
use crate::domain::words::{Category, Channel, ClockKind, LinkKind, MessageKind};

fn said(desk: &mut Desk) -> Said {
    Said {
        id: desk.id(),
        body: "It is still wet.".into(),
        channel: None,
        source: String::new(),
        external_id: None,
        sent_at: None,
    }
}

fn follow_up(desk: &mut Desk) -> FollowUp {
    FollowUp { id: desk.id(), number: 900 }
}

fn hear(desk: &mut Desk, ticket: &Ticket) -> (Ticket, Vec<kefu_kernel::NewEvent>) {
    let (said, follow_up) = (said(desk), follow_up(desk));
    let (ticket, told, _) = ticket.customer_message(&desk.context(), said, follow_up).unwrap();
    (ticket, told)
}

#[test]
fn the_first_reply_of_an_episode_meets_the_clock_that_waits_for_it() {
    let mut desk = Desk::new();
    let ticket = desk.open("inquiry", Channel::Email);
    desk.pass(30);
    let id = desk.id();
    let (ticket, told, message) =
        ticket.reply(&desk.context(), id, "We look into it.".into(), None).unwrap();
    assert_eq!(names(&told), ["TicketReplied"]);
    let event: events::TicketReplied = only(&told);
    assert!(event.first_of_episode);
    assert_eq!(
        (event.message_id.as_str(), event.channel()),
        (id.to_string().as_str(), events::Channel::Email)
    );
    assert_eq!(
        became(&common(&told)[0]),
        [(events::ClockKind::FirstResponse, events::ClockChangeKind::Met)]
    );
    assert!(!event.clock_changes[0].late);
    assert_eq!((message.kind, message.episode), (MessageKind::PublicReply, 1));
    assert_eq!(message.author, "person_agent");
    assert_eq!(ticket.episode().first_replied_at, Some(desk.now));
    let (again, id) = (desk.now, desk.id());
    desk.pass(30);
    let (ticket, told, _) = ticket.reply(&desk.context(), id, "Done.".into(), None).unwrap();
    assert!(!only::<events::TicketReplied>(&told).first_of_episode);
    assert_eq!(ticket.episode().first_replied_at, Some(again));
}

#[test]
fn a_reply_takes_a_new_ticket_up() {
    let mut desk = Desk::new();
    let ticket = desk.fresh("inquiry", Channel::Email);
    let id = desk.id();
    let (ticket, told, _) = ticket.reply(&desk.context(), id, "Hello.".into(), None).unwrap();
    assert_eq!(names(&told), ["TicketReplied", "TicketStatusChanged"]);
    assert_eq!((ticket.category, ticket.assignee), (Category::Open, None));
}

#[test]
fn a_note_changes_nothing_but_is_told() {
    let mut desk = Desk::new();
    let ticket = desk.open("inquiry", Channel::Email);
    let id = desk.id();
    let (after, told, message) = ticket.note(&desk.context(), id, "He is upset.".into()).unwrap();
    assert_eq!(after, ticket);
    assert_eq!(names(&told), ["TicketNoted"]);
    assert_eq!(message.kind, MessageKind::InternalNote);
    assert!(!String::from_utf8_lossy(&told[0].payload).contains("upset"));
}

#[test]
fn a_chat_owes_an_answer_within_five_minutes_and_to_every_message_anew() {
    let mut desk = Desk::new();
    let ticket = desk.open("inquiry", Channel::Chat);
    let start = desk.now;
    let five = std::time::Duration::from_secs(300);
    assert_eq!(clock(&ticket, ClockKind::FirstAnswer).due_at, Some(start.plus(five)));
    desk.pass(1);
    let (ticket, told) = hear(&mut desk, &ticket);
    assert_eq!(became(&common(&told)[0]), [], "the first answer is still owed");
    desk.pass(1);
    let id = desk.id();
    let (ticket, told, _) = ticket.reply(&desk.context(), id, "Hello!".into(), None).unwrap();
    assert_eq!(
        became(&common(&told)[0]),
        [(events::ClockKind::FirstAnswer, events::ClockChangeKind::Met)]
    );
    desk.pass(10);
    let (ticket, told) = hear(&mut desk, &ticket);
    assert_eq!(
        became(&common(&told)[0]),
        [(events::ClockKind::NextReply, events::ClockChangeKind::Started)]
    );
    let asked = desk.now;
    desk.pass(2);
    let (ticket, told) = hear(&mut desk, &ticket);
    assert_eq!(became(&common(&told)[0]), [], "it counts from the first message that waits");
    assert_eq!(clock(&ticket, ClockKind::NextReply).due_at, Some(asked.plus(five)));
    desk.pass(4);
    let id = desk.id();
    let (ticket, told, _) = ticket.reply(&desk.context(), id, "Sorry.".into(), None).unwrap();
    assert_eq!(names(&told), ["TicketClockBreached", "TicketReplied"]);
    assert!(only::<events::TicketReplied>(&told).clock_changes[0].late);
    assert!(ticket.is_breached());
    let (ticket, _) = hear(&mut desk, &ticket);
    let kept = ticket.clocks.iter().filter(|clock| clock.kind == ClockKind::NextReply);
    assert_eq!(kept.count(), 1, "the latest of a kind and episode");
    assert!(ticket.is_breached(), "the episode remembers");
}

#[test]
fn a_customers_message_lets_a_waiting_ticket_go_on() {
    for state in ["pending", "on_hold"] {
        let mut desk = Desk::new();
        let ticket = desk.open("inquiry", Channel::Email);
        let (ticket, _) = desk.go(&ticket, to(state)).unwrap();
        let (ticket, told) = hear(&mut desk, &ticket);
        assert_eq!(names(&told), ["TicketStatusChanged", "TicketCustomerReplied"]);
        assert_eq!(only::<events::TicketStatusChanged>(&told).reason, "customer_message");
        assert_eq!((ticket.state.as_str(), ticket.episode().number), ("open", 1));
    }
}

#[test]
fn a_customers_message_reopens_a_solved_ticket() {
    let mut desk = Desk::new();
    let solved = desk.solved("inquiry", Channel::Chat);
    let (said, next) = (said(&mut desk), follow_up(&mut desk));
    let (ticket, told, message) = solved.customer_message(&desk.context(), said, next).unwrap();
    assert_eq!(names(&told), ["TicketReopened", "TicketCustomerReplied"]);
    assert_eq!((ticket.episode().number, message.episode), (2, 2));
    assert_eq!(ticket.episode().reason, "customer_message");
    assert!(!clock(&ticket, ClockKind::NextReply).clock.is_over());
}

#[test]
fn a_customers_message_on_a_closed_ticket_opens_a_linked_follow_up() {
    let mut desk = Desk::new();
    let closed = desk.closed("complaint", Channel::Email);
    let (mut said, next) = (said(&mut desk), follow_up(&mut desk));
    said.channel = Some(Channel::Chat);
    said.external_id = Some("m-1".into());
    let (ticket, told, message) = closed.customer_message(&desk.context(), said, next).unwrap();
    assert_eq!(names(&told), ["TicketCreated", "TicketLinked", "TicketCustomerReplied"]);
    assert_eq!((ticket.id(), ticket.number), (next.id, 900));
    assert_eq!((ticket.category, ticket.channel), (Category::New, Channel::Chat));
    let link = &ticket.links[0];
    assert_eq!((link.kind, link.other), (LinkKind::FollowUp, closed.id()));
    assert_eq!(
        (ticket.subject.as_str(), &ticket.requester),
        (closed.subject.as_str(), &closed.requester)
    );
    assert_eq!((message.ticket, message.episode), (ticket.id(), 1));
    assert_eq!(message.external_id.as_deref(), Some("m-1"));
    assert_eq!(message.source, "customer_line");
}

#[test]
fn a_message_from_the_future_is_refused() {
    let mut desk = Desk::new();
    let ticket = desk.open("inquiry", Channel::Email);
    let (mut said, next) = (said(&mut desk), follow_up(&mut desk));
    said.sent_at = Some(desk.now.plus(std::time::Duration::from_secs(1)));
    let error = ticket.customer_message(&desk.context(), said, next).unwrap_err();
    assert_eq!(error.field_violations()[0].field, "sent_at");
}
