//! The history of one thing: its events, each with what it changed, as every service's `List…History` tells.
//!
//! Values come from the events' facts. What is personal is not in events but beside them: without `full`
//! only the names of such fields are told, with it their values, and that they were read is logged.

use std::collections::HashMap;
use std::sync::LazyLock;

use kefu_api_common::v1::{FieldChange, HistoryEntry};
use kefu_api_common::wire;
use kefu_api_events::{Facts, Step};
use kefu_kernel::id::Uuid;
use kefu_kernel::{Id, Principal, Recorded, id};
use kefu_store::filter::{Field, Resource, Row, Shape, Value};
use kefu_store::page::{ListError, ListRequest, Pages};
use kefu_store::tables::event::{Column, Entity, Model};
use kefu_store::tables::event_personal;
use kefu_store::{Store, StoreError, ids_in};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QueryTrait};

/// What a history RPC is asked for; the fields are those of its request. That the caller may see the thing
/// was checked before.
#[derive(Clone, Copy, Debug)]
pub struct HistoryRequest<'a, I> {
    /// Whose history.
    pub id: I,
    /// `version` or `version desc`.
    pub order_by: &'a str,
    /// Entries on a page.
    pub page_size: i32,
    /// The token of the page before.
    pub page_token: &'a str,
    /// Whether the values of personal fields are told: the view FULL.
    pub full: bool,
}

/// A page of a history.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HistoryPage {
    /// The entries, one for each event.
    pub entries: Vec<HistoryEntry>,
    /// The token of the page after it; empty: there is none.
    pub next_page_token: String,
}

/// A history cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// Order, page size or token.
    #[error(transparent)]
    List(#[from] ListError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sea_orm::DbErr> for HistoryError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Store(error.into())
    }
}

/// A page of the events of one aggregate, whose facts are `F`.
///
/// # Errors
///
/// Order, page size or token; the database.
pub async fn history<F: Facts, I: Id>(
    store: &Store,
    pages: &Pages,
    reader: &Principal,
    asked: &HistoryRequest<'_, I>,
) -> Result<HistoryPage, HistoryError> {
    static EVENTS: LazyLock<Resource> = LazyLock::new(|| {
        Resource::new("event", Field::id("id", "event", Column::EventId))
            .field(Field::int("version", Column::Version))
            .shape(Shape::on([]).ascending("version"))
            .shape(Shape::on([]).descending("version"))
    });
    let parent = asked.id.to_string();
    let list = pages.list(
        &EVENTS,
        &ListRequest {
            order_by: asked.order_by,
            page_size: asked.page_size,
            page_token: asked.page_token,
            parent: &parent,
            ..ListRequest::default()
        },
    )?;
    let mut query = Entity::find().filter(Column::AggregateId.eq(asked.id.uuid()));
    list.apply(QueryTrait::query(&mut query));
    let rows: Vec<Event> = query.all(store.reader()).await?.into_iter().map(Event).collect();
    let page = list.page(rows);
    let mut beside = HashMap::new();
    if asked.full {
        tracing::info!(target: "kefu::personal", reader = %reader.id, of = parent, "read");
        beside = personal(store, &page.rows).await?;
    }
    let entries = page.rows.into_iter().map(|event| {
        let beside = beside.remove(&event.0.event_id).unwrap_or_default();
        entry::<F>(event.0.recorded(store.service(), 0), &beside)
    });
    Ok(HistoryPage { entries: entries.collect(), next_page_token: page.next_page_token })
}

struct Event(Model);

impl Row for Event {
    fn value(&self, field: &str) -> Value {
        match field {
            "id" => Value::Id(self.0.event_id),
            "version" => Value::Int(self.0.version),
            _ => Value::Unset,
        }
    }
}

/// What is kept beside these events, by event.
async fn personal(
    store: &Store,
    events: &[Event],
) -> Result<HashMap<Uuid, Vec<event_personal::Model>>, HistoryError> {
    let ids: Vec<Uuid> = events.iter().map(|event| event.0.event_id).collect();
    let rows = event_personal::Entity::find()
        .filter(ids_in(event_personal::Column::EventId, &ids))
        .order_by_asc(event_personal::Column::Field)
        .all(store.reader())
        .await?;
    let mut beside: HashMap<Uuid, Vec<event_personal::Model>> = HashMap::new();
    for row in rows {
        beside.entry(row.event_id).or_default().push(row);
    }
    Ok(beside)
}

fn entry<F: Facts>(event: Recorded, beside: &[event_personal::Model]) -> HistoryEntry {
    HistoryEntry {
        event_id: id::encode("event", event.event_id),
        version: event.version,
        r#type: event.name().to_owned(),
        changes: changes::<F>(&event, beside),
        actor: event.actor,
        on_behalf_of: event.on_behalf_of,
        cause: event.cause,
        recorded_at: Some(wire::timestamp(event.recorded_at)),
        historic: event.historic,
    }
}

fn changes<F: Facts>(event: &Recorded, beside: &[event_personal::Model]) -> Vec<FieldChange> {
    let step = Step::<F>::read(&event.payload).ok();
    let (before, after) = step.map_or((None, None), |step| (step.before, Some(step.after)));
    let value = |of: &Option<F>, field: &str| {
        of.as_ref().and_then(|facts| facts.text(field)).unwrap_or_default()
    };
    let of_facts = |field: &String| FieldChange {
        before: value(&before, field),
        after: value(&after, field),
        field: field.clone(),
    };
    let of_row = |row: &event_personal::Model| FieldChange {
        field: row.field.clone(),
        before: row.before.clone(),
        after: row.after.clone(),
    };
    let mut changes = Vec::new();
    for field in &event.changed {
        let within = beside.iter().filter(|row| is_within(&row.field, field));
        let told = changes.len();
        changes.extend(within.map(of_row));
        if changes.len() == told {
            changes.push(of_facts(field));
        }
    }
    changes
}

/// Whether `part` is `field` or a part of it.
fn is_within(part: &str, field: &str) -> bool {
    part.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
