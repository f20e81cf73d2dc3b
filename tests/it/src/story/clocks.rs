//! Time passes: clocks are breached, and counts, board and daily numbers agree with the list.

use std::collections::BTreeMap;
use std::time::Duration;

use kefu_api_events::v1::ClockKind;
use kefu_api_reporting::v1::GetLiveBoardRequest;
use kefu_api_tickets::v1::{
    AssignTicketRequest, GetTicketViewCountsRequest, ListTicketsRequest, TicketPatch,
    UpdateTicketRequest,
};
use prost_types::FieldMask;

use super::{Desk, solution};

const DAY: Duration = Duration::from_secs(86_400);

stories! { breaches_are_told_and_every_number_agrees_with_the_list }

async fn breaches_are_told_and_every_number_agrees_with_the_list(desk: Desk) {
    let late = desk.register("complaint", "Nobody calls back").await;
    assert_eq!(late, desk.ticket(&late.id).await, "what a command answers is what is read");
    let solved = desk.register("complaint", "The box was wet").await;
    let inquiry = desk.register("inquiry", "Where is my parcel?").await;
    for id in [&solved.id, &inquiry.id] {
        let assign = AssignTicketRequest {
            ticket_id: id.clone(),
            assignee_id: Some(desk.agent.clone()),
            ..AssignTicketRequest::default()
        };
        desk.tickets().assign_ticket(assign).await.unwrap();
    }
    desk.tickets().transition_ticket(solution(&solved.id)).await.unwrap();
    numbers_agree(&desk).await;

    desk.world.advance(8 * DAY).await;
    let ticket = desk.ticket(&late.id).await;
    assert!(ticket.breached);
    let legal = ticket.clocks.iter().find(|clock| clock.kind() == ClockKind::Legal).unwrap();
    assert_eq!(legal.breached_at, legal.due_at);
    let history = desk.history(&late.id).await;
    assert!(history.iter().filter(|name| *name == "TicketClockBreached").count() >= 3);
    assert!(!desk.ticket(&solved.id).await.breached);
    let breached = numbers_agree(&desk).await["breached"];
    assert_eq!(breached, 2, "the late complaint and the inquiry");

    // A later cause moves the count of the day on which the complaint was raised.
    let update = UpdateTicketRequest {
        ticket_id: late.id.clone(),
        ticket: Some(TicketPatch { cause: "no-answer".into(), ..TicketPatch::default() }),
        update_mask: Some(FieldMask { paths: vec!["cause".into()] }),
        ..UpdateTicketRequest::default()
    };
    desk.tickets().update_ticket(update).await.unwrap();
    numbers_agree(&desk).await;
    desk.world.close().await;
}

/// Compares what was folded with what the list says; gives the counts of the views.
pub async fn numbers_agree(desk: &Desk) -> BTreeMap<String, i64> {
    desk.world.settle().await;
    let request = GetTicketViewCountsRequest::default();
    let counts = desk.tickets().get_ticket_view_counts(request).await.unwrap().into_inner();
    let counts: BTreeMap<String, i64> =
        counts.counts.into_iter().map(|one| (one.view, one.count)).collect();
    assert_eq!(counts.len(), 6);
    for (view, count) in &counts {
        let listed =
            ListTicketsRequest { saved_view: view.clone(), page_size: 100, ..Default::default() };
        assert_eq!(desk.list(listed).await.len() as i64, *count, "the view {view}");
    }

    let all = desk.list(ListTicketsRequest { page_size: 100, ..Default::default() }).await;
    let mut board: BTreeMap<(i32, i32, String), [i64; 3]> = BTreeMap::new();
    let mut complaints: BTreeMap<(String, Option<String>), i64> = BTreeMap::new();
    for ticket in all {
        let key = (ticket.channel, ticket.category, ticket.state);
        let cell = board.entry(key).or_default();
        cell[0] += 1;
        cell[1] += i64::from(ticket.breached);
        cell[2] += i64::from(ticket.assignee_id.is_none());
        if ticket.r#type == "complaint" {
            *complaints.entry((ticket.cause, ticket.department_id)).or_default() += 1;
        }
    }
    let shown = desk.reports().get_live_board(GetLiveBoardRequest::default()).await.unwrap();
    let shown: BTreeMap<_, _> = shown
        .into_inner()
        .cells
        .into_iter()
        .map(|one| {
            let counts = [one.count, one.breached, one.unassigned];
            ((one.channel, one.category, one.state), counts)
        })
        .collect();
    assert_eq!(shown, board);
    let rows = desk.daily_complaints().await;
    assert!(rows.iter().all(|row| row.day == desk.opened.to_string()), "{rows:?}");
    let rows = rows.into_iter().map(|row| ((row.cause, row.department_id), row.count));
    assert_eq!(rows.collect::<BTreeMap<_, _>>(), complaints);
    counts
}
