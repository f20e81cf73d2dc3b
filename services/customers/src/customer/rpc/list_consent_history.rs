//! ListConsentHistory: everything that a customer allowed and forbade, the latest first.

use std::sync::{Arc, LazyLock};

use kefu_api_common::wire;
use kefu_api_customers::v1::{Consent, ListConsentHistoryRequest, ListConsentHistoryResponse};
use kefu_api_events::Channel;
use kefu_kernel::{Id, Timestamp, id};
use kefu_rpc::CallContext;
use kefu_store::filter::{Field, Resource, Row, Shape, Value};
use kefu_store::page::ListRequest;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait};

use super::get_customer;
use crate::Result;
use crate::customer::store::consent::entry::{Column, Entity, Model};
use crate::domain::ids::CustomerId;
use crate::service::Customers;

pub async fn run(
    customers: &Customers,
    call: Arc<CallContext>,
    request: ListConsentHistoryRequest,
) -> Result<ListConsentHistoryResponse> {
    static ENTRIES: LazyLock<Resource> = LazyLock::new(|| {
        Resource::new("consent", Field::id("id", "consent", Column::Id))
            .field(Field::time("said_at", Column::SaidAt))
            .shape(Shape::on([]).descending("said_at"))
    });
    let id: CustomerId = id::read("customer_id", &request.customer_id)?;
    get_customer::seen(customers, &call, id).await?;
    let list = customers.pages.list(
        &ENTRIES,
        &ListRequest {
            order_by: "said_at desc",
            page_size: request.page_size,
            page_token: &request.page_token,
            parent: &request.customer_id,
            ..ListRequest::default()
        },
    )?;
    let mut query = Entity::find().filter(Column::CustomerId.eq(id.uuid()));
    list.apply(QueryTrait::query(&mut query));
    let page = list.page(query.all(customers.store.reader()).await?);
    let consents = page.rows.into_iter().map(shown).collect();
    Ok(ListConsentHistoryResponse { consents, next_page_token: page.next_page_token })
}

fn shown(row: Model) -> Consent {
    Consent {
        channel: Channel::from_name(&row.channel).map_or(0, Channel::to_wire),
        purpose: row.purpose,
        granted: row.granted,
        said_at: Some(wire::timestamp(Timestamp::from_millis(row.said_at))),
        evidence: row.evidence,
    }
}

impl Row for Model {
    fn value(&self, field: &str) -> Value {
        match field {
            "id" => Value::Id(self.id),
            "said_at" => Value::Time(Timestamp::from_millis(self.said_at)),
            _ => Value::Unset,
        }
    }
}
