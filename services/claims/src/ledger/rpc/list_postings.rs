//! ListPostings: the postings of a claim with their entries.

use std::sync::{Arc, LazyLock};

use kefu_api_claims::v1::{ListPostingsRequest, ListPostingsResponse};
use kefu_kernel::{Id, id};
use kefu_rpc::CallContext;
use kefu_store::filter::{Field, Resource, Row, Shape, Value};
use kefu_store::page::ListRequest;
use kefu_store::runner::ids_in;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait};

use super::encode;
use crate::Result;
use crate::claim::rpc::get_claim;
use crate::domain::ids::{AccountId, ClaimId};
use crate::ledger::store::posting::{Column, Entity, Model};
use crate::service::Claims;

pub async fn run(
    claims: &Claims,
    call: Arc<CallContext>,
    request: ListPostingsRequest,
) -> Result<ListPostingsResponse> {
    static POSTINGS: LazyLock<Resource> = LazyLock::new(|| {
        Resource::new("posting", Field::id("id", "posting", Column::Id))
            .field(Field::int("number", Column::Place))
            .shape(Shape::on([]).ascending("number"))
            .shape(Shape::on([]).descending("number"))
    });
    let id: ClaimId = id::read("claim_id", &request.claim_id)?;
    let account: Option<AccountId> =
        id::read_optional("account_id", request.account_id.as_deref())?;
    let claim = get_claim::whole(claims, &call, id).await?;
    let parent = format!("{id} {account:?}");
    let asked = ListRequest {
        order_by: &request.order_by,
        page_size: request.page_size,
        page_token: &request.page_token,
        parent: &parent,
        ..ListRequest::default()
    };
    let list = claims.pages.list(&POSTINGS, &asked)?;
    let mut query = Entity::find().filter(Column::ClaimId.eq(id.uuid()));
    if let Some(account) = account {
        let entered = claim.ledger.postings.iter();
        let entered = entered.filter(|it| it.entries.iter().any(|entry| entry.account == account));
        let ids: Vec<_> = entered.map(|posting| posting.id.uuid()).collect();
        query = query.filter(ids_in(Column::Id, &ids));
    }
    list.apply(QueryTrait::query(&mut query));
    let page = list.page(query.all(claims.store.reader()).await?);
    let shown = |row: &Model| {
        let posting = claim.ledger.postings.iter().find(|posting| posting.id.uuid() == row.id)?;
        Some(encode::posting(id, claim.currency, i64::from(row.place) + 1, posting))
    };
    let postings = page.rows.iter().filter_map(shown).collect();
    Ok(ListPostingsResponse { postings, next_page_token: page.next_page_token })
}

impl Row for Model {
    fn value(&self, field: &str) -> Value {
        match field {
            "id" => Value::Id(self.id),
            "number" => Value::Int(self.place.into()),
            _ => Value::Unset,
        }
    }
}
