//! ListTicketHistory: the ticket's events, each with what it changed.
//!
//! Values come from the events' facts. What is personal is not in events but beside them: the view BASIC
//! tells only the names of such fields, FULL their values, and that they were read is logged.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use kefu_api_common::v1::View;
use kefu_api_common::wire;
use kefu_api_events::TicketStep;
use kefu_api_events::v1::TicketFacts;
use kefu_api_tickets::v1::{
    FieldChange, ListTicketHistoryRequest, ListTicketHistoryResponse, TicketHistoryEntry,
};
use kefu_kernel::id::Uuid;
use kefu_kernel::{Id, Recorded, id};
use kefu_rpc::CallContext;
use kefu_store::filter::{Field, Resource, Row, Shape, Value};
use kefu_store::ids_in;
use kefu_store::page::ListRequest;
use kefu_store::tables::event::{Column, Entity, Model};
use kefu_store::tables::event_personal;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QueryTrait};

use super::{decode, get_ticket};
use crate::Error;
use crate::domain::ids::TicketId;
use crate::service::Tickets;

pub async fn run(
    tickets: &Tickets,
    call: Arc<CallContext>,
    request: ListTicketHistoryRequest,
) -> Result<ListTicketHistoryResponse, Error> {
    static EVENTS: LazyLock<Resource> = LazyLock::new(|| {
        Resource::new("event", Field::id("id", "event", Column::EventId))
            .field(Field::int("version", Column::Version))
            .shape(Shape::on([]).ascending("version"))
            .shape(Shape::on([]).descending("version"))
    });
    let id: TicketId = decode::id("ticket_id", &request.ticket_id)?;
    get_ticket::seen(tickets, &call, id).await?;
    let list = tickets.pages.list(
        &EVENTS,
        &ListRequest {
            order_by: &request.order_by,
            page_size: request.page_size,
            page_token: &request.page_token,
            parent: &request.ticket_id,
            ..ListRequest::default()
        },
    )?;
    let mut query = Entity::find().filter(Column::AggregateId.eq(id.uuid()));
    list.apply(QueryTrait::query(&mut query));
    let rows: Vec<Event> =
        query.all(tickets.store.reader()).await?.into_iter().map(Event).collect();
    let page = list.page(rows);
    let service = tickets.store.service();
    let mut personal = match request.view() {
        View::Full => personal(tickets, &call, id, &page.rows).await?,
        _ => HashMap::new(),
    };
    let entries = page.rows.into_iter().map(|event| {
        let beside = personal.remove(&event.0.event_id).unwrap_or_default();
        entry(event.0.recorded(service, 0), &beside)
    });
    Ok(ListTicketHistoryResponse {
        entries: entries.collect(),
        next_page_token: page.next_page_token,
    })
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
    tickets: &Tickets,
    call: &CallContext,
    id: TicketId,
    events: &[Event],
) -> Result<HashMap<Uuid, Vec<event_personal::Model>>, Error> {
    let reader = &call.principal().id;
    tracing::info!(target: "kefu::personal", reader, ticket = %id, "read");
    let ids: Vec<Uuid> = events.iter().map(|event| event.0.event_id).collect();
    let rows = event_personal::Entity::find()
        .filter(ids_in(event_personal::Column::EventId, &ids))
        .order_by_asc(event_personal::Column::Field)
        .all(tickets.store.reader())
        .await?;
    let mut beside: HashMap<Uuid, Vec<event_personal::Model>> = HashMap::new();
    for row in rows {
        beside.entry(row.event_id).or_default().push(row);
    }
    Ok(beside)
}

fn entry(event: Recorded, beside: &[event_personal::Model]) -> TicketHistoryEntry {
    TicketHistoryEntry {
        event_id: id::encode("event", event.event_id),
        version: event.version,
        r#type: event.name().to_owned(),
        changes: changes(&event, beside),
        actor: event.actor,
        on_behalf_of: event.on_behalf_of,
        cause: event.cause,
        recorded_at: Some(wire::timestamp(event.recorded_at)),
        historic: event.historic,
    }
}

fn changes(event: &Recorded, beside: &[event_personal::Model]) -> Vec<FieldChange> {
    let step = TicketStep::read(&event.type_name, &event.payload).ok();
    let before = step.as_ref().and_then(|step| step.before.as_ref()).map(facts).unwrap_or_default();
    let after = step.as_ref().map(|step| facts(&step.after)).unwrap_or_default();
    let value =
        |of: &BTreeMap<&str, String>, field: &str| of.get(field).cloned().unwrap_or_default();
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

/// The facts by the names of the ticket's fields.
fn facts(facts: &TicketFacts) -> BTreeMap<&'static str, String> {
    let time = |at: &Option<prost_types::Timestamp>| {
        at.as_ref().map(|at| wire::instant(at).to_string()).unwrap_or_default()
    };
    BTreeMap::from([
        ("type", facts.r#type.clone()),
        ("state", facts.state.clone()),
        ("category", facts.category().as_str_name().to_owned()),
        ("channel", facts.channel().as_str_name().to_owned()),
        ("source", facts.source.clone()),
        ("priority", facts.priority().as_str_name().to_owned()),
        ("cause", facts.cause.clone()),
        ("department_id", facts.department_id.clone()),
        ("branch_id", facts.branch_id.clone()),
        ("assignee_id", facts.assignee_id.clone()),
        ("owner_id", facts.owner_id.clone()),
        ("created_at", time(&facts.created_at)),
        ("due_at", time(&facts.due_at)),
        ("solved_at", time(&facts.solved_at)),
        ("closed_at", time(&facts.closed_at)),
        ("breached", facts.breached.to_string()),
        ("episode", facts.episode.to_string()),
    ])
}
