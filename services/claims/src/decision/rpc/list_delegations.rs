//! ListDelegations: a page of delegations, the latest first.

use std::sync::{Arc, LazyLock};

use kefu_api_claims::v1::{ListDelegationsRequest, ListDelegationsResponse};
use kefu_api_common::wire;
use kefu_kernel::{Id, Timestamp, id};
use kefu_rpc::CallContext;
use kefu_store::filter::{Field, Resource, Row, Shape, Value};
use kefu_store::page::ListRequest;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryTrait};

use super::encode;
use crate::Result;
use crate::decision::store::delegation::{Column, Entity, Model, read};
use crate::domain::ids::PersonId;
use crate::service::Claims;

pub async fn run(
    claims: &Claims,
    _: Arc<CallContext>,
    request: ListDelegationsRequest,
) -> Result<ListDelegationsResponse> {
    static DELEGATIONS: LazyLock<Resource> = LazyLock::new(|| {
        Resource::new("delegation", Field::id("id", "delegation", Column::Id))
            .field(Field::time("valid_from", Column::ValidFrom))
            .shape(Shape::on([]).descending("valid_from"))
    });
    let from: Option<PersonId> = id::read_optional("from_id", request.from_id.as_deref())?;
    let to: Option<PersonId> = id::read_optional("to_id", request.to_id.as_deref())?;
    let at = request.at.as_ref().map(wire::instant);
    let parent = format!("{from:?} {to:?} {at:?}");
    let asked = ListRequest {
        page_size: request.page_size,
        page_token: &request.page_token,
        parent: &parent,
        ..ListRequest::default()
    };
    let list = claims.pages.list(&DELEGATIONS, &asked)?;
    let holds = at.map(Timestamp::as_millis).map(|at| {
        let kept = Condition::any().add(Column::RevokedAt.is_null()).add(Column::RevokedAt.gt(at));
        Condition::all().add(Column::ValidFrom.lte(at)).add(Column::ValidUntil.gt(at)).add(kept)
    });
    let which = Condition::all()
        .add_option(from.map(|from| Column::FromId.eq(from.uuid())))
        .add_option(to.map(|to| Column::ToId.eq(to.uuid())))
        .add_option(holds);
    let mut query = Entity::find().filter(which);
    list.apply(QueryTrait::query(&mut query));
    let page = list.page(query.all(claims.store.reader()).await?);
    let found = page.rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let delegations = found.iter().map(encode::delegation).collect();
    Ok(ListDelegationsResponse { delegations, next_page_token: page.next_page_token })
}

impl Row for Model {
    fn value(&self, field: &str) -> Value {
        match field {
            "id" => Value::Id(self.id),
            "valid_from" => Value::Time(Timestamp::from_millis(self.valid_from)),
            _ => Value::Unset,
        }
    }
}
