//! ListClaimPayments: a page of payments by key over a declared index.

use std::sync::Arc;

use kefu_api_claims::v1::{ListClaimPaymentsRequest, ListClaimPaymentsResponse};
use kefu_kernel::Id;
use kefu_kernel::id::Uuid;
use kefu_rpc::CallContext;
use kefu_store::page::ListRequest;
use kefu_store::runner::Aggregate;
use sea_orm::{EntityTrait, QueryFilter, QueryTrait};

use super::{encode, resource};
use crate::Result;
use crate::claim::domain::Claim;
use crate::domain::ids::PaymentId;
use crate::ledger::store::payment;
use crate::service::Claims;

pub async fn run(
    claims: &Claims,
    call: Arc<CallContext>,
    request: ListClaimPaymentsRequest,
) -> Result<ListClaimPaymentsResponse> {
    let asked = ListRequest {
        filter: &request.filter,
        order_by: &request.order_by,
        page_size: request.page_size,
        page_token: &request.page_token,
        ..ListRequest::default()
    };
    let list = claims.pages.list(resource::payments(), &asked)?;
    let sight = kefu_store::in_sight(&call.principal().scope, payment::Column::BranchId);
    let mut query = payment::Entity::find().filter(sight);
    list.apply(QueryTrait::query(&mut query));
    let page = list.page(query.all(claims.store.reader()).await?);
    let mut ids: Vec<Uuid> = page.rows.iter().map(|row| row.claim_id).collect();
    ids.sort();
    ids.dedup();
    let of = Claim::load(claims.store.reader(), &ids).await?;
    let shown = |row: &payment::Model| {
        let claim = of.iter().find(|claim| claim.id().uuid() == row.claim_id)?;
        encode::payment_of(claim, PaymentId::from(row.id))
    };
    let payments = page.rows.iter().filter_map(shown).collect();
    Ok(ListClaimPaymentsResponse { payments, next_page_token: page.next_page_token })
}
