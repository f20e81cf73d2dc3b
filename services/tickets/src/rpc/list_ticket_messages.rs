//! ListTicketMessages: a page of a ticket's conversation.

use std::sync::{Arc, LazyLock};

use kefu_api_tickets::v1::{ListTicketMessagesRequest, ListTicketMessagesResponse};
use kefu_kernel::{Id, Timestamp, id};
use kefu_rpc::CallContext;
use kefu_store::filter::{Field, Resource, Row, Shape, Value};
use kefu_store::page::ListRequest;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait};

use super::{encode, get_ticket};
use crate::Result;
use crate::domain::ids::TicketId;
use crate::service::Tickets;
use crate::store::message::{Column, Entity, Model};

pub async fn run(
    tickets: &Tickets,
    call: Arc<CallContext>,
    request: ListTicketMessagesRequest,
) -> Result<ListTicketMessagesResponse> {
    static MESSAGES: LazyLock<Resource> = LazyLock::new(|| {
        Resource::new("message", Field::id("id", "message", Column::Id))
            .field(Field::time("sent_at", Column::SentAt))
            .shape(Shape::on([]).ascending("sent_at"))
            .shape(Shape::on([]).descending("sent_at"))
    });
    let id: TicketId = id::read("ticket_id", &request.ticket_id)?;
    get_ticket::seen(tickets, &call, id).await?;
    let list = tickets.pages.list(
        &MESSAGES,
        &ListRequest {
            order_by: &request.order_by,
            page_size: request.page_size,
            page_token: &request.page_token,
            parent: &request.ticket_id,
            ..ListRequest::default()
        },
    )?;
    let mut query = Entity::find().filter(Column::TicketId.eq(id.uuid()));
    list.apply(QueryTrait::query(&mut query));
    let page = list.page(query.all(tickets.store.reader()).await?);
    let messages = page.rows.into_iter().map(Model::message).collect::<Result<Vec<_>, _>>()?;
    Ok(ListTicketMessagesResponse {
        messages: messages.iter().map(encode::message).collect(),
        next_page_token: page.next_page_token,
    })
}

impl Row for Model {
    fn value(&self, field: &str) -> Value {
        match field {
            "id" => Value::Id(self.id),
            "sent_at" => Value::Time(Timestamp::from_millis(self.sent_at)),
            _ => Value::Unset,
        }
    }
}
