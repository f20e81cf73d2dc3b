//! Who works on a ticket, where it goes, and how it comes back.

use kefu_api_events::v1 as events;
use kefu_kernel::Fault;

use super::support::{Desk, at, became, clock, common, names, only, refused, solve, to};
use crate::domain::ids::{DepartmentId, PersonId};
use crate::domain::ticket::{Move, Recipient};
use crate::domain::words::{Category, Channel, ClockKind};

#[test]
fn the_first_assignee_takes_it_up_and_owns_it_for_good() {
    let mut desk = Desk::new();
    let ticket = desk.fresh("inquiry", Channel::Email);
    let (first, second): (PersonId, PersonId) = (desk.id(), desk.id());
    let (ticket, told) = ticket.assign(&desk.context(), Some(first)).unwrap();
    assert_eq!(names(&told), ["TicketAssigned", "TicketStatusChanged"]);
    assert_eq!((ticket.category, ticket.owner), (Category::Open, Some(first)));
    assert_eq!(told[0].changed, ["assignee_id", "owner_id"]);
    assert_eq!(told[1].changed, ["state", "category"]);
    let told = common(&told);
    assert_eq!(told[0].former.as_ref().unwrap().assignee_id.as_deref(), Some(""));
    assert_eq!(told[1].former.as_ref().unwrap().state.as_deref(), Some("new"));
    let (ticket, told) = ticket.assign(&desk.context(), Some(second)).unwrap();
    assert_eq!(names(&told), ["TicketAssigned"]);
    assert_eq!((ticket.assignee, ticket.owner, ticket.hand_offs), (Some(second), Some(first), 1));
    let (ticket, _) = ticket.assign(&desk.context(), None).unwrap();
    assert_eq!((ticket.assignee, ticket.owner, ticket.hand_offs), (None, Some(first), 1));
    assert_eq!(ticket.category, Category::Open, "new is never entered again");
}

#[test]
fn giving_it_to_whoever_has_it_is_refused() {
    let mut desk = Desk::new();
    let ticket = desk.open("inquiry", Channel::Email);
    let error = refused(ticket.assign(&desk.context(), ticket.assignee));
    assert_eq!(error.reason(), "ALREADY_ASSIGNED");
}

#[test]
fn a_transfer_to_a_department_leaves_it_to_nobody_and_counts() {
    let mut desk = Desk::new();
    let ticket = desk.open("complaint", Channel::Phone);
    let department: DepartmentId = desk.id();
    let recipient = Recipient::Department(department);
    let (moved, told) = ticket.transfer(&desk.context(), recipient, "not_ours").unwrap();
    assert_eq!((moved.department, moved.assignee), (Some(department), None));
    assert_eq!(moved.owner, ticket.owner);
    let event: events::TicketTransferred = only(&told);
    assert_eq!((event.hand_offs, event.reason.as_str()), (1, "not_ours"));
    assert_eq!(
        refused(moved.transfer(&desk.context(), recipient, "")).reason(),
        "ALREADY_ASSIGNED"
    );
    let (person, theirs) = (desk.id(), Some(desk.id()));
    let recipient = Recipient::Person { person, department: theirs };
    let (moved, _) = moved.transfer(&desk.context(), recipient, "").unwrap();
    assert_eq!((moved.department, moved.assignee, moved.hand_offs), (theirs, Some(person), 2));
}

#[test]
fn a_transfer_to_a_person_takes_a_new_ticket_up() {
    let mut desk = Desk::new();
    let ticket = desk.fresh("inquiry", Channel::Email);
    let recipient = Recipient::Person { person: desk.id(), department: None };
    let (ticket, told) = ticket.transfer(&desk.context(), recipient, "").unwrap();
    assert_eq!(names(&told), ["TicketTransferred", "TicketStatusChanged"]);
    assert_eq!(ticket.category, Category::Open);
}

#[test]
fn only_the_ways_of_the_type_lead_on() {
    let mut desk = Desk::new();
    let ticket = desk.open("inquiry", Channel::Email);
    let error = refused(desk.go(&ticket, to("new")));
    assert_eq!(error.reason(), "TRANSITION_NOT_ALLOWED");
    assert_eq!(error.metadata(), [("from", "open".to_owned()), ("to", "new".to_owned())]);
    assert_eq!(refused(desk.go(&ticket, to("open"))).reason(), "TRANSITION_NOT_ALLOWED");
    assert_eq!(refused(desk.go(&ticket, to("investigating"))).reason(), "UNKNOWN_REFERENCE");
}

#[test]
fn a_way_may_need_a_permission() {
    let mut desk = Desk::new();
    let ticket = desk.open("inquiry", Channel::Email);
    let spam = Move { resolution: "spam".into(), ..to("closed") };
    let error = refused(ticket.transition(&desk.context(), spam.clone(), &|_| false));
    assert_eq!(error.reason(), "TRANSITION_NEEDS_PERMISSION");
    assert_eq!(error.metadata(), [("permission", "tickets.close_unsolved".to_owned())]);
    let holds = |permission: &str| permission == "tickets.close_unsolved";
    let (closed, _) = ticket.transition(&desk.context(), spam, &holds).unwrap();
    assert_eq!((closed.category, closed.episode().solved_at), (Category::Closed, None));
    assert_eq!(closed.closed_at, Some(desk.now));
}

