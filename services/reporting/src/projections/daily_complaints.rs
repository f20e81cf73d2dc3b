//! Complaints by the day on which they were raised, in the company's zone, by cause and department.

use std::collections::BTreeMap;

use kefu_api_common::wire;
use kefu_api_events::v1::TicketFacts;
use kefu_kernel::Recorded;
use kefu_kernel::id::Uuid;
use kefu_kernel::zone::Zone;
use kefu_outbox::{FoldError, Projection};
use kefu_store::{StoreError, WriteTx};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{ticket_steps, uuid_or_nil};
use crate::store::daily_complaints;

/// The code of the type that counts.
const COMPLAINT: &str = "complaint";
/// Days whose rows are deleted by one step of a clean-up.
const DAYS_A_STEP: i32 = 31;

/// The daily complaints' projection.
#[derive(Clone)]
pub struct DailyComplaints {
    zone: Zone,
}

type Cell = (i32, String, Uuid, Uuid);

impl DailyComplaints {
    /// Days are cut in `zone`. Another zone needs a rebuild.
    pub fn new(zone: Zone) -> Self {
        Self { zone }
    }

    fn count(
        &self,
        cells: &mut BTreeMap<Cell, i64>,
        facts: &TicketFacts,
        by: i64,
    ) -> Result<(), FoldError> {
        if facts.r#type != COMPLAINT {
            return Ok(());
        }
        let raised = facts.created_at.as_ref().map(wire::instant);
        let raised =
            raised.ok_or_else(|| FoldError::Poison("a ticket without its time".to_owned()))?;
        let department = uuid_or_nil(&facts.department_id)?;
        let branch = uuid_or_nil(&facts.branch_id)?;
        let day = self.zone.day_of(raised).number();
        *cells.entry((day, facts.cause.clone(), department, branch)).or_default() += by;
        Ok(())
    }
}

#[async_trait::async_trait]
impl Projection for DailyComplaints {
    fn name(&self) -> &'static str {
        "daily_complaints"
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
        let mut cells = BTreeMap::new();
        for step in ticket_steps(events)? {
            if let Some(before) = &step.before {
                self.count(&mut cells, before, -1)?;
            }
            self.count(&mut cells, &step.after, 1)?;
        }
        let rows: Vec<_> = cells
            .into_iter()
            .filter(|(_, count)| *count != 0)
            .map(|((day, cause, department_id, branch_id), count)| daily_complaints::Model {
                generation,
                day,
                cause,
                department_id,
                branch_id,
                count,
            })
            .collect();
        Ok(tx.add(&rows).await?)
    }

    async fn drop_rows(&self, tx: &WriteTx, generation: i32) -> Result<bool, StoreError> {
        use daily_complaints::{Column, Entity};
        let of_it = Column::Generation.eq(generation);
        let first: Option<i32> = Entity::find()
            .select_only()
            .column(Column::Day)
            .filter(of_it.clone())
            .order_by_asc(Column::Day)
            .limit(1)
            .into_tuple()
            .one(tx)
            .await?;
        let Some(first) = first else { return Ok(false) };
        Entity::delete_many()
            .filter(of_it)
            .filter(Column::Day.lt(first + DAYS_A_STEP))
            .exec(tx)
            .await?;
        Ok(true)
    }
}
