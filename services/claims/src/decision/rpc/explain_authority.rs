//! ExplainAuthority: whether somebody could take a decision alone, what is held against their limit, and who could.

use std::sync::Arc;

use kefu_api_claims::v1::{AuthorityPart, ExplainAuthorityRequest, ExplainAuthorityResponse};
use kefu_api_common::wire;
use kefu_kernel::id::Uuid;
use kefu_kernel::{Id, Money, id};
use kefu_rpc::CallContext;
use kefu_store::runner::Aggregate;

use super::encode;
use crate::Result;
use crate::claim::domain::Claim;
use crate::claim::rpc::{decode, get_claim};
use crate::decision::domain::authority::Authorities;
use crate::decision::domain::explain::Explained;
use crate::decision::domain::shipment::Shipment;
use crate::domain::context::{Context, person};
use crate::domain::ids::{ClaimId, PersonId};
use crate::domain::words::DecisionKind;
use crate::service::{Claims, Seen};

pub async fn run(
    claims: &Claims,
    call: Arc<CallContext>,
    request: ExplainAuthorityRequest,
) -> Result<ExplainAuthorityResponse> {
    let id: ClaimId = id::read("claim_id", &request.claim_id)?;
    let kind = DecisionKind::from_wire(request.kind);
    let kind = decode::known(kind, "kind", request.kind)?;
    let claim = get_claim::whole(claims, &call, id).await?;
    let asked: Option<PersonId> = id::read_optional("person_id", request.person_id.as_deref())?;
    let who = asked.or_else(|| person(&call.principal().id));
    let seen = Seen::any(id).with_authority(claims, &call.principal().id).await?;
    let seen = seen.with_person(claims, asked).await?;
    let authorities = seen.authorities(claims, call.principal());
    let others = Claim::load(claims.store.reader(), seen.others()).await?;
    let others = others.iter().map(|other| (other.id(), other.portion()));
    let shipment = Shipment { others: others.collect() };
    // Nobody has the id of zeros: a key has no authority of its own.
    let who = who.unwrap_or_else(|| PersonId::from(Uuid::nil()));
    let explained = {
        let context = Context {
            rules: &claims.rules,
            calendars: claims.directory.calendars(),
            now: claims.store.ambient().now(),
            actor: &call.principal().id,
            ids: &Uuid::nil,
            authorities: &authorities,
            shipment: &shipment,
        };
        claim.explain_authority(&context, who, kind, request.amount_minor_units)
    };
    // What is of claims out of the caller's sight is told in the sum only.
    let shown = explained.parts.iter().map(|(claim, ..)| claim.uuid());
    let shown = claims.in_sight(&call.principal().scope, shown).await?;
    Ok(response(&claim, &authorities, explained, &shown))
}

fn response(
    claim: &Claim,
    authorities: &Authorities,
    explained: Explained,
    shown: &[Uuid],
) -> ExplainAuthorityResponse {
    let money = |minor: i64| Some(wire::money(Money::new(minor, claim.currency)));
    let limit = explained.authority.as_ref().and_then(|authority| authority.authority);
    let limit = authorities.limits.iter().find(|known| Some(known.id()) == limit);
    let parts = explained.parts.iter().filter(|(claim, ..)| shown.contains(&claim.uuid()));
    let parts = parts.map(|(claim, decision, amount)| AuthorityPart {
        claim_id: claim.to_string(),
        decision_id: decision.map(|id| id.to_string()),
        amount: money(*amount),
    });
    ExplainAuthorityResponse {
        alone: explained.alone,
        cumulative: money(explained.cumulative),
        parts: parts.collect(),
        limit: limit.map(encode::limit),
        summary: summary(claim, &explained),
        obstacles: explained.obstacles.into_iter().map(str::to_owned).collect(),
        roles_that_could: explained.roles_that_could,
    }
}

fn summary(claim: &Claim, explained: &Explained) -> String {
    let sum = Money::new(explained.cumulative, claim.currency);
    let limit = match &explained.authority {
        None => "there is no limit for that person".to_owned(),
        Some(authority) => match authority.limit {
            None => "the limit is without end".to_owned(),
            Some(limit) => format!("the limit is {}", Money::new(limit, claim.currency)),
        },
    };
    let alone = if explained.alone {
        "They could decide alone.".to_owned()
    } else {
        format!("They could not decide alone: {}.", explained.obstacles.join(", "))
    };
    format!("{sum} is held against it; {limit}. {alone}")
}
