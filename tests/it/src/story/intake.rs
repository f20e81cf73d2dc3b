//! Rows from elsewhere are taken, known again, or rejected with the reason.

use std::time::Duration;

use kefu_api_common::v1::ItemOutcome;
use kefu_api_common::wire;
use kefu_api_events::v1::{Channel, StatusCategory};
use kefu_api_tickets::v1::import_row::End;
use kefu_api_tickets::v1::tickets_service_client::TicketsServiceClient;
use kefu_api_tickets::v1::{ImportResult, ImportRow, ImportTicketsRequest, ImportedSolution};

use super::Desk;

const DAY: Duration = Duration::from_secs(86_400);

stories! { rows_are_accepted_known_again_or_rejected }

async fn rows_are_accepted_known_again_or_rejected(desk: Desk) {
    let closed = ImportRow {
        end: Some(End::Solved(ImportedSolution {
            solved_at: Some(wire::timestamp(desk.world.now().minus(20 * DAY))),
            closed: true,
            resolution: "explained".into(),
        })),
        ..desk.row("1")
    };
    let unknown = ImportRow { r#type: "riddle".into(), ..desk.row("3") };
    let empty = ImportRow { subject: String::new(), ..desk.row("4") };
    let rows = vec![closed.clone(), desk.row("2"), closed, unknown, empty];
    let results = desk.import(rows.clone()).await;
    let outcomes: Vec<ItemOutcome> = results.iter().map(ImportResult::outcome).collect();
    use ItemOutcome::{Accepted, Duplicate, Rejected};
    assert_eq!(outcomes, [Accepted, Accepted, Duplicate, Rejected, Rejected]);
    assert_eq!(results[0].ticket_id, results[2].ticket_id);
    assert_eq!(results[3].reason, "UNKNOWN_REFERENCE");
    assert_eq!(results[4].reason, "VALIDATION_FAILED");
    assert_eq!(results[4].violations[0].field, "subject");

    let again = desk.import(rows).await;
    assert!(again[..3].iter().all(|result| result.outcome() == Duplicate), "{again:?}");
    let all = desk.filtered("source == \"city\"").await;
    assert_eq!(all.len(), 2);
    assert!(all.iter().all(|ticket| ticket.historic));
    let one = desk.ticket(results[0].ticket_id.as_ref().unwrap()).await;
    assert_eq!(one.category(), StatusCategory::Closed);

    // History does nothing: no clock of it fires.
    desk.world.advance(30 * DAY).await;
    for ticket in all {
        let history = desk.history(&ticket.id).await;
        assert!(!history.iter().any(|name| name.contains("Clock")), "{history:?}");
    }
    desk.world.close().await;
}

impl Desk {
    fn row(&self, id: &str) -> ImportRow {
        ImportRow {
            source: "city".into(),
            external_id: id.into(),
            r#type: "complaint".into(),
            channel: Channel::Other.into(),
            subject: "Noise at night".into(),
            branch_id: Some(self.branch.clone()),
            created_at: Some(wire::timestamp(self.world.now().minus(30 * DAY))),
            ..ImportRow::default()
        }
    }

    async fn import(&self, rows: Vec<ImportRow>) -> Vec<ImportResult> {
        let supervisor = self.world.as_role("supervisor", &[]).await;
        let request = ImportTicketsRequest { rows, ..ImportTicketsRequest::default() };
        let answer = TicketsServiceClient::new(supervisor).import_tickets(request).await;
        answer.unwrap().into_inner().results
    }
}
