//! Building a projection anew beside the live one, from the first event, and swapping them.
//!
//! Readers see the live generation until the new one has caught up; then one row changes. The new
//! generation has checkpoints of its own, so a rebuild that is interrupted goes on where it was.

use std::sync::Arc;
use std::time::Duration;

use kefu_store::{Store, Topic};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::OutboxError;
use crate::changes::Positions;
use crate::consumer::live_generation;
use crate::fold::{Folder, Projection, consumer_name};
use crate::lease::{ALL, Leases};
use crate::source::ChangeSource;
use crate::tables::{checkpoint, dead_letter, generation, parked};

/// How far a rebuild has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Events folded by this run.
    pub folded: u64,
    /// Events that are no longer kept, and that the new generation therefore does not know of; of what
    /// an interrupted run skipped before, nothing is told.
    pub unseen: u64,
    /// The generation that is being built.
    pub generation: i32,
}

/// Rebuilds `projection` beside the live one and swaps. `tell` hears of the progress after each batch.
/// Returns the generation that is live now.
pub async fn rebuild(
    store: &Store,
    projection: Arc<dyn Projection>,
    source: &dyn ChangeSource,
    holder: &str,
    mut tell: impl FnMut(Progress) + Send,
) -> Result<i32, OutboxError> {
    let name = projection.name();
    let old = live_generation(store, name).await?;
    let new = begin(store, name, old).await?;
    let role = format!("{}/{}", consumer_name(name, new), projection.source());
    let leases = Leases::new(store.clone(), &role, holder, Duration::from_secs(60));
    leases.prepare(&ALL).await?;
    let mut folder = Folder::new(store.clone(), Arc::clone(&projection), new, false);
    folder.take(leases.hold(&ALL).await?).await?;
    if folder.partitions().len() < ALL.len() {
        return Err(OutboxError::Fenced);
    }
    let unseen = folder.skip(&source.dropped().await?).await?;
    let mut progress = Progress { folded: 0, unseen, generation: new };
    loop {
        let events = source.list(&folder.checkpoints, 1_000).await?;
        folder.fold(&events).await?;
        progress.folded += events.len() as u64;
        tell(progress);
        leases.hold(&ALL).await?;
        if events.is_empty() && swap(store, &folder, old).await? {
            break;
        }
        tokio::task::consume_budget().await;
    }
    while store.write(async |tx| projection.drop_rows(tx, old).await).await? {}
    forget(store, &consumer_name(name, old)).await?;
    leases.release().await?;
    Ok(new)
}

/// Notes which generation is being built: the one that an interrupted run began, or the next.
async fn begin(store: &Store, projection: &str, live: i32) -> Result<i32, OutboxError> {
    let row = generation::Entity::find_by_id(projection.to_owned()).one(store.reader()).await?;
    if let Some(row) = row
        && row.building != 0
    {
        return Ok(row.building);
    }
    let building = live + 1;
    let row = generation::Model {
        projection: projection.to_owned(),
        live,
        building,
        changed_at: store.ambient().machine_now().as_millis(),
    };
    store.write(async |tx| tx.put(&[row]).await).await?;
    Ok(building)
}

/// Makes the new generation the live one, unless the old one has folded more in the meantime.
async fn swap(store: &Store, folder: &Folder, old: i32) -> Result<bool, OutboxError> {
    let name = folder.projection.name();
    let row = generation::Model {
        projection: name.to_owned(),
        live: folder.generation,
        building: 0,
        changed_at: store.ambient().machine_now().as_millis(),
    };
    store
        .write(async |tx| {
            let live = checkpoint::Entity::find()
                .filter(checkpoint::Column::Consumer.eq(consumer_name(name, old)))
                .all(tx)
                .await?;
            let live: Positions = live
                .into_iter()
                .filter_map(|row| Some((u8::try_from(row.partition).ok()?, row.position)))
                .collect();
            let behind = live.iter().any(|(partition, position)| {
                folder.checkpoints.get(partition).is_none_or(|own| own < position)
            });
            if behind {
                return Ok(false);
            }
            tx.put(&[row]).await?;
            tx.wakes(Topic::Folds);
            Ok(true)
        })
        .await
}

async fn forget(store: &Store, consumer: &str) -> Result<(), OutboxError> {
    store
        .write(async |tx| {
            checkpoint::Entity::delete_many()
                .filter(checkpoint::Column::Consumer.eq(consumer))
                .exec(tx)
                .await?;
            dead_letter::Entity::delete_many()
                .filter(dead_letter::Column::Consumer.eq(consumer))
                .exec(tx)
                .await?;
            parked::Entity::delete_many()
                .filter(parked::Column::Consumer.eq(consumer))
                .exec(tx)
                .await?;
            Ok(())
        })
        .await
}
