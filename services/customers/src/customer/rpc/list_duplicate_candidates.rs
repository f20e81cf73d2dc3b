//! ListDuplicateCandidates: pairs of customers that may be one, with the reasons, the surest first.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use kefu_api_common::wire;
use kefu_api_customers::v1::{
    Customer, DuplicateCandidate, ListDuplicateCandidatesRequest, ListDuplicateCandidatesResponse,
};
use kefu_kernel::{Id, Timestamp, id};
use kefu_rpc::CallContext;
use kefu_store::filter::{Field, Resource, Row, Shape, Value};
use kefu_store::page::ListRequest;
use kefu_store::runner::ids_in;
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryTrait};
use uuid::Uuid;

use super::{encode, get_customer};
use crate::Result;
use crate::customer::domain::words::MatchReason;
use crate::customer::store::customer;
use crate::customer::store::duplicate::candidate::{Column, Entity, Model};
use crate::customer::store::duplicate::dismissed;
use crate::customer::store::resource::in_sight;
use crate::domain::ids::CustomerId;
use crate::service::Customers;

pub async fn run(
    customers: &Customers,
    call: Arc<CallContext>,
    request: ListDuplicateCandidatesRequest,
) -> Result<ListDuplicateCandidatesResponse> {
    static PAIRS: LazyLock<Resource> = LazyLock::new(|| {
        Resource::new("duplicate", Field::id("id", "duplicate", Column::Id))
            .field(Field::int("score", Column::Score))
            .shape(Shape::on([]).descending("score"))
    });
    let of: Option<CustomerId> = id::read_optional("customer_id", request.customer_id.as_deref())?;
    if let Some(id) = of {
        get_customer::seen(customers, &call, id).await?;
    }
    let list = customers.pages.list(
        &PAIRS,
        &ListRequest {
            order_by: "score desc",
            page_size: request.page_size,
            page_token: &request.page_token,
            parent: request.customer_id.as_deref().unwrap_or_default(),
            ..ListRequest::default()
        },
    )?;
    let mut query = Entity::find().filter(proposed(&call, of));
    list.apply(QueryTrait::query(&mut query));
    let reader = customers.store.reader();
    let page = list.page(query.all(reader).await?);
    let mut ids: Vec<Uuid> =
        page.rows.iter().flat_map(|row| [row.customer_id, row.other_id]).collect();
    ids.sort();
    ids.dedup();
    let found = customer::Entity::find().filter(ids_in(customer::Column::Id, &ids));
    let found = if ids.is_empty() { Vec::new() } else { found.all(reader).await? };
    let ids: Vec<Uuid> = found.iter().map(|row| row.id).collect();
    let shown = found.iter().map(encode::basic).collect();
    let shown = get_customer::with_tags(customers, shown, &ids).await?;
    Customers::note_read(&call, shown.first().map(|one| one.id.as_str()), shown.len());
    let by_id: HashMap<Uuid, Customer> = ids.into_iter().zip(shown).collect();
    let candidates = page.rows.iter().map(|row| shown_pair(row, &by_id)).collect();
    Ok(ListDuplicateCandidatesResponse { candidates, next_page_token: page.next_page_token })
}

/// Pairs of which the caller sees both, neither is merged or erased, and nobody said that they are not one.
fn proposed(call: &CallContext, of: Option<CustomerId>) -> Condition {
    let visible = || {
        Query::select()
            .column(customer::Column::Id)
            .from(customer::Entity)
            .cond_where(in_sight(&call.principal().scope))
            .and_where(customer::Column::MergedIntoId.is_null())
            .and_where(customer::Column::Erased.eq(false))
            .to_owned()
    };
    let dismissed =
        Query::select().column(dismissed::Column::PairId).from(dismissed::Entity).to_owned();
    let mut condition = Condition::all()
        .add(Column::CustomerId.in_subquery(visible()))
        .add(Column::OtherId.in_subquery(visible()))
        .add(Column::Id.not_in_subquery(dismissed));
    if let Some(id) = of {
        let either = Condition::any()
            .add(Column::CustomerId.eq(id.uuid()))
            .add(Column::OtherId.eq(id.uuid()));
        condition = condition.add(either);
    }
    condition
}

fn shown_pair(row: &Model, by_id: &HashMap<Uuid, Customer>) -> DuplicateCandidate {
    let reasons = row.reasons.split(',').filter_map(MatchReason::from_name);
    DuplicateCandidate {
        customer: by_id.get(&row.customer_id).cloned(),
        other: by_id.get(&row.other_id).cloned(),
        reasons: reasons.map(MatchReason::to_wire).collect(),
        score: row.score,
        found_at: Some(wire::timestamp(Timestamp::from_millis(row.found_at))),
    }
}

impl Row for Model {
    fn value(&self, field: &str) -> Value {
        match field {
            "id" => Value::Id(self.id),
            "score" => Value::Int(self.score.into()),
            _ => Value::Unset,
        }
    }
}
