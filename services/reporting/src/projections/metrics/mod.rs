//! The measures that metrics are made of, folded from the services' events.
//!
//! Each event takes away what its thing counted for before and adds what it counts for now, so that a
//! later change of a fact or dimension moves what was counted. What happens rather than is true (a
//! reopening, a hand-off, a clock that was met) is added once, at the moment of its event.

mod calls;
mod tally;
mod tickets;

use std::collections::BTreeSet;

use kefu_api_events::v1::{CallFacts, TicketFacts};
use kefu_api_events::{Facts, Told};
use kefu_kernel::Recorded;
use kefu_kernel::zone::Zone;
use kefu_outbox::{FoldError, Projection};
use kefu_store::{StoreError, WriteTx};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};

use super::uuid_or_nil;
use crate::domain::Measure;
use crate::store::metric_cell::{Column, Entity};
use tally::Tally;

/// Every measure, by what is counted.
pub static MEASURES: &[&[Measure]] = &[calls::MEASURES, tickets::MEASURES];

/// Days whose rows are deleted by one step of a clean-up.
const DAYS_A_STEP: i32 = 31;

/// A kind of thing that is counted.
trait Counted: Facts {
    /// The branch that it belongs to: its id, or nothing.
    fn branch(&self) -> &str;

    /// Its dimensions, in the order of its measures' subject; as filters spell them.
    fn dimensions(&self) -> [String; 4];

    /// What it counts for by what is true of it.
    fn count(&self, tally: &mut Tally<'_>);

    /// What this event counts for, whatever becomes of the thing later.
    fn happened(event: &Recorded, told: &Told<Self>, before: Option<&Self>, tally: &mut Tally<'_>);
}

/// Measures of what one service tells of.
#[derive(Clone)]
pub struct Measures {
    name: &'static str,
    source: &'static str,
    fold: fn(&Recorded, &mut Tally<'_>) -> Result<(), FoldError>,
    zone: Zone,
}

impl Measures {
    /// Measures of tickets and calls. Days are cut in `zone`; another zone needs a rebuild.
    pub fn of_tickets(zone: Zone) -> Self {
        Self { name: tickets::PROJECTION, source: "tickets", fold: of_tickets, zone }
    }
}

fn of_tickets(event: &Recorded, tally: &mut Tally<'_>) -> Result<(), FoldError> {
    match event.aggregate_type.as_str() {
        "ticket" => take::<TicketFacts>(event, tally),
        "call" => take::<CallFacts>(event, tally),
        _ => Ok(()),
    }
}

/// A word of the protos as filters spell it: without what all of them begin with; nothing where none is said.
fn word(name: &str, prefix: &str) -> String {
    let word = name.strip_prefix(prefix).unwrap_or(name);
    if word == "UNSPECIFIED" { String::new() } else { word.to_owned() }
}

/// Counts one event of a kind of thing.
fn take<F: Counted>(event: &Recorded, tally: &mut Tally<'_>) -> Result<(), FoldError> {
    let told = F::read(&event.payload)
        .map_err(|error| FoldError::Poison(format!("the payload does not decode: {error}")))?;
    let before = told.former.as_ref().map(|former| told.facts.before(former));
    if let Some(before) = &before {
        tally.of(true, uuid_or_nil(before.branch())?, before.dimensions());
        before.count(tally);
    }
    tally.of(false, uuid_or_nil(told.facts.branch())?, told.facts.dimensions());
    told.facts.count(tally);
    F::happened(event, &told, before.as_ref(), tally);
    Ok(())
}

#[async_trait::async_trait]
impl Projection for Measures {
    fn name(&self) -> &'static str {
        self.name
    }

    fn source(&self) -> &'static str {
        self.source
    }

    async fn fold(
        &self,
        tx: &WriteTx,
        generation: i32,
        events: &[Recorded],
    ) -> Result<(), FoldError> {
        let mut tally = Tally::new(&self.zone);
        for event in events {
            (self.fold)(event, &mut tally)?;
        }
        Ok(tx.add(&tally.into_rows(generation)).await?)
    }

    async fn drop_rows(&self, tx: &WriteTx, generation: i32) -> Result<bool, StoreError> {
        let of_service =
            Column::Generation.eq(generation).and(Column::Measure.is_in(self.measures()));
        let first: Option<i32> = Entity::find()
            .select_only()
            .column(Column::Day)
            .filter(of_service.clone())
            .order_by_asc(Column::Day)
            .limit(1)
            .into_tuple()
            .one(tx)
            .await?;
        let Some(first) = first else { return Ok(false) };
        Entity::delete_many()
            .filter(of_service)
            .filter(Column::Day.lt(first + DAYS_A_STEP))
            .exec(tx)
            .await?;
        Ok(true)
    }
}

impl Measures {
    /// The codes of its measures.
    fn measures(&self) -> BTreeSet<&'static str> {
        let all = MEASURES.iter().copied().flatten();
        all.filter(|one| one.subject.projection == self.name).map(|one| one.code).collect()
    }
}
