//! The clocks of tickets and calls. A clock is its events: they are kept as JSON text, which nothing
//! queries; the columns beside it follow from them.

use kefu_kernel::Timestamp;
use kefu_kernel::clock::{Clock, ClockEvent, Rung};
use kefu_kernel::id::Uuid as OwnerId;
use kefu_store::migrate::columns::*;
use kefu_store::{Schema, StoreError};
use sea_orm::entity::prelude::*;

use super::{broken, instant, millis};
use crate::domain::ticket::TicketClock;
use crate::domain::words::{Category, ClockKind};

/// One clock of one episode.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "clock")]
pub struct Model {
    /// The ticket or call.
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner_id: Uuid,
    /// The episode; 0 for a call.
    #[sea_orm(primary_key, auto_increment = false)]
    pub episode: i32,
    /// What it measures.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// Names of the waiting categories in which it stands still, separated by commas.
    pub pauses_in: String,
    /// Its events, JSON.
    pub log: String,
    /// When it is due, as it runs now.
    pub due_at: Option<i64>,
    /// When it will tell something next.
    pub next_at: Option<i64>,
    /// Which rung that is, in percent.
    pub next_percent: Option<i32>,
    /// When it ran out.
    pub breached_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("clock")
            .col(uuid("owner_id"))
            .col(integer("episode"))
            .col(text("kind"))
            .col(text("pauses_in"))
            .col(text("log"))
            .col(big_integer_null("due_at"))
            .col(big_integer_null("next_at"))
            .col(integer_null("next_percent"))
            .col(big_integer_null("breached_at"))
            .primary_key(Index::create().col("owner_id").col("episode").col("kind")),
    );
}

impl Model {
    /// The row of an owner's clock.
    pub fn of(owner_id: OwnerId, clock: &TicketClock) -> Self {
        let pauses: Vec<&str> = clock.pauses_in.iter().map(|category| category.name()).collect();
        Self {
            owner_id,
            episode: clock.episode,
            kind: clock.kind.name().to_owned(),
            pauses_in: pauses.join(","),
            log: serde_json::to_string(clock.clock.log()).expect("events are plain data"),
            due_at: millis(clock.due_at),
            next_at: clock.next.map(|rung| rung.at.as_millis()),
            next_percent: clock.next.map(|rung| i32::from(rung.percent)),
            breached_at: millis(clock.breached_at),
        }
    }

    /// The clock that the row keeps.
    pub fn clock(self) -> Result<TicketClock, StoreError> {
        let log: Vec<ClockEvent> =
            serde_json::from_str(&self.log).map_err(|_| broken("clock's log"))?;
        let pauses_in = self
            .pauses_in
            .split(',')
            .filter(|name| !name.is_empty())
            .map(|name| Category::from_name(name).ok_or_else(|| broken("category")))
            .collect::<Result<_, _>>()?;
        let percent = self.next_percent.and_then(|percent| u16::try_from(percent).ok());
        let next_at = self.next_at.map(Timestamp::from_millis);
        Ok(TicketClock {
            kind: ClockKind::from_name(&self.kind).ok_or_else(|| broken("clock's kind"))?,
            episode: self.episode,
            pauses_in,
            clock: Clock::replay(log).map_err(|_| broken("clock's log"))?,
            due_at: instant(self.due_at),
            next: percent.zip(next_at).map(|(percent, at)| Rung { percent, at }),
            breached_at: instant(self.breached_at),
        })
    }
}
