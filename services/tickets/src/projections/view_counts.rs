//! The counts of the shipped views: a ticket's former facts are taken away, the new ones added.

use std::collections::BTreeMap;

use kefu_api_common::wire;
use kefu_api_events::Step;
use kefu_api_events::v1::{StatusCategory, TicketFacts};
use kefu_kernel::id::{self, Uuid};
use kefu_kernel::{Recorded, Zone};
use kefu_outbox::{FoldError, Projection};
use kefu_store::{StoreError, WriteTx};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::store::view_count;

/// The projection.
#[derive(Clone)]
pub struct ViewCounts {
    zone: Zone,
}

/// View, person, day, branch.
type Cell = (&'static str, Uuid, i32, Uuid);

impl ViewCounts {
    /// Days are those of `zone`. Another zone needs a rebuild.
    pub fn new(zone: Zone) -> Self {
        Self { zone }
    }

    fn count(
        &self,
        cells: &mut BTreeMap<Cell, i64>,
        facts: &TicketFacts,
        by: i64,
    ) -> Result<(), FoldError> {
        let branch = uuid_or_nil(&facts.branch_id)?;
        let person = uuid_or_nil(&facts.assignee_id)?;
        let none = Uuid::nil();
        let mut add = |view, person, day| {
            *cells.entry((view, person, day, branch)).or_default() += by;
        };
        let category = facts.category();
        if matches!(category, StatusCategory::Solved | StatusCategory::Closed) {
            if let Some(at) = &facts.solved_at {
                add("solved_this_week", none, self.zone.day_of(wire::instant(at)).number());
            }
            return Ok(());
        }
        add("all_open", none, 0);
        if person.is_nil() {
            add("unassigned", none, 0);
        } else {
            add("mine", person, 0);
        }
        if let Some(at) = &facts.due_at {
            add("due_today", none, self.zone.day_of(wire::instant(at)).number());
        }
        if facts.breached {
            add("breached", none, 0);
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl Projection for ViewCounts {
    fn name(&self) -> &'static str {
        "view_counts"
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
        for event in events.iter().filter(|event| event.aggregate_type == "ticket") {
            let step = Step::<TicketFacts>::read(&event.payload)
                .map_err(|error| FoldError::Poison(format!("the payload: {error}")))?;
            if let Some(before) = &step.before {
                self.count(&mut cells, before, -1)?;
            }
            self.count(&mut cells, &step.after, 1)?;
        }
        let rows: Vec<_> = cells
            .into_iter()
            .filter(|(_, count)| *count != 0)
            .map(|((view, person_id, day, branch_id), count)| view_count::Model {
                generation,
                view: view.to_owned(),
                person_id,
                day,
                branch_id,
                count,
            })
            .collect();
        Ok(tx.add(&rows).await?)
    }

    async fn drop_rows(&self, tx: &WriteTx, generation: i32) -> Result<bool, StoreError> {
        view_count::Entity::delete_many()
            .filter(view_count::Column::Generation.eq(generation))
            .exec(tx)
            .await?;
        Ok(false)
    }
}

fn uuid_or_nil(text: &str) -> Result<Uuid, FoldError> {
    if text.is_empty() {
        return Ok(Uuid::nil());
    }
    let id = id::split(text).map(|(_, uuid)| uuid);
    id.ok_or_else(|| FoldError::Poison("an id in the payload is not in form".to_owned()))
}
