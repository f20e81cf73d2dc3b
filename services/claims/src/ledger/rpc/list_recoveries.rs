//! ListRecoveries: a page of recoveries by key over a declared index.

use std::collections::HashMap;
use std::sync::Arc;

use kefu_api_claims::v1::{ListRecoveriesRequest, ListRecoveriesResponse};
use kefu_kernel::Currency;
use kefu_kernel::id::Uuid;
use kefu_rpc::CallContext;
use kefu_store::page::ListRequest;
use kefu_store::row::broken;
use kefu_store::runner::ids_in;
use sea_orm::{EntityTrait, QueryFilter, QueryTrait};

use super::{encode, resource};
use crate::Result;
use crate::claim::store::claim;
use crate::domain::ids::ClaimId;
use crate::ledger::store::recovery;
use crate::service::Claims;

pub async fn run(
    claims: &Claims,
    call: Arc<CallContext>,
    request: ListRecoveriesRequest,
) -> Result<ListRecoveriesResponse> {
    let asked = ListRequest {
        filter: &request.filter,
        order_by: &request.order_by,
        page_size: request.page_size,
        page_token: &request.page_token,
        ..ListRequest::default()
    };
    let list = claims.pages.list(resource::recoveries(), &asked)?;
    let sight = kefu_store::in_sight(&call.principal().scope, recovery::Column::BranchId);
    let mut query = recovery::Entity::find().filter(sight);
    list.apply(QueryTrait::query(&mut query));
    let page = list.page(query.all(claims.store.reader()).await?);
    let ids: Vec<Uuid> = page.rows.iter().map(|row| row.claim_id).collect();
    let roots = claim::Entity::find().filter(ids_in(claim::Column::Id, &ids));
    let roots = if ids.is_empty() { Vec::new() } else { roots.all(claims.store.reader()).await? };
    let currencies: HashMap<Uuid, String> =
        roots.into_iter().map(|root| (root.id, root.currency)).collect();
    let mut recoveries = Vec::new();
    for row in page.rows {
        let (claim, number) = (row.claim_id, row.place + 1);
        let currency = currencies.get(&claim).and_then(|code| Currency::from_code(code));
        let currency = currency.ok_or_else(|| broken("currency"))?;
        let found = recovery::read(row)?;
        recoveries.push(encode::recovery(ClaimId::from(claim), currency, number, &found));
    }
    Ok(ListRecoveriesResponse { recoveries, next_page_token: page.next_page_token })
}
