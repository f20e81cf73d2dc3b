//! Planning, assigning, cancelling, and what follows on the answers.

use std::time::Duration;

use kefu_api_events::v1 as events;
use kefu_kernel::Fault;

use super::support::{Desk, ZONE, department, names, only, opinion, person, reach, satisfied};
use crate::revisit::domain::words::{Occasion, OpinionKind, State};
use crate::revisit::domain::{Answers, Handlers, Plan, Revisit, least_busy};

fn plan(desk: &mut Desk) -> Plan {
    Plan {
        id: desk.id(),
        customer: desk.id(),
        branch: None,
        occasion: Occasion::Irregular,
        subject: None,
        handlers: Handlers::default(),
        department: None,
        opens_at: None,
        due_at: desk.now.plus(Duration::from_secs(60)),
        assignee: Some(person(1)),
        script: None,
    }
}

#[test]
fn a_person_plans_a_revisit() {
    let mut desk = Desk::new();
    let plan = plan(&mut desk);
    let (revisit, told) = Revisit::plan(&desk.context(), plan.clone(), &desk.calendar).unwrap();
    assert_eq!(names(&told), ["RevisitScheduled", "RevisitOpened"]);
    assert_eq!((revisit.policy.as_str(), revisit.key()), ("manual", None));
    let said = Answers { answers: [].into(), ..satisfied() };
    assert!(revisit.answered(&desk.context(), said, &[], &reach(ZONE)).is_ok());
    let text = revisit.explain(None, &desk.calendars(), desk.now).unwrap();
    assert!(text[0].starts_with("It was planned 2026-11-23 10:00"), "{text:?}");
    for wrong in
        [Plan { due_at: desk.now, ..plan.clone() }, Plan { opens_at: Some(plan.due_at), ..plan }]
    {
        let error = Revisit::plan(&desk.context(), wrong, &desk.calendar).unwrap_err();
        assert_eq!(error.reason(), "TIME_OUT_OF_RANGE");
    }
}

#[test]
fn a_revisit_is_given_to_somebody_once() {
    let mut desk = Desk::new();
    let (revisit, told) = desk.open().assign(&desk.context(), Some(person(7))).unwrap();
    let assigned: events::RevisitAssigned = only(&told);
    assert_eq!(assigned.facts.unwrap().assignee_id, person(7).to_string());
    let again = revisit.assign(&desk.context(), Some(person(7))).unwrap_err();
    assert_eq!(again.reason(), "ALREADY_ASSIGNED");
    let (over, _) = revisit.cancel(&desk.context(), "customer_asked").unwrap();
    assert_eq!(over.assign(&desk.context(), None).unwrap_err().reason(), "REVISIT_OVER");
}

#[test]
fn what_was_made_is_not_cancelled() {
    let mut desk = Desk::new();
    let (over, told) = desk.open().cancel(&desk.context(), "blocked").unwrap();
    assert_eq!(only::<events::RevisitCancelled>(&told).reason, "blocked");
    assert_eq!(over.cancel(&desk.context(), "x").unwrap_err().reason(), "REVISIT_OVER");
    let answered = desk.answered(satisfied());
    assert_eq!(answered.cancel(&desk.context(), "x").unwrap_err().reason(), "REVISIT_OVER");
}

#[test]
fn opinions_become_tickets_and_each_is_noted_once() {
    let mut desk = Desk::new();
    let opinions = vec![opinion(OpinionKind::Suggestion), opinion(OpinionKind::Complaint)];
    let revisit = desk.answered(Answers { opinions, ..satisfied() });
    let (revisit, told) = revisit.link_ticket(&desk.context(), 2, "ticket_a").unwrap();
    let linked: events::RevisitTicketLinked = only(&told);
    assert_eq!((linked.opinion, linked.ticket_id.as_str()), (2, "ticket_a"));
    assert_eq!(revisit.opinions[1].ticket.as_deref(), Some("ticket_a"));
    let (revisit, told) = revisit.link_ticket(&desk.context(), 0, "ticket_b").unwrap();
    assert_eq!((revisit.ticket.as_deref(), told.len()), (Some("ticket_b"), 1));
    for known in [0, 2, 9] {
        assert!(revisit.link_ticket(&desk.context(), known, "ticket_c").unwrap().1.is_empty());
    }
}

#[test]
fn only_the_head_answers_and_only_what_the_customer_said() {
    let mut desk = Desk::new();
    let answer = |revisit: &Revisit, desk: &Desk, head| {
        revisit.answer_as_head(&desk.context(), "We will.".into(), head)
    };
    let open = desk.open();
    assert_eq!(answer(&open, &desk, Some(person(1))).unwrap_err().reason(), "REVISIT_NOT_OPEN");
    let revisit = desk.answered(satisfied());
    for head in [None, Some(person(9))] {
        let error = answer(&revisit, &desk, head).unwrap_err();
        assert_eq!(error.reason(), "NOT_DEPARTMENT_HEAD");
        assert_eq!(error.metadata(), [("department_id", department().to_string())]);
    }
    let (revisit, told) = answer(&revisit, &desk, Some(person(1))).unwrap();
    assert_eq!(names(&told), ["RevisitDepartmentAnswered"]);
    assert_eq!(revisit.department_answer.unwrap().answered_by, desk.actor);
}

#[test]
fn a_revisit_is_closed_when_it_is_complete_and_by_another_than_the_handler() {
    let mut desk = Desk::new();
    let error = desk.open().close(&desk.context()).unwrap_err();
    assert_eq!(
        (error.reason(), error.metadata()),
        ("REVISIT_INCOMPLETE", vec![("missing", "verdict".into())])
    );
    let opinions = vec![opinion(OpinionKind::Complaint)];
    let revisit = desk.answered(Answers { opinions, ..satisfied() });
    let error = revisit.close(&desk.context()).unwrap_err();
    assert_eq!(error.metadata(), [("missing", "department_answer".to_owned())]);
    let (revisit, _) =
        revisit.answer_as_head(&desk.context(), "We will.".into(), Some(person(1))).unwrap();
    for handler in [2, 3] {
        desk.actor = person(handler).to_string();
        assert_eq!(revisit.close(&desk.context()).unwrap_err().reason(), "SAME_PERSON");
    }
    desk.actor = person(4).to_string();
    let (revisit, told) = revisit.close(&desk.context()).unwrap();
    let closed: events::RevisitClosed = only(&told);
    assert!(closed.facts.unwrap().closed_at.is_some());
    assert_eq!((revisit.state, revisit.closed_by.as_str()), (State::Closed, desk.actor.as_str()));
    assert_eq!(revisit.close(&desk.context()).unwrap_err().reason(), "REVISIT_OVER");
    desk.actor = person(1).to_string();
    let answer = revisit.answer_as_head(&desk.context(), "More.".into(), Some(person(1)));
    assert_eq!(answer.unwrap_err().reason(), "REVISIT_OVER");
}

#[test]
fn a_remark_needs_no_answer() {
    let mut desk = Desk::new();
    let opinions = vec![opinion(OpinionKind::Remark)];
    assert!(desk.answered(Answers { opinions, ..satisfied() }).close(&desk.context()).is_ok());
}

#[test]
fn the_least_busy_makes_the_next() {
    let busy = [(person(3), 2), (person(2), 1), (person(1), 1)];
    assert_eq!(least_busy(busy), Some(person(1)));
    assert_eq!(least_busy([]), None);
}
