//! The live board: how many tickets there are now, by branch, channel and state.

use std::collections::BTreeMap;

use kefu_api_events::v1::TicketFacts;
use kefu_kernel::Recorded;
use kefu_kernel::id::Uuid;
use kefu_outbox::{FoldError, Projection};
use kefu_store::{StoreError, WriteTx};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{ticket_steps, uuid_or_nil};
use crate::store::live_board;

/// The projection's name.
pub const LIVE_BOARD: &str = "live_board";

/// The live board's projection.
pub struct LiveBoard;

type Cell = (Uuid, i32, i32, String);

#[async_trait::async_trait]
impl Projection for LiveBoard {
    fn name(&self) -> &'static str {
        LIVE_BOARD
    }

    fn source(&self) -> &'static str {
        "tickets"
    }

    async fn fold(
        &self,
        tx: &WriteTx,
        generation: i32,
        events: &[Recorded],
    ) -> Result<(), FoldError> {
        let mut cells: BTreeMap<Cell, [i64; 3]> = BTreeMap::new();
        for step in ticket_steps(events)? {
            if let Some(before) = &step.before {
                count(&mut cells, before, -1)?;
            }
            count(&mut cells, &step.after, 1)?;
        }
        let rows: Vec<_> = cells
            .into_iter()
            .filter(|(_, counts)| *counts != [0; 3])
            .map(|((branch_id, channel, category, state), [count, breached, unassigned])| {
                live_board::Model {
                    generation,
                    branch_id,
                    channel,
                    category,
                    state,
                    count,
                    breached,
                    unassigned,
                }
            })
            .collect();
        Ok(tx.add(&rows).await?)
    }

    async fn drop_rows(&self, tx: &WriteTx, generation: i32) -> Result<bool, StoreError> {
        // The board is a few hundred rows: one statement takes them all.
        live_board::Entity::delete_many()
            .filter(live_board::Column::Generation.eq(generation))
            .exec(tx)
            .await?;
        Ok(false)
    }
}

fn count(
    cells: &mut BTreeMap<Cell, [i64; 3]>,
    facts: &TicketFacts,
    by: i64,
) -> Result<(), FoldError> {
    let branch = uuid_or_nil(&facts.branch_id)?;
    let counts =
        cells.entry((branch, facts.channel, facts.category, facts.state.clone())).or_default();
    counts[0] += by;
    counts[1] += by * i64::from(facts.breached);
    counts[2] += by * i64::from(facts.assignee_id.is_empty());
    Ok(())
}
