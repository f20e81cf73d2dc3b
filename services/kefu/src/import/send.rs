//! Rows on their way to the server, a batch at a time.
//!
//! A batch goes under an idempotency key of its own, so one whose answer was lost is sent again, and a
//! server that is busy or restarts does not end the run at once.

use std::time::Duration;

use csv::StringRecord;
use kefu_api_common::v1::ItemOutcome;
use kefu_api_tickets::v1::tickets_service_client::TicketsServiceClient;
use kefu_api_tickets::v1::{ImportResult, ImportRow, ImportTicketsRequest};
use kefu_kernel::Ambient;
use tonic::{Code, Request, Status};

use super::errors::{Errors, Failed};
use super::progress::Sums;
use crate::client::{Transport, told};

/// How long one answer is waited for: the most that a server allows.
const DEADLINE: Duration = Duration::from_secs(30);
/// How long to wait before each further attempt.
const WAITS_MS: [u64; 4] = [200, 500, 1_000, 2_000];

/// Lines that are answered together.
#[derive(Default)]
pub struct Batch {
    rows: Vec<ImportRow>,
    lines: Vec<(u64, StringRecord)>,
    /// Lines that are no rows.
    failed: Vec<Failed>,
}

/// Sends batches.
pub struct Sender {
    tickets: TicketsServiceClient<Transport>,
    dry_run: bool,
}

impl Batch {
    /// A line that is this row.
    pub fn add(&mut self, line: u64, record: StringRecord, row: ImportRow) {
        self.rows.push(row);
        self.lines.push((line, record));
    }

    /// A line of which no row could be made.
    pub fn reject(&mut self, line: u64, record: StringRecord, wrong: &[String]) {
        let (reason, detail) = ("UNREADABLE".to_owned(), wrong.join("; "));
        self.failed.push(Failed { line, reason, detail, record });
    }

    /// How many lines.
    pub fn len(&self) -> usize {
        self.rows.len() + self.failed.len()
    }
}

impl Sender {
    /// Over this transport; a dry run judges and keeps nothing.
    pub fn new(transport: &Transport, dry_run: bool) -> Self {
        Self { tickets: TicketsServiceClient::new(transport.clone()), dry_run }
    }

    /// Sends the batch, which is empty afterwards; adds up what became of it, and keeps what failed.
    pub async fn send(
        &mut self,
        batch: &mut Batch,
        errors: &mut Errors,
        sums: &mut Sums,
    ) -> anyhow::Result<()> {
        let Batch { rows, lines, mut failed } = std::mem::take(batch);
        for result in self.answered(rows).await.map_err(|status| told(&status))? {
            match result.outcome() {
                ItemOutcome::Accepted => sums.accepted += 1,
                ItemOutcome::Duplicate => sums.duplicate += 1,
                _ => {
                    let place = usize::try_from(result.row).unwrap_or_default();
                    let Some((line, record)) = lines.get(place).cloned() else { continue };
                    let (reason, detail) = (result.reason.clone(), words(&result));
                    failed.push(Failed { line, reason, detail, record });
                }
            }
        }
        failed.sort_by_key(|row| row.line);
        sums.rejected += failed.len() as u64;
        sums.error_bytes = errors.keep(&failed)?;
        Ok(())
    }

    async fn answered(&mut self, rows: Vec<ImportRow>) -> Result<Vec<ImportResult>, Status> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let message = ImportTicketsRequest {
            rows,
            validate_only: self.dry_run,
            request_id: Ambient::system().new_uuid().to_string(),
            ..ImportTicketsRequest::default()
        };
        let mut waits = WAITS_MS.iter();
        loop {
            let mut request = Request::new(message.clone());
            request.set_timeout(DEADLINE);
            match (self.tickets.import_tickets(request).await, waits.next()) {
                (Err(status), Some(wait)) if passing(status.code()) => {
                    tokio::time::sleep(Duration::from_millis(*wait)).await;
                }
                (answer, _) => return answer.map(|answer| answer.into_inner().results),
            }
        }
    }
}

/// Whether it may go well a moment later.
fn passing(code: Code) -> bool {
    use Code::{Aborted, DeadlineExceeded, ResourceExhausted, Unavailable};
    matches!(code, Unavailable | DeadlineExceeded | ResourceExhausted | Aborted)
}

fn words(result: &ImportResult) -> String {
    let told = result.violations.iter().map(|violation| match violation.field.as_str() {
        "" => violation.description.clone(),
        field => format!("{field}: {}", violation.description),
    });
    told.collect::<Vec<_>>().join("; ")
}
