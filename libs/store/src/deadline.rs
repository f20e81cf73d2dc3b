//! The deadlines of aggregates as rows. A clock is its events: they are kept as JSON text, which nothing
//! queries; the columns beside it follow from them. One table for all kinds of aggregates of a service; a
//! service that has clocks makes it with [`create`].

use std::collections::HashMap;

use kefu_kernel::clock::{Clock, ClockEvent, Deadline, Rung};
use kefu_kernel::{Timestamp, Word};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

use crate::migrate::columns::*;
use crate::row::{broken, instant, millis};
use crate::runner::ids_in;
use crate::{Reader, Schema, StoreError};

/// One clock of one episode.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "clock")]
pub struct Model {
    /// What has the deadline.
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner_id: Uuid,
    /// The episode; 0 where there are none.
    #[sea_orm(primary_key, auto_increment = false)]
    pub episode: i32,
    /// What it measures.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// Names of the states in which it stands still, separated by commas.
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

/// Makes the table.
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

/// The rows of one aggregate's deadlines, for [`Rows::parts`](crate::Rows::parts).
pub fn rows<'d, K: Word>(
    owner_id: Uuid,
    deadlines: impl IntoIterator<Item = &'d Deadline<K>>,
) -> Vec<Model> {
    let row = |deadline: &Deadline<K>| Model {
        owner_id,
        episode: deadline.episode,
        kind: deadline.kind.name().to_owned(),
        pauses_in: deadline.pauses_in.join(","),
        log: serde_json::to_string(deadline.clock.log()).expect("events are plain data"),
        due_at: millis(deadline.due_at),
        next_at: deadline.next.map(|rung| rung.at.as_millis()),
        next_percent: deadline.next.map(|rung| i32::from(rung.percent)),
        breached_at: millis(deadline.breached_at),
    };
    deadlines.into_iter().map(row).collect()
}

/// The deadlines of these aggregates, by aggregate, each in order of episode and kind: one statement.
///
/// # Errors
///
/// The database; a row that is none of ours.
pub async fn load<K: Word>(
    reader: &Reader,
    owners: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Deadline<K>>>, StoreError> {
    let found = Entity::find()
        .filter(ids_in(Column::OwnerId, owners))
        .order_by_asc(Column::Episode)
        .order_by_asc(Column::Kind);
    let mut deadlines: HashMap<Uuid, Vec<Deadline<K>>> = HashMap::new();
    for row in found.all(reader).await? {
        deadlines.entry(row.owner_id).or_default().push(deadline(&row)?);
    }
    Ok(deadlines)
}

fn deadline<K: Word>(row: &Model) -> Result<Deadline<K>, StoreError> {
    let log: Vec<ClockEvent> = serde_json::from_str(&row.log).map_err(|_| broken("clock's log"))?;
    let pauses_in = row.pauses_in.split(',').filter(|name| !name.is_empty());
    let percent = row.next_percent.and_then(|percent| u16::try_from(percent).ok());
    let next_at = row.next_at.map(Timestamp::from_millis);
    Ok(Deadline {
        kind: K::from_name(&row.kind).ok_or_else(|| broken("clock's kind"))?,
        episode: row.episode,
        pauses_in: pauses_in.map(str::to_owned).collect(),
        clock: Clock::replay(log).map_err(|_| broken("clock's log"))?,
        due_at: instant(row.due_at),
        next: percent.zip(next_at).map(|(percent, at)| Rung { percent, at }),
        breached_at: instant(row.breached_at),
    })
}
