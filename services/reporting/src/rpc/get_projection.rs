//! GetProjection: one projection, and the rebuild that is under way.

use kefu_api_common::wire;
use kefu_api_reporting::v1::{GetProjectionRequest, Projection, ProjectionState, Rebuild};
use kefu_kernel::Timestamp;
use kefu_outbox::live_generation;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::store::{folded, rebuild};
use crate::{Error, Projected, Reporting};

pub async fn run(
    reporting: &Reporting,
    request: GetProjectionRequest,
) -> Result<Projection, Error> {
    let projected = reporting.projected(&request.projection);
    let projected = projected.ok_or(Error::UnknownProjection(request.projection))?;
    shown(reporting, &projected).await
}

/// A projection as it stands.
pub(super) async fn shown(
    reporting: &Reporting,
    projected: &Projected,
) -> Result<Projection, Error> {
    let name = projected.projection.name();
    let reader = reporting.store.reader();
    let generation = live_generation(&reporting.store, name).await?;
    let (folded_at, folded_events) = folded(reader, name, generation).await?;
    // An owner that is away hides what is pending, not the projection.
    let head: Option<i64> = projected.source.heads().await.ok().map(|heads| heads.values().sum());
    let pending = |folded: i64| head.map_or(0, |head| (head - folded).max(0));
    let running = rebuild::Entity::find()
        .filter(rebuild::Column::Name.eq(name))
        .filter(rebuild::Column::Running.eq(true))
        .one(reader)
        .await?;
    let rebuild = match running {
        None => None,
        Some(record) => {
            let (_, built) = folded(reader, name, record.generation).await?;
            let started_at = Timestamp::from_millis(record.started_at);
            Some(Rebuild {
                generation: record.generation,
                started_at: Some(wire::timestamp(started_at)),
                folded_events: built,
                pending_events: pending(built),
            })
        }
    };
    let state = match &rebuild {
        Some(_) => ProjectionState::Rebuilding,
        None => ProjectionState::Live,
    };
    Ok(Projection {
        name: name.to_owned(),
        source: projected.projection.source().to_owned(),
        state: state.into(),
        generation,
        folded_events,
        pending_events: pending(folded_events),
        folded_at: folded_at.map(wire::timestamp),
        rebuild,
    })
}