#[test]
fn a_way_may_need_fields_and_names_all_that_are_empty() {
    let mut desk = Desk::new();
    let ticket = desk.open("complaint", Channel::Phone);
    let error = refused(desk.go(&ticket, to("solved")));
    assert_eq!(error.reason(), "TRANSITION_NEEDS_FIELDS");
    assert_eq!(error.metadata(), [("fields", "cause,resolution,fields.justified".to_owned())]);
    let (solved, told) = desk.go(&ticket, solve("complaint")).unwrap();
    let event: events::TicketStatusChanged = only(&told);
    assert_eq!(event.resolution, "refunded");
    assert_eq!(solved.cause, "packaging");
    assert_eq!(solved.episode().solved_at, Some(desk.now));
    let changed = &told[0].changed;
    assert!(
        changed.contains(&"fields.justified".to_owned()) && changed.contains(&"cause".to_owned())
    );
}

#[test]
fn solving_needs_an_assignee_who_then_stays() {
    let mut desk = Desk::new();
    let ticket = desk.fresh("inquiry", Channel::Email);
    let error = refused(desk.go(&ticket, to("solved")));
    assert_eq!(error.metadata(), [("fields", "assignee_id".to_owned())]);
    let solved = desk.solved("inquiry", Channel::Email);
    assert_eq!(refused(solved.assign(&desk.context(), None)).reason(), "ASSIGNEE_REQUIRED");
    let recipient = Recipient::Department(desk.id());
    let error = refused(solved.transfer(&desk.context(), recipient, ""));
    assert_eq!(error.reason(), "ASSIGNEE_REQUIRED");
}

#[test]
fn a_result_belongs_to_the_end_only() {
    let mut desk = Desk::new();
    let ticket = desk.open("inquiry", Channel::Email);
    let early = Move { resolution: "refunded".into(), ..to("pending") };
    let error = refused(desk.go(&ticket, early));
    assert_eq!(error.reason(), "VALIDATION_FAILED");
    assert_eq!(error.field_violations()[0].field, "resolution");
}

#[test]
fn a_solved_ticket_is_reopened_into_its_next_episode() {
    let mut desk = Desk::new();
    let solved = desk.solved("inquiry", Channel::Email);
    desk.pass(24 * 60);
    let (again, told) = solved.reopen(&desk.context(), "not_solved").unwrap();
    assert_eq!(again.category, Category::Open);
    let episodes: Vec<_> =
        again.episodes.iter().map(|e| (e.number, e.solved_at.is_some())).collect();
    assert_eq!(episodes, [(1, true), (2, false)]);
    assert_eq!(
        (again.episode().opened_at, again.episode().reason.as_str()),
        (desk.now, "not_solved")
    );
    let event: events::TicketReopened = only(&told);
    let (facts, former) = (event.facts.unwrap(), event.former.unwrap());
    assert_eq!((facts.episode, former.episode), (2, Some(1)));
    assert_eq!(facts.solved_at, None);
    assert!(former.solved_at.is_some_and(|at| at.seconds > 0));
    assert_eq!(
        became(&common(&told)[0]),
        [
            (events::ClockKind::FirstResponse, events::ClockChangeKind::Started),
            (events::ClockKind::Resolution, events::ClockChangeKind::Started),
        ]
    );
    assert_eq!(clock(&again, ClockKind::Resolution).due_at, Some(at("2026-11-25 17:00")));
    assert_eq!(again.clocks.iter().filter(|c| c.kind == ClockKind::Resolution).count(), 2);
    assert_eq!(again.assignee, solved.assignee);
}

#[test]
fn only_a_solved_ticket_is_reopened() {
    let mut desk = Desk::new();
    let open = desk.open("inquiry", Channel::Email);
    assert_eq!(refused(open.reopen(&desk.context(), "")).reason(), "TICKET_NOT_SOLVED");
    let solved = desk.solved("inquiry", Channel::Email);
    assert_eq!(refused(desk.go(&solved, to("open"))).reason(), "TRANSITION_NOT_ALLOWED");
}

#[test]
fn a_closed_ticket_refuses_everything() {
    let mut desk = Desk::new();
    let closed = desk.closed("complaint", Channel::Phone);
    let other = desk.open("complaint", Channel::Phone);
    let (message, person) = (desk.id(), desk.id());
    let context = desk.context();
    let kind = crate::domain::words::LinkKind::Related;
    let reasons = [
        refused(closed.assign(&context, Some(person))),
        refused(closed.transfer(&context, Recipient::Person { person, department: None }, "")),
        refused(desk.go(&closed, to("open"))),
        refused(closed.reopen(&context, "")),
        refused(closed.update(&context, crate::domain::ticket::Patch::default())),
        refused(closed.link(&context, kind, &other, &[])),
        refused(closed.unlink(&context, kind, other.id())),
        closed.reply(&context, message, "late".into(), None).unwrap_err(),
        closed.note(&context, message, "late".into()).unwrap_err(),
    ];
    for error in reasons {
        assert_eq!(error.reason(), "TICKET_CLOSED");
        assert_eq!(error.resource(), Some(("ticket", closed.id().to_string())));
    }
    assert_eq!(closed.wakes_at(), None);
    assert_eq!(closed.due_at(), None);
}
