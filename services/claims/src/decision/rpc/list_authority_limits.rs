//! ListAuthorityLimits: a page of limits, by holder and kind, the latest first.

use std::sync::{Arc, LazyLock};

use kefu_api_claims::v1::{ListAuthorityLimitsRequest, ListAuthorityLimitsResponse};
use kefu_api_common::wire;
use kefu_kernel::{Id, Timestamp, id};
use kefu_rpc::CallContext;
use kefu_store::filter::{Field, Resource, Row, Shape, Value};
use kefu_store::page::ListRequest;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryTrait};

use super::encode;
use crate::Result;
use crate::decision::store::authority_limit::{Column, Entity, Model, read};
use crate::domain::ids::PersonId;
use crate::domain::words::DecisionKind;
use crate::service::Claims;

pub async fn run(
    claims: &Claims,
    _: Arc<CallContext>,
    request: ListAuthorityLimitsRequest,
) -> Result<ListAuthorityLimitsResponse> {
    static LIMITS: LazyLock<Resource> = LazyLock::new(|| {
        Resource::new("authority", Field::id("id", "authority", Column::Id))
            .field(Field::text("role", Column::Role))
            .field(Field::text("kind", Column::Kind))
            .field(Field::time("valid_from", Column::ValidFrom))
            .shape(Shape::on([]).ascending("role").ascending("kind").descending("valid_from"))
    });
    let person: Option<PersonId> = id::read_optional("person_id", request.person_id.as_deref())?;
    let at = request.at.as_ref().map(wire::instant);
    let parent = format!("{} {person:?} {} {at:?}", request.role, request.kind);
    let asked = ListRequest {
        page_size: request.page_size,
        page_token: &request.page_token,
        parent: &parent,
        ..ListRequest::default()
    };
    let list = claims.pages.list(&LIMITS, &asked)?;
    let kind = DecisionKind::from_wire(request.kind);
    let role = Some(&request.role).filter(|role| !role.is_empty());
    let holds = at.map(Timestamp::as_millis).map(|at| {
        let open =
            Condition::any().add(Column::ValidUntil.is_null()).add(Column::ValidUntil.gt(at));
        Condition::all().add(Column::ValidFrom.lte(at)).add(open)
    });
    let which = Condition::all()
        .add_option(role.map(|role| Column::Role.eq(role)))
        .add_option(person.map(|person| Column::PersonId.eq(person.uuid())))
        .add_option(kind.map(|kind| Column::Kind.eq(kind.name())))
        .add_option(holds);
    let mut query = Entity::find().filter(which);
    list.apply(QueryTrait::query(&mut query));
    let page = list.page(query.all(claims.store.reader()).await?);
    let limits = page.rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let limits = limits.iter().map(encode::limit).collect();
    Ok(ListAuthorityLimitsResponse { limits, next_page_token: page.next_page_token })
}

impl Row for Model {
    fn value(&self, field: &str) -> Value {
        match field {
            "id" => Value::Id(self.id),
            "role" => Value::Text(self.role.clone()),
            "kind" => Value::Text(self.kind.clone()),
            "valid_from" => Value::Time(Timestamp::from_millis(self.valid_from)),
            _ => Value::Unset,
        }
    }
}
