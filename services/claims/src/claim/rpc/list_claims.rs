//! ListClaims: a page by key over a declared index.

use std::sync::Arc;

use kefu_api_claims::v1::{ListClaimsRequest, ListClaimsResponse};
use kefu_api_common::v1::View;
use kefu_rpc::CallContext;
use kefu_store::page::ListRequest;
use sea_orm::{EntityTrait, QueryFilter, QueryTrait};

use super::{encode, shown};
use crate::Result;
use crate::claim::store::claim;
use crate::claim::store::resource::{in_sight, resource};
use crate::service::Claims;

pub async fn run(
    claims: &Claims,
    call: Arc<CallContext>,
    request: ListClaimsRequest,
) -> Result<ListClaimsResponse> {
    let asked = ListRequest {
        filter: &request.filter,
        order_by: &request.order_by,
        page_size: request.page_size,
        page_token: &request.page_token,
        ..ListRequest::default()
    };
    let list = claims.pages.list(resource(), &asked)?;
    let scope = &call.principal().scope;
    let mut query = claim::Entity::find().filter(in_sight(scope));
    list.apply(QueryTrait::query(&mut query));
    let page = list.page(query.all(claims.store.reader()).await?);
    let found = if request.view() == View::Full {
        shown::full(claims, scope, page.rows).await?
    } else {
        page.rows.iter().map(encode::basic_row).collect()
    };
    Ok(ListClaimsResponse { claims: found, next_page_token: page.next_page_token })
}
