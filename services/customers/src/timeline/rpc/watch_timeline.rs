//! WatchTimeline: the latest entries, then each one as it happens; resumable from any cursor that was sent.
//!
//! A watcher looks once a second for what it has not seen: entries come from several logs, and each log's order
//! is kept. Who may not see the customer any more is cut.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use kefu_api_common::wire;
use kefu_api_customers::v1::watch_timeline_response::Item;
use kefu_api_customers::v1::{TimelineHeartbeat, WatchTimelineRequest, WatchTimelineResponse};
use kefu_kernel::id;
use kefu_rpc::CallContext;
use kefu_store::runner::ids_in;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::cursor::Seen;
use super::list_timeline::{entry, of_whom};
use crate::Result;
use crate::domain::ids::CustomerId;
use crate::service::Customers;
use crate::timeline::store::{Column, Entity, Model};

/// How often it is looked for what is new.
const LOOK: Duration = Duration::from_secs(1);
/// After how many looks that found nothing a sign of life is sent: 15 seconds.
const HEARTBEAT: u32 = 15;
/// Entries told of one look.
const MOST: u64 = 1_000;

struct Watcher {
    customers: Customers,
    call: Arc<CallContext>,
    customer: CustomerId,
    seen: Seen,
    ready: VecDeque<Model>,
    /// Entries of the snapshot that are still to be told. Who is cut before its last one begins anew.
    snapshot: usize,
    /// Looks since something was sent.
    quiet: u32,
}

pub async fn run(
    customers: &Customers,
    call: Arc<CallContext>,
    request: WatchTimelineRequest,
) -> Result<impl Stream<Item = Result<WatchTimelineResponse>> + Send + 'static> {
    let customer: CustomerId = id::read("customer_id", &request.customer_id)?;
    let ids = of_whom(customers, &call, customer).await?;
    let (seen, ready) = if request.cursor.is_empty() {
        let limit = if request.snapshot_limit == 0 { 50 } else { request.snapshot_limit };
        let seen = all_seen(customers, &ids).await?;
        let mut latest = latest(customers, &ids, u64::try_from(limit).unwrap_or(50)).await?;
        latest.retain(|row| seen.has(row));
        (seen, latest)
    } else {
        (Seen::decode(&request.cursor)?, VecDeque::new())
    };
    let (customers, snapshot) = (customers.clone(), ready.len());
    let watcher = Watcher { customers, call, customer, seen, ready, snapshot, quiet: 0 };
    Ok(futures::stream::try_unfold(watcher, |mut watcher| async move {
        let told = watcher.next().await?;
        Ok(Some((told, watcher)))
    }))
}

impl Watcher {
    async fn next(&mut self) -> Result<WatchTimelineResponse> {
        loop {
            if let Some(row) = self.ready.pop_front() {
                self.quiet = 0;
                self.snapshot = self.snapshot.saturating_sub(1);
                self.seen.note(row.service.clone(), row.partition, row.position);
                return Ok(self.response(Item::Entry(entry(row))));
            }
            if self.quiet >= HEARTBEAT {
                self.quiet = 0;
                let sent_at = Some(wire::timestamp(self.customers.store.ambient().now()));
                return Ok(self.response(Item::Heartbeat(TimelineHeartbeat { sent_at })));
            }
            self.look().await?;
            if self.ready.is_empty() {
                self.quiet += 1;
                tokio::time::sleep(LOOK).await;
            }
        }
    }

    /// Finds what was not seen, in the order of each log.
    async fn look(&mut self) -> Result<()> {
        let ids = of_whom(&self.customers, &self.call, self.customer).await?;
        let mut new = Condition::all();
        for (service, partition, last) in self.seen.iter() {
            let old = Condition::all()
                .add(Column::Service.eq(service))
                .add(Column::Partition.eq(partition))
                .add(Column::Position.lte(last));
            new = new.add(old.not());
        }
        let rows = Entity::find()
            .filter(ids_in(Column::CustomerId, &ids))
            .filter(new)
            .order_by_asc(Column::Service)
            .order_by_asc(Column::Partition)
            .order_by_asc(Column::Position)
            .limit(MOST)
            .all(self.customers.store.reader())
            .await?;
        self.ready.extend(rows);
        Ok(())
    }

    fn response(&self, item: Item) -> WatchTimelineResponse {
        let cursor = if self.snapshot > 0 { String::new() } else { self.seen.encode() };
        WatchTimelineResponse { cursor, item: Some(item) }
    }
}

/// How far these customers' entries go in each log.
async fn all_seen(customers: &Customers, ids: &[Uuid]) -> Result<Seen> {
    let places: Vec<(String, i32, i64)> = Entity::find()
        .select_only()
        .column(Column::Service)
        .column(Column::Partition)
        .column_as(Column::Position.max(), "last")
        .filter(ids_in(Column::CustomerId, ids))
        .group_by(Column::Service)
        .group_by(Column::Partition)
        .into_tuple()
        .all(customers.store.reader())
        .await?;
    let mut seen = Seen::default();
    for (service, partition, last) in places {
        seen.note(service, partition, last);
    }
    Ok(seen)
}

/// The latest entries, in their order.
async fn latest(customers: &Customers, ids: &[Uuid], limit: u64) -> Result<VecDeque<Model>> {
    let rows = Entity::find()
        .filter(ids_in(Column::CustomerId, ids))
        .order_by_desc(Column::HappenedAt)
        .order_by_desc(Column::EventId)
        .limit(limit)
        .all(customers.store.reader())
        .await?;
    Ok(rows.into_iter().rev().collect())
}
