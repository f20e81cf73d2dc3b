//! The change feed tells everything once and in order; what is folded from it anew equals what is live.

use std::collections::BTreeMap;
use std::time::Duration;

use kefu_api_common::v1::list_changes_request::From;
use kefu_api_common::v1::{Change, ListChangesRequest};
use kefu_api_reporting::v1::projections_service_client::ProjectionsServiceClient;
use kefu_api_reporting::v1::watch_live_board_response::Item;
use kefu_api_reporting::v1::{
    GetLiveBoardRequest, GetProjectionRequest, LiveBoardCell, ProjectionState,
    RebuildProjectionRequest, WatchLiveBoardRequest,
};
use kefu_api_tickets::v1::AssignTicketRequest;
use kefu_api_tickets::v1::events_service_client::EventsServiceClient;

use super::{Desk, solution};

stories! { a_cursor_walks_every_event_once_and_in_order, a_projection_folded_anew_equals_the_live_one, who_watches_the_board_is_told_of_what_changes }

async fn a_cursor_walks_every_event_once_and_in_order(desk: Desk) {
    let mut ids = Vec::new();
    for number in 0..6 {
        ids.push(worked_on(&desk, number).await);
    }
    desk.world.settle().await;
    let changes = walk(&desk).await;
    let mut versions: BTreeMap<&str, i64> = BTreeMap::new();
    let mut positions: BTreeMap<i32, i64> = BTreeMap::new();
    for change in &changes {
        let version = versions.entry(&change.aggregate_id).or_default();
        *version += 1;
        assert_eq!(change.version, *version, "{}", change.aggregate_id);
        let position = positions.entry(change.partition).or_default();
        *position += 1;
        assert_eq!(change.position, *position, "partition {}", change.partition);
    }
    for id in &ids {
        let told = desk.history(id).await.len() as i64;
        assert_eq!(versions.get(id.as_str()), Some(&told), "{id}");
    }
    desk.world.close().await;
}

async fn a_projection_folded_anew_equals_the_live_one(desk: Desk) {
    for number in 0..4 {
        worked_on(&desk, number).await;
    }
    desk.world.advance(Duration::from_secs(3 * 86_400)).await;
    let (board, complaints) = (board(&desk).await, desk.daily_complaints().await);
    assert!(!board.is_empty() && !complaints.is_empty());
    for projection in ["live_board", "daily_complaints"] {
        rebuild(&desk, projection).await;
    }
    assert_eq!(self::board(&desk).await, board);
    assert_eq!(desk.daily_complaints().await, complaints);
    worked_on(&desk, 4).await;
    desk.world.settle().await;
    assert_ne!(self::board(&desk).await, board, "the new generation is kept up to date");
    desk.world.close().await;
}

async fn who_watches_the_board_is_told_of_what_changes(desk: Desk) {
    let mut watched = desk
        .reports()
        .watch_live_board(WatchLiveBoardRequest::default())
        .await
        .unwrap()
        .into_inner();
    let mut next = async || loop {
        let item = watched.message().await.unwrap().expect("the watch goes on").item;
        if let Some(Item::Board(board)) = item {
            return board.cells;
        }
    };
    assert_eq!(next().await, Vec::new());
    worked_on(&desk, 1).await;
    desk.world.settle().await;
    let now = board(&desk).await;
    while next().await != now {}
    drop(watched);
    desk.world.close().await;
}

/// A complaint that is somewhere on its way; gives its id.
async fn worked_on(desk: &Desk, number: usize) -> String {
    let ticket = desk.register("complaint", &format!("Matter {number}")).await;
    if number.is_multiple_of(2) {
        let assign = AssignTicketRequest {
            ticket_id: ticket.id.clone(),
            assignee_id: Some(desk.agent.clone()),
            ..AssignTicketRequest::default()
        };
        desk.tickets().assign_ticket(assign).await.unwrap();
    }
    if number.is_multiple_of(4) {
        desk.tickets().transition_ticket(solution(&ticket.id)).await.unwrap();
    }
    ticket.id
}

async fn walk(desk: &Desk) -> Vec<Change> {
    let integration = desk.world.as_role("integration", &[]).await;
    let mut events = EventsServiceClient::new(integration);
    let mut changes = Vec::new();
    let mut from = None;
    loop {
        let request = ListChangesRequest { from, page_size: 5, ..Default::default() };
        let page = events.list_changes(request).await.unwrap().into_inner();
        if page.changes.is_empty() {
            return changes;
        }
        changes.extend(page.changes);
        from = Some(From::Cursor(page.next_cursor));
    }
}

pub async fn rebuild(desk: &Desk, projection: &str) {
    let mut projections = ProjectionsServiceClient::new(desk.world.admin());
    let request = RebuildProjectionRequest { projection: projection.into(), ..Default::default() };
    projections.rebuild_projection(request).await.unwrap();
    for _ in 0..5_000 {
        let request = GetProjectionRequest { projection: projection.into() };
        let now = projections.get_projection(request).await.unwrap().into_inner();
        if now.state() == ProjectionState::Live && now.generation == 2 {
            return desk.world.settle().await;
        }
        tokio::time::sleep(Duration::from_millis(4)).await;
    }
    panic!("{projection} is not rebuilt");
}

async fn board(desk: &Desk) -> Vec<LiveBoardCell> {
    let board = desk.reports().get_live_board(GetLiveBoardRequest::default()).await;
    board.unwrap().into_inner().cells
}
