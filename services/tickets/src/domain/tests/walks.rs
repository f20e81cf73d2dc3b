//! Random walks over every verb: whatever is done in whatever order, a ticket never reaches an illegal
//! state, its events tell one story, and its clocks are what their events make of them.

use std::time::Duration;

use kefu_api_events::Facts;
use kefu_api_events::v1 as events;
use kefu_kernel::NewEvent;
use kefu_kernel::clock::Clock;
use proptest::prelude::*;

use super::support::{Desk, at, common, solve, to};
use crate::domain::ids::PersonId;
use crate::domain::ticket::{
    Decision, End, FollowUp, Imported, Move, Patch, Recipient, Said, TicketClock,
};
use crate::domain::words::{Category, Channel, Level, LinkKind};
use crate::domain::{Error, Ticket};

/// Something that somebody does.
#[derive(Clone, Debug)]
enum Verb {
    Assign(Option<u8>),
    ToDepartment(u8),
    ToPerson(u8),
    Go(&'static str),
    Solve,
    GiveUp,
    Reopen,
    Reply,
    Note,
    CustomerWrites,
    Rate(Level, Level),
    Link(u8, LinkKind),
    Fire,
}

fn any_verb() -> impl Strategy<Value = Verb> {
    let level = || prop::sample::select(Level::ALL.to_vec());
    let state = prop::sample::select(vec![
        "new",
        "open",
        "investigating",
        "reviewing",
        "pending",
        "on_hold",
        "solved",
        "closed",
    ]);
    prop_oneof![
        2 => prop::option::of(0u8..3).prop_map(Verb::Assign),
        1 => (0u8..2).prop_map(Verb::ToDepartment),
        1 => (0u8..3).prop_map(Verb::ToPerson),
        4 => state.prop_map(Verb::Go),
        3 => Just(Verb::Solve),
        1 => Just(Verb::GiveUp),
        2 => Just(Verb::Reopen),
        2 => Just(Verb::Reply),
        1 => Just(Verb::Note),
        3 => Just(Verb::CustomerWrites),
        1 => (level(), level()).prop_map(|(impact, urgency)| Verb::Rate(impact, urgency)),
        1 => (0u8..2, prop::sample::select(LinkKind::ALL.to_vec())).prop_map(|(o, k)| Verb::Link(o, k)),
        3 => Just(Verb::Fire),
    ]
}

fn person(index: u8) -> PersonId {
    PersonId::from(uuid::Uuid::from_u128(0x1000 + u128::from(index)))
}

/// Does it; a follow-up made instead is not walked on.
fn act(desk: &mut Desk, ticket: &Ticket, verb: &Verb, others: &[Ticket]) -> Decision {
    let id = desk.id();
    let follow_up = FollowUp { id: desk.id(), number: 1 };
    let context = desk.context();
    match verb {
        Verb::Assign(index) => ticket.assign(&context, index.map(person)),
        Verb::ToDepartment(index) => {
            let department = uuid::Uuid::from_u128(0x2000 + u128::from(*index)).into();
            ticket.transfer(&context, Recipient::Department(department), "")
        }
        Verb::ToPerson(index) => {
            let recipient = Recipient::Person { person: person(*index), department: None };
            ticket.transfer(&context, recipient, "")
        }
        Verb::Go(state) => desk.go(ticket, to(state)),
        Verb::Solve => desk.go(ticket, solve(&ticket.kind)),
        Verb::GiveUp => desk.go(ticket, Move { state: "closed".into(), ..solve(&ticket.kind) }),
        Verb::Reopen => ticket.reopen(&context, "again"),
        Verb::Reply => ticket
            .reply(&context, id, "Hello.".into(), None)
            .map(|(ticket, told, _)| (ticket, told)),
        Verb::Note => {
            ticket.note(&context, id, "Hm.".into()).map(|(ticket, told, _)| (ticket, told))
        }
        Verb::CustomerWrites => {
            let (channel, source, external_id) = (None, String::new(), None);
            let body = "Well?".into();
            let said = Said { id, body, channel, source, external_id, sent_at: None };
            let (after, told, message) = ticket.customer_message(&context, said, follow_up)?;
            assert_eq!(message.ticket, after.id());
            assert_eq!(message.episode, after.episode().number);
            if after.id() == ticket.id() {
                return Ok((after, told));
            }
            assert_eq!(ticket.category, Category::Closed);
            check(desk, &after);
            Err(Error::Closed(ticket.id()))
        }
        Verb::Rate(impact, urgency) => {
            let (impact, urgency) = (Some(*impact), Some(*urgency));
            ticket.update(&context, Patch { impact, urgency, ..Patch::default() })
        }
        Verb::Link(index, kind) => ticket.link(&context, *kind, &others[usize::from(*index)], &[]),
        Verb::Fire => ticket.fire_clocks(&context),
    }
}

/// What holds of a ticket at all times.
fn check(desk: &Desk, ticket: &Ticket) {
    let kind = desk.rules.ticket_type(&ticket.kind).unwrap();
    assert_eq!(kind.state(&ticket.state).unwrap().category, ticket.category);
    let solved = ticket.category == Category::Solved;
    let here = ticket.external_id.is_none() || ticket.episode().number > 1;
    assert!(!solved || !here || ticket.assignee.is_some(), "solved here without an assignee");
    assert!(!ticket.category.is_active() || ticket.episode().solved_at.is_none());
    assert!(!solved || ticket.episode().solved_at.is_some());
    assert_eq!(ticket.closed_at.is_some(), ticket.category == Category::Closed);
    assert!(ticket.assignee.is_none() || ticket.owner.is_some(), "worked on, owned by nobody");
    assert!(ticket.category != Category::New || ticket.assignee.is_none());
    for (index, episode) in ticket.episodes.iter().enumerate() {
        assert_eq!(episode.number, i32::try_from(index).unwrap() + 1);
        let last = index + 1 == ticket.episodes.len();
        assert!(last || episode.solved_at.is_some(), "an earlier episode is solved");
        assert!(episode.solved_at.is_none_or(|at| at >= episode.opened_at));
    }
    for clock in &ticket.clocks {
        check_clock(desk, ticket, clock);
    }
    let running = ticket.clocks.iter().filter(|clock| !clock.clock.is_over());
    assert!(ticket.category.is_active() || running.count() == 0, "a clock runs after the end");
}

fn check_clock(desk: &Desk, ticket: &Ticket, clock: &TicketClock) {
    let replayed = Clock::replay(clock.clock.log().to_vec()).unwrap();
    assert_eq!(replayed, clock.clock, "events fold the same at once and one by one");
    let schedule = replayed.schedule(clock.calendar(&desk.calendars).unwrap()).unwrap();
    assert_eq!((schedule.due_at, schedule.next), (clock.due_at, clock.next));
    let paused = clock.pauses_in(ticket.category.name());
    assert!(clock.clock.is_over() || clock.clock.is_paused() == paused);
    assert!(
        clock.clock.is_over()
            || clock.episode == ticket.episode().number
            || clock.kind == crate::domain::words::ClockKind::Legal
    );
}

/// The events of a step tell one story: each begins where the one before ended, the last one where the
/// ticket is now, and former facts are exactly those that differ.
fn check_told(
    before: &events::TicketFacts,
    told: &[NewEvent],
    after: &Ticket,
) -> events::TicketFacts {
    let mut facts = before.clone();
    for event in common(told) {
        let (now, former) = (event.facts.unwrap(), event.former.unwrap());
        assert_eq!(now.before(&former), facts, "former facts lead back");
        assert_eq!(event.ticket_id, after.id().to_string());
        facts = now;
    }
    assert_eq!(facts.state, after.state);
    assert_eq!(facts.episode, after.episode().number);
    assert_eq!(facts.breached, after.is_breached());
    facts
}

fn walk(desk: &mut Desk, mut ticket: Ticket, created: &[NewEvent], steps: &[(u64, Verb)]) {
    let others = [desk.open("other", Channel::Phone), desk.closed("other", Channel::Phone)];
    let mut facts = common(created).pop().unwrap().facts.unwrap();
    check(desk, &ticket);
    for (seconds, verb) in steps {
        desk.now = desk.now.plus(Duration::from_secs(*seconds));
        let before = ticket.clone();
        match act(desk, &ticket, verb, &others) {
            Ok((after, told)) => {
                if told.is_empty() {
                    assert_eq!(after, ticket, "a change without an event: {verb:?}");
                } else {
                    assert_ne!(
                        before.category,
                        Category::Closed,
                        "{verb:?} changed a closed ticket"
                    );
                }
                assert!(after.category != Category::New || before.category == Category::New);
                facts = check_told(&facts, &told, &after);
                ticket = after;
            }
            Err(Error::Closed(_)) => assert_eq!(ticket.category, Category::Closed),
            Err(Error::Clock(error)) => panic!("{verb:?}: {error}"),
            Err(_) => {}
        }
        if matches!(verb, Verb::Fire) && !ticket.historic {
            assert!(ticket.wakes_at().is_none_or(|at| at > desk.now), "all that is due was told");
        }
        check(desk, &ticket);
    }
}

/// Up to forty verbs, minutes or days apart.
fn steps() -> impl Strategy<Value = Vec<(u64, Verb)>> {
    let gap = prop_oneof![2 => 0u64..400, 1 => 0u64..200_000];
    prop::collection::vec((gap, any_verb()), 0..40)
}

proptest! {
    #[test]
    fn no_walk_reaches_an_illegal_state(
        kind in prop::sample::select(vec!["inquiry", "complaint", "suggestion", "other"]),
        channel in prop::sample::select(Channel::ALL.to_vec()),
        assigned in any::<bool>(),
        steps in steps(),
    ) {
        let mut desk = Desk::new();
        let mut new = desk.about(kind, channel);
        new.assignee = assigned.then(|| person(0));
        let (ticket, told) = Ticket::create(&desk.context(), new).unwrap();
        walk(&mut desk, ticket, &told, &steps);
    }

    #[test]
    fn no_walk_of_an_imported_ticket_does_either_and_history_never_fires(
        kind in prop::sample::select(vec!["inquiry", "complaint"]),
        (end, due, live) in (0u8..5, prop::option::of(-100_000i64..1_000_000), any::<bool>()),
        steps in steps(),
    ) {
        let mut desk = Desk::new();
        let mut new = desk.about(kind, Channel::Email);
        new.external_id = Some("17".into());
        let created_at = at("2026-11-01 12:00");
        let solved = |closed| End::Solved { at: at("2026-11-20 12:00"), closed, resolution: "done".into() };
        let end = match end {
            0 => End::Initial,
            1 => End::State("open".into()),
            2 => End::State("pending".into()),
            3 => solved(false),
            _ => solved(true),
        };
        let due_at = due.map(|s| kefu_kernel::Timestamp::from_millis(created_at.as_millis() + s * 1000));
        let imported = Imported { new, created_at, due_at, end, reply: None, live };
        let (ticket, told, _) = Ticket::import(&desk.context(), imported).unwrap();
        if !live {
            let (_, fired) = ticket.fire_clocks(&desk.context()).unwrap();
            prop_assert!(fired.is_empty());
        }
        walk(&mut desk, ticket, &told, &steps);
    }
}
