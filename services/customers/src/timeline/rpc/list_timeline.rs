//! ListTimeline: a page of what happened with a customer and with all that were merged into it.

use std::sync::{Arc, LazyLock};

use kefu_api_common::wire;
use kefu_api_customers::v1::{ListTimelineRequest, ListTimelineResponse, TimelineEntry};
use kefu_kernel::{Timestamp, id};
use kefu_rpc::CallContext;
use kefu_store::filter::{Field, Resource, Row, Shape, Value};
use kefu_store::page::ListRequest;
use kefu_store::runner::ids_in;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait};
use uuid::Uuid;

use crate::Result;
use crate::customer::rpc::get_customer;
use crate::customer::store::tree;
use crate::domain::ids::CustomerId;
use crate::service::Customers;
use crate::timeline::store::{Column, Entity, Model};

pub async fn run(
    customers: &Customers,
    call: Arc<CallContext>,
    request: ListTimelineRequest,
) -> Result<ListTimelineResponse> {
    static ENTRIES: LazyLock<Resource> = LazyLock::new(|| {
        Resource::new("timeline_entry", Field::id("id", "event", Column::EventId))
            .field(Field::time("happened_at", Column::HappenedAt))
            .shape(Shape::on([]).descending("happened_at"))
            .shape(Shape::on([]).ascending("happened_at"))
    });
    let id: CustomerId = id::read("customer_id", &request.customer_id)?;
    let latest_first = "happened_at desc";
    let list = customers.pages.list(
        &ENTRIES,
        &ListRequest {
            order_by: if request.order_by.is_empty() { latest_first } else { &request.order_by },
            page_size: request.page_size,
            page_token: &request.page_token,
            parent: &format!("{} {}", request.customer_id, request.services.join(",")),
            ..ListRequest::default()
        },
    )?;
    let ids = of_whom(customers, &call, id).await?;
    let mut query = Entity::find().filter(ids_in(Column::CustomerId, &ids));
    if !request.services.is_empty() {
        query = query.filter(Column::Service.is_in(&request.services));
    }
    list.apply(QueryTrait::query(&mut query));
    let page = list.page(query.all(customers.store.reader()).await?);
    let entries = page.rows.into_iter().map(entry).collect();
    Ok(ListTimelineResponse { entries, next_page_token: page.next_page_token })
}

/// Of whom the timeline tells: the customer that stays, and all that were merged into it.
pub async fn of_whom(
    customers: &Customers,
    call: &CallContext,
    id: CustomerId,
) -> Result<Vec<Uuid>> {
    let stays = get_customer::stays(customers, call, id).await?.id;
    let mut ids = tree::merged_into(customers.store.reader(), stays).await?;
    ids.push(stays);
    Ok(ids)
}

/// An entry as the API shows it.
pub fn entry(row: Model) -> TimelineEntry {
    TimelineEntry {
        event_id: id::encode("event", row.event_id),
        service: row.service,
        r#type: row.kind,
        subject_id: row.subject,
        happened_at: Some(wire::timestamp(Timestamp::from_millis(row.happened_at))),
        actor: row.actor,
        state: row.state,
        channel: row.channel,
        historic: row.historic,
    }
}

impl Row for Model {
    fn value(&self, field: &str) -> Value {
        match field {
            "id" => Value::Id(self.event_id),
            "happened_at" => Value::Time(Timestamp::from_millis(self.happened_at)),
            _ => Value::Unset,
        }
    }
}
