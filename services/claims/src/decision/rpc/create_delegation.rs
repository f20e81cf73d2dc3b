//! CreateDelegation: lets somebody use another's authority for a time.

use kefu_api_claims::v1::{self, CreateDelegationRequest};
use kefu_api_common::wire;
use kefu_kernel::{Call, id};
use kefu_store::{Needs, Work};

use super::{encode, manages};
use crate::claim::rpc::decode;
use crate::decision::domain::delegation::{Delegation, NewDelegation};
use crate::domain::ids::DelegationId;
use crate::domain::words::DecisionKind;
use crate::service::Claims;
use crate::{Error, Result};

pub async fn run(
    claims: &Claims,
    call: Call,
    request: CreateDelegationRequest,
) -> Result<v1::Delegation> {
    let from = id::read_optional("from_id", request.from_id.as_deref())?;
    let to = id::read("to_id", &request.to_id)?;
    claims.directory.know_person("from_id", from).await?;
    claims.directory.know_person("to_id", Some(to)).await?;
    let kind = |kind: i32| decode::known(DecisionKind::from_wire(kind), "kinds", kind);
    let limit = decode::optional(request.limit.as_ref())?;
    let new = NewDelegation {
        // Issued when it is decided.
        id: DelegationId::from(id::Uuid::nil()),
        from,
        to,
        kinds: request.kinds.into_iter().map(kind).collect::<Result<_, _>>()?,
        limit: limit.map(|limit| (limit.minor(), limit.currency())),
        valid_from: request.valid_from.as_ref().map(wire::instant),
        valid_until: request.valid_until.as_ref().map(wire::instant).unwrap_or_default(),
        reason: request.reason,
    };
    let manages = manages(claims);
    let decide = move |work: &mut Work<'_>| {
        let new = NewDelegation { id: DelegationId::from(work.new_id()), ..new.clone() };
        let (now, actor) = (work.now(), work.principal().id.clone());
        let (made, events) = Delegation::create(now, &actor, new, manages)?;
        Ok::<_, Error>(encode::delegation(&work.save(made, events)))
    };
    Ok(claims.runner.run_with(call, Needs::default(), decide).await?.reply)
}
