//! Handing numbered events to the bus, in order, and keeping the mark of how far that went.
//!
//! The mark follows the broker's acknowledgement. Where the process dies in between, events go out
//! twice; the bus drops what it has seen and consumers skip what they have folded.

use std::collections::BTreeMap;
use std::time::Instant;

use kefu_bus::Bus;
use kefu_kernel::Recorded;
use kefu_store::Store;
use kefu_telemetry::metrics;
use kefu_telemetry::trace::{Operation, batch_span, publish_span};
use sea_orm::ConnectionTrait;
use tracing::{Instrument, Span};

use crate::changes;
use crate::lease::Held;
use crate::sql::Sql;
use crate::{OutboxError, attributes};

/// Publishes at most `window` events of the partitions held; returns how many were acknowledged.
pub async fn publish(
    store: &Store,
    bus: &Bus,
    held: &Held,
    window: usize,
) -> Result<usize, OutboxError> {
    let events = unpublished(store, held, window).await?;
    if events.is_empty() {
        return Ok(0);
    }
    let carried = events.iter().map(|event| event.traceparent.as_str());
    let span = batch_span(Operation::Send, store.service(), "", carried);
    let begun = Instant::now();
    let each: Vec<Span> = span.in_scope(|| {
        let publish = |event: &Recorded| {
            let id = event.event_id.to_string();
            publish_span(store.service(), event.name(), &id, &event.traceparent)
        };
        events.iter().map(publish).collect()
    });
    let published = bus.publish(&events).instrument(span).await;
    drop(each);
    metrics::OUTBOX_PUBLISH_DURATION.record_since(begun, &attributes(store.service()));
    // What was stored is marked also where the rest failed.
    mark(store, held, &events[..published.stored]).await?;
    match published.failure {
        Some(error) => Err(error.into()),
        None => Ok(published.stored),
    }
}

async fn unpublished(
    store: &Store,
    held: &Held,
    window: usize,
) -> Result<Vec<Recorded>, OutboxError> {
    let mut sql = changes::select_events();
    sql.text(
        " FROM partition_head h JOIN event_position p ON p.partition = h.partition \
         AND p.position > h.published JOIN event e ON e.event_id = p.event_id \
         AND e.recorded_at = p.recorded_at WHERE h.position > h.published AND h.partition IN ",
    );
    sql.list(held.keys().map(|partition| i16::from(*partition)));
    sql.text(" ORDER BY p.partition, p.position LIMIT ");
    sql.bind(i64::try_from(window).unwrap_or(i64::MAX));
    changes::read_events(store, sql).await
}

async fn mark(store: &Store, held: &Held, published: &[Recorded]) -> Result<(), OutboxError> {
    let last: BTreeMap<u8, i64> =
        published.iter().map(|event| (event.partition, event.position)).collect();
    if last.is_empty() {
        return Ok(());
    }
    let count = last.len() as u64;
    let rows = last
        .into_iter()
        .map(|(partition, position)| {
            let fencing = held.get(&partition).copied().ok_or(OutboxError::Fenced)?;
            Ok(vec![i16::from(partition).into(), position.into(), fencing.into()])
        })
        .collect::<Result<Vec<_>, OutboxError>>()?;
    let backend = store.backend();
    let mut sql =
        Sql::new("UPDATE partition_head SET published = n.column2, fencing = n.column3 FROM ");
    sql.rows(rows, &["int2", "int8", "int8"], backend);
    sql.text(
        " WHERE partition_head.partition = n.column1 AND partition_head.published < n.column2 \
         AND partition_head.fencing <= n.column3",
    );
    let statement = sql.statement(backend);
    let marked = store
        .write(async |tx| Ok::<_, OutboxError>(tx.execute_raw(statement).await?.rows_affected()))
        .await?;
    if marked == count { Ok(()) } else { Err(OutboxError::Fenced) }
}
