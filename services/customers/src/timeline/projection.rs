//! Timelines, folded from the events of one service each. Where a subject turns out to be another customer's, all
//! that was told of it goes with it.

use kefu_api_events::Channel;
use kefu_kernel::{Id, Recorded};
use kefu_outbox::{FoldError, Projection};
use kefu_store::{StoreError, WriteTx};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::domain::{Entry, told};
use super::store::{Column, Entity, Model};

/// The services whose events make entries, each with the name of its projection. Their order is part of
/// cursors.
pub const SOURCES: [(&str, &str); 4] = [
    ("customers", "timeline_customers"),
    ("tickets", "timeline_tickets"),
    ("orders", "timeline_orders"),
    ("claims", "timeline_claims"),
];

/// The projection of one service's events.
pub struct Timeline {
    source: &'static str,
    name: &'static str,
}

impl Timeline {
    /// Those of the services that `installed` tells of.
    pub fn of(installed: impl Fn(&str) -> bool) -> impl Iterator<Item = Self> {
        let here = SOURCES.into_iter().filter(move |(source, _)| installed(source));
        here.map(|(source, name)| Self { source, name })
    }
}

#[async_trait::async_trait]
impl Projection for Timeline {
    fn name(&self) -> &'static str {
        self.name
    }

    fn source(&self) -> &'static str {
        self.source
    }

    async fn fold(&self, tx: &WriteTx, _: i32, events: &[Recorded]) -> Result<(), FoldError> {
        let mut rows: Vec<Model> = Vec::new();
        for event in events {
            let Some(told) = told(event) else { continue };
            if let Some(customer) = told.moved {
                tx.put(&std::mem::take(&mut rows)).await?;
                Entity::update_many()
                    .col_expr(Column::CustomerId, Expr::value(customer.map(Id::uuid)))
                    .filter(Column::Subject.eq(told.subject))
                    .exec(tx)
                    .await?;
            }
            rows.extend(told.entry.map(|entry| row(event, entry)));
        }
        Ok(tx.put(&rows).await?)
    }

    /// There is one set of entries: building it anew replaces them one by one.
    async fn drop_rows(&self, _: &WriteTx, _: i32) -> Result<bool, StoreError> {
        Ok(false)
    }
}

fn row(event: &Recorded, entry: Entry) -> Model {
    Model {
        event_id: entry.event_id,
        service: entry.service,
        partition: event.partition.into(),
        position: event.position,
        customer_id: entry.customer.map(Id::uuid),
        subject: entry.subject,
        kind: entry.kind,
        happened_at: entry.happened_at.as_millis(),
        actor: entry.actor,
        state: entry.state,
        channel: entry.channel.map_or(0, Channel::to_wire),
        historic: entry.historic,
    }
}
