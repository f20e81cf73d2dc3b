//! `ListChanges`: the feed.

use kefu_api_common::v1::list_changes_request::From;
use kefu_api_common::v1::{Change, ListChangesRequest, ListChangesResponse, PartitionPosition};
use kefu_kernel::{PARTITIONS, Scope};

use super::{EventsApi, EventsError, cursor, needs_the_whole};
use crate::changes::{self, Positions};

const DEFAULT_PAGE: usize = 500;
/// A page ends before it grows beyond what a reply may hold.
const MOST_PAYLOAD_BYTES: usize = 4 << 20;

impl EventsApi {
    /// The events after the request's place, in order within each partition.
    pub async fn list_changes(
        &self,
        scope: &Scope,
        request: ListChangesRequest,
    ) -> Result<ListChangesResponse, EventsError> {
        needs_the_whole(scope)?;
        // Read before the events: what is dropped meanwhile was there when it was asked for.
        let dropped = changes::dropped(&self.store).await?;
        let mut after = match request.from {
            None => changes::beginning().into_iter().chain(dropped.clone()).collect(),
            Some(From::Cursor(text)) => cursor::decode(&text).ok_or(EventsError::CursorInvalid)?,
            Some(From::After(place)) => {
                let partition =
                    u8::try_from(place.partition).map_err(|_| EventsError::CursorInvalid)?;
                Positions::from([(partition, place.position)])
            }
        };
        if after.iter().any(|(own, at)| dropped.get(own).is_some_and(|gone| at < gone)) {
            return Err(EventsError::CursorDropped);
        }
        let size = usize::try_from(request.page_size).ok().filter(|size| *size > 0);
        let events = changes::list(&self.store, &after, size.unwrap_or(DEFAULT_PAGE)).await?;
        let heads = changes::heads(&self.store).await?.numbered;
        let asked: Vec<u8> = after.keys().copied().collect();
        let mut answer = ListChangesResponse {
            changes: Vec::with_capacity(events.len()),
            next_cursor: String::new(),
            heads: places(&heads, &asked),
            dropped: places(&dropped, &asked),
        };
        let mut bytes = 0;
        for event in events {
            bytes += event.payload.len();
            if bytes > MOST_PAYLOAD_BYTES && !answer.changes.is_empty() {
                break;
            }
            after.insert(event.partition, event.position);
            if request.types.is_empty() || request.types.iter().any(|name| name == event.name()) {
                answer.changes.push(Change::from(&event));
            }
        }
        answer.next_cursor = cursor::encode(&after);
        Ok(answer)
    }
}

fn places(positions: &Positions, asked: &[u8]) -> Vec<PartitionPosition> {
    (0..PARTITIONS)
        .filter(|partition| asked.contains(partition))
        .map(|partition| PartitionPosition {
            partition: i32::from(partition),
            position: positions.get(&partition).copied().unwrap_or(0),
        })
        .collect()
}
