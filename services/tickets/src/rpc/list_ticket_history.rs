//! ListTicketHistory: the ticket's events, each with what it changed.
//!
//! Values come from the events' facts. What is personal is not in events: of such fields only the name
//! is told.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use kefu_api_common::wire;
use kefu_api_events::TicketStep;
use kefu_api_events::v1::TicketFacts;
use kefu_api_tickets::v1::{
    FieldChange, ListTicketHistoryRequest, ListTicketHistoryResponse, TicketHistoryEntry,
};
use kefu_kernel::{Id, Recorded, id};
use kefu_rpc::CallContext;
use kefu_store::filter::{Field, Resource, Row, Shape, Value};
use kefu_store::page::ListRequest;
use kefu_store::tables::event::{Column, Entity, Model};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait};

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
    let entries = page.rows.into_iter().map(|event| entry(event.0.recorded(service, 0)));
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

fn entry(event: Recorded) -> TicketHistoryEntry {
    TicketHistoryEntry {
        event_id: id::encode("event", event.event_id),
        version: event.version,
        r#type: event.name().to_owned(),
        changes: changes(&event),
        actor: event.actor,
        on_behalf_of: event.on_behalf_of,
        cause: event.cause,
        recorded_at: Some(wire::timestamp(event.recorded_at)),
        historic: event.historic,
    }
}

fn changes(event: &Recorded) -> Vec<FieldChange> {
    let step = TicketStep::read(&event.type_name, &event.payload).ok();
    let before = step.as_ref().and_then(|step| step.before.as_ref()).map(facts).unwrap_or_default();
    let after = step.as_ref().map(|step| facts(&step.after)).unwrap_or_default();
    let value =
        |of: &BTreeMap<&str, String>, field: &str| of.get(field).cloned().unwrap_or_default();
    event
        .changed
        .iter()
        .map(|field| FieldChange {
            before: value(&before, field),
            after: value(&after, field),
            field: field.clone(),
        })
        .collect()
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
