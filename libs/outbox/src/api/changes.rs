//! `ListChanges`: the feed.

use kefu_api_common::v1::list_changes_request::From;
use kefu_api_common::v1::{Change, ListChangesRequest, ListChangesResponse, PartitionPosition};
use kefu_kernel::{PARTITIONS, Scope};
use kefu_store::tables::event_position;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::{EventsApi, EventsError, cursor, needs_the_whole};
use crate::OutboxError;
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
        let mut after = match request.from {
            None => changes::beginning(),
            Some(From::Cursor(text)) => cursor::decode(&text).ok_or(EventsError::CursorInvalid)?,
            Some(From::After(place)) => {
                let partition =
                    u8::try_from(place.partition).map_err(|_| EventsError::CursorInvalid)?;
                Positions::from([(partition, place.position)])
            }
        };
        // Read before the events, so that a head is never older than what the answer holds.
        let dropped = self.dropped(&after).await?;
        if after.iter().any(|(own, at)| dropped.get(own).is_some_and(|gone| at < gone && *at > 0)) {
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

    /// The last position of each partition that retention has dropped: one before the first kept.
    async fn dropped(&self, of: &Positions) -> Result<Positions, OutboxError> {
        let first: Vec<(i16, i64)> = event_position::Entity::find()
            .select_only()
            .column(event_position::Column::Partition)
            .column_as(event_position::Column::Position.min(), "first")
            .filter(event_position::Column::Partition.is_in(of.keys().map(|p| i16::from(*p))))
            .group_by(event_position::Column::Partition)
            .into_tuple()
            .all(self.store.reader())
            .await?;
        Ok(first
            .into_iter()
            .filter_map(|(partition, first)| Some((u8::try_from(partition).ok()?, first - 1)))
            .collect())
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
