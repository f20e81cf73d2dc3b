//! ListAccounts: the accounts of a claim, in the order in which they were first posted to.

use std::sync::{Arc, LazyLock};

use kefu_api_claims::v1::{ListAccountsRequest, ListAccountsResponse};
use kefu_kernel::{Id, id};
use kefu_rpc::CallContext;
use kefu_store::filter::{Field, Resource, Row, Shape, Value};
use kefu_store::page::ListRequest;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait};

use super::encode;
use crate::Result;
use crate::claim::rpc::get_claim;
use crate::domain::ids::ClaimId;
use crate::ledger::store::account::{Column, Entity, Model};
use crate::service::Claims;

pub async fn run(
    claims: &Claims,
    call: Arc<CallContext>,
    request: ListAccountsRequest,
) -> Result<ListAccountsResponse> {
    static ACCOUNTS: LazyLock<Resource> = LazyLock::new(|| {
        Resource::new("account", Field::id("id", "account", Column::Id))
            .field(Field::int("place", Column::Place))
            .shape(Shape::on([]).ascending("place"))
    });
    let id: ClaimId = id::read("claim_id", &request.claim_id)?;
    let claim = get_claim::whole(claims, &call, id).await?;
    let asked = ListRequest {
        page_size: request.page_size,
        page_token: &request.page_token,
        parent: &request.claim_id,
        ..ListRequest::default()
    };
    let list = claims.pages.list(&ACCOUNTS, &asked)?;
    let mut query = Entity::find().filter(Column::ClaimId.eq(id.uuid()));
    list.apply(QueryTrait::query(&mut query));
    let page = list.page(query.all(claims.store.reader()).await?);
    let of = |row: &Model| claim.ledger.accounts.iter().find(|account| account.id.uuid() == row.id);
    let found = page.rows.iter().filter_map(of);
    let accounts = found.map(|account| encode::account(id, claim.currency, account)).collect();
    Ok(ListAccountsResponse { accounts, next_page_token: page.next_page_token })
}

impl Row for Model {
    fn value(&self, field: &str) -> Value {
        match field {
            "id" => Value::Id(self.id),
            "place" => Value::Int(self.place.into()),
            _ => Value::Unset,
        }
    }
}
