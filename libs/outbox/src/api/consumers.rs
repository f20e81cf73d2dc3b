//! `ListConsumers`: how far each consumer of this service has come.

use std::collections::BTreeMap;

use kefu_api_common::v1::{ConsumerPosition, ListConsumersRequest, ListConsumersResponse};
use kefu_api_common::wire;
use kefu_kernel::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{EventsApi, EventsError};
use crate::OutboxError;
use crate::tables::{checkpoint, dead_letter};

impl EventsApi {
    /// Every consumer's place in each partition, and how many aggregates wait behind dead letters.
    pub async fn list_consumers(
        &self,
        request: ListConsumersRequest,
    ) -> Result<ListConsumersResponse, EventsError> {
        let mut query = checkpoint::Entity::find()
            .order_by_asc(checkpoint::Column::Consumer)
            .order_by_asc(checkpoint::Column::Source)
            .order_by_asc(checkpoint::Column::Partition);
        if let Some(name) = &request.consumer {
            query = query.filter(checkpoint::Column::Consumer.starts_with(format!("{name}@")));
        }
        let rows = query.all(self.store.reader()).await.map_err(OutboxError::from)?;
        let letters = dead_letter::Entity::find()
            .all(self.store.reader())
            .await
            .map_err(OutboxError::from)?;
        let mut waiting: BTreeMap<(String, i16), i32> = BTreeMap::new();
        for letter in letters {
            *waiting.entry((letter.consumer, letter.partition)).or_default() += 1;
        }
        let positions = rows
            .into_iter()
            .map(|row| {
                let parked = waiting.get(&(row.consumer.clone(), row.partition));
                ConsumerPosition {
                    source: row.source,
                    partition: i32::from(row.partition),
                    position: row.position,
                    folded_at: (row.folded_at > 0)
                        .then(|| wire::timestamp(Timestamp::from_millis(row.folded_at))),
                    parked_aggregates: parked.copied().unwrap_or(0),
                    consumer: row.consumer,
                }
            })
            .collect();
        Ok(ListConsumersResponse { positions })
    }
}
