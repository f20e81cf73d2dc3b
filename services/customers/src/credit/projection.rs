//! What orders use of their customers' credit, folded from orders' events: each tells what the order takes now.

use std::collections::BTreeMap;

use kefu_api_events::Step;
use kefu_api_events::v1::OrderFacts;
use kefu_kernel::id::Uuid;
use kefu_kernel::{Id, Recorded};
use kefu_outbox::{FoldError, Projection};
use kefu_store::{StoreError, WriteTx};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::store::used::{Column, Entity, Model};
use crate::domain::ids::CustomerId;

/// The projection's name, for who reads its rows.
pub const NAME: &str = "credit_use";
/// Rows deleted by one statement.
const CHUNK: u64 = 1_000;

/// The projection.
pub struct CreditUse;

#[async_trait::async_trait]
impl Projection for CreditUse {
    fn name(&self) -> &'static str {
        NAME
    }

    fn source(&self) -> &'static str {
        "orders"
    }

    async fn fold(
        &self,
        tx: &WriteTx,
        generation: i32,
        events: &[Recorded],
    ) -> Result<(), FoldError> {
        let mut now: BTreeMap<Uuid, Option<Model>> = BTreeMap::new();
        for event in events.iter().filter(|event| event.aggregate_type == "order") {
            let step: Step<OrderFacts> = Step::read(&event.payload)
                .map_err(|error| FoldError::Poison(format!("the payload: {error}")))?;
            now.insert(event.aggregate_id, row(generation, event.aggregate_id, step.after));
        }
        for (order, row) in &now {
            if row.is_none() {
                tx.delete::<Entity>(&[(generation, *order)]).await?;
            }
        }
        let rows: Vec<Model> = now.into_values().flatten().collect();
        Ok(tx.put(&rows).await?)
    }

    async fn drop_rows(&self, tx: &WriteTx, generation: i32) -> Result<bool, StoreError> {
        let orders: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::OrderId)
            .filter(Column::Generation.eq(generation))
            .limit(CHUNK)
            .into_tuple()
            .all(tx)
            .await?;
        let keys: Vec<(i32, Uuid)> = orders.iter().map(|order| (generation, *order)).collect();
        tx.delete::<Entity>(&keys).await?;
        Ok(orders.len() as u64 == CHUNK)
    }
}

fn row(generation: i32, order_id: Uuid, facts: OrderFacts) -> Option<Model> {
    let customer: CustomerId = facts.customer_id.parse().ok()?;
    let (minor_units, currency) = (facts.credit_minor_units, facts.currency);
    let row = Model { generation, order_id, customer_id: customer.uuid(), minor_units, currency };
    (minor_units != 0).then_some(row)
}
