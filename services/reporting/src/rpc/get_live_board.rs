//! GetLiveBoard: the sum of the roll-up's rows in the caller's sight; two short statements.

use std::collections::BTreeMap;
use std::sync::Arc;

use kefu_api_common::wire;
use kefu_api_reporting::v1::{GetLiveBoardRequest, LiveBoard, LiveBoardCell};
use kefu_kernel::{Scope, id};
use kefu_outbox::live_generation;
use kefu_rpc::CallContext;
use kefu_store::{Store, counts_in_sight};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::store::{folded, live_board};
use crate::{Error, Reporting};

pub async fn run(
    reporting: &Reporting,
    call: Arc<CallContext>,
    request: GetLiveBoardRequest,
) -> Result<LiveBoard, Error> {
    let branch = branch_in_sight(&call.principal().scope, request.branch_id.as_deref())?;
    board(&reporting.store, &call.principal().scope, branch).await
}

/// The branch asked for, where the caller may see it.
pub(super) fn branch_in_sight(scope: &Scope, asked: Option<&str>) -> Result<Option<Uuid>, Error> {
    let Some(text) = asked else { return Ok(None) };
    let unknown = || Error::unknown("branch", text);
    let branch = id::decode("branch", text).map_err(|_| unknown())?;
    if scope.admits(Some(branch)) { Ok(Some(branch)) } else { Err(unknown()) }
}

/// The board as it is now.
pub(super) async fn board(
    store: &Store,
    scope: &Scope,
    branch: Option<Uuid>,
) -> Result<LiveBoard, Error> {
    let live = live_generation(store, "live_board").await?;
    let mut query = live_board::Entity::find()
        .filter(live_board::Column::Generation.eq(live))
        .filter(live_board::Column::Count.ne(0))
        .filter(counts_in_sight(scope, live_board::Column::BranchId));
    if let Some(branch) = branch {
        query = query.filter(live_board::Column::BranchId.eq(branch));
    }
    let mut cells: BTreeMap<(i32, i32, String), LiveBoardCell> = BTreeMap::new();
    for row in query.all(store.reader()).await? {
        let key = (row.channel, row.category, row.state);
        let cell = cells.entry(key.clone()).or_insert_with(|| LiveBoardCell {
            channel: key.0,
            category: key.1,
            state: key.2,
            ..LiveBoardCell::default()
        });
        cell.count += row.count;
        cell.breached += row.breached;
        cell.unassigned += row.unassigned;
    }
    let (folded_at, _) = folded(store.reader(), "live_board", live).await?;
    Ok(LiveBoard {
        cells: cells.into_values().collect(),
        folded_at: folded_at.map(wire::timestamp),
    })
}
