//! GetClaim: one claim, BASIC in one statement.

use std::sync::Arc;

use kefu_api_claims::v1::{self, GetClaimRequest};
use kefu_api_common::v1::View;
use kefu_kernel::{Id, id};
use kefu_rpc::CallContext;
use kefu_store::runner::NotFound;
use sea_orm::{EntityTrait, QueryFilter};

use super::{encode, shown};
use crate::Result;
use crate::claim::domain::Claim;
use crate::claim::store::resource::in_sight;
use crate::claim::store::{aggregate, claim};
use crate::domain::ids::ClaimId;
use crate::service::Claims;

pub async fn run(
    claims: &Claims,
    call: Arc<CallContext>,
    request: GetClaimRequest,
) -> Result<v1::Claim> {
    let id: ClaimId = id::read("claim_id", &request.claim_id)?;
    let row = seen(claims, &call, id).await?;
    if request.view() == View::Basic {
        return Ok(encode::basic_row(&row));
    }
    let found = shown::full(claims, &call.principal().scope, vec![row]).await?.pop();
    Ok(found.ok_or(NotFound { kind: "claim", id: id.uuid() })?)
}

/// The claim's row, where the caller may see it.
pub async fn seen(claims: &Claims, call: &CallContext, id: ClaimId) -> Result<claim::Model> {
    let row = claim::Entity::find_by_id(id.uuid())
        .filter(in_sight(&call.principal().scope))
        .one(claims.store.reader())
        .await?;
    Ok(row.ok_or(NotFound { kind: "claim", id: id.uuid() })?)
}

/// The claim with all its parts, where the caller may see it.
pub async fn whole(claims: &Claims, call: &CallContext, id: ClaimId) -> Result<Claim> {
    let row = seen(claims, call, id).await?;
    let found = aggregate::with_parts(claims.store.reader(), vec![row]).await?.pop();
    Ok(found.ok_or(NotFound { kind: "claim", id: id.uuid() })?)
}
