//! RevokeDelegation: ends a delegation before its time. What was signed by it holds.

use kefu_api_claims::v1::{self, RevokeDelegationRequest};
use kefu_kernel::{Call, Id, id};
use kefu_store::{Target, Work};

use super::{encode, manages};
use crate::decision::domain::delegation::Delegation;
use crate::domain::error::Error as Refused;
use crate::domain::ids::DelegationId;
use crate::service::Claims;
use crate::{Error, Result};

pub async fn run(
    claims: &Claims,
    call: Call,
    request: RevokeDelegationRequest,
) -> Result<v1::Delegation> {
    if request.etag.is_empty() {
        return Err(Refused::EtagRequired.into());
    }
    let id: DelegationId = id::read("delegation_id", &request.delegation_id)?;
    let target = Target::of(id.uuid()).etag(&request.etag);
    let manages = manages(claims);
    let decide = move |delegation: &Delegation, work: &mut Work<'_>| {
        Ok::<_, Error>(delegation.revoke(work.now(), &work.principal().id, manages)?)
    };
    Ok(claims.runner.change(call, target, decide, encode::delegation).await?.reply)
}
