//! CreateClaim: begins a claim, as a draft. The same source and external id, and the same trace, never make two.

use kefu_api_claims::v1::{self, CreateClaimRequest};
use kefu_api_common::wire;
use kefu_kernel::id::Uuid;
use kefu_kernel::{Call, Currency, Id, Principal, PrincipalKind, Scope, id, money::MoneyError};
use kefu_store::runner::{ExternalKey, Needs, Work};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{decode, encode, reused};
use crate::claim::domain::create::New;
use crate::claim::domain::{About, Claim};
use crate::claim::store::claim;
use crate::claim::store::resource::in_sight;
use crate::decision::domain::shipment::Shipment;
use crate::domain::context::person;
use crate::domain::ids::{BranchId, ClaimId};
use crate::domain::words::{LinkKind, Origin, State};
use crate::service::{Claims, Seen};
use crate::{Error, Result};

/// The kind of number that claims have.
const NUMBER: &str = "claim";
/// The kinds of the natural keys that a claim's source and external id, and its trace, make.
const EXTERNAL_KEY: &str = "claim";
const TRACE_KEY: &str = "claim_trace";
/// Of the other claims on a shipment this many are suggested at most.
const MOST_SUGGESTED: u64 = 20;

pub async fn run(claims: &Claims, call: Call, request: CreateClaimRequest) -> Result<v1::Claim> {
    let key = ExternalKey::of(EXTERNAL_KEY, &request.source, request.external_id.as_deref())?;
    let trace = ExternalKey::of(TRACE_KEY, "trace", request.trace_id.as_deref())?;
    let mut new = new(&call.principal, request)?;
    claims.directory.know_branch(&call.principal.scope, "branch_id", new.branch).await?;
    claims.directory.know_department("department_id", new.about.department).await?;
    claims.directory.know_person("contact_id", new.contact).await?;
    new.reused = reused::found(claims, &call.principal.scope, &new.evidence).await?;
    new.suggested = suggested(claims, &call.principal.scope, &new).await?;
    let mut needs = Needs::default();
    needs.numbers(NUMBER, 1);
    key.need::<Claim>(&mut needs);
    trace.need::<Claim>(&mut needs);
    let this = claims.clone();
    let decide = move |work: &mut Work<'_>| {
        key.check_free::<Claim>(work)?;
        trace.check_free::<Claim>(work)?;
        let mut new = new.clone();
        new.id = ClaimId::from(work.new_id());
        new.number = work.number(NUMBER);
        let (shipment, seen) = (Shipment::default(), Seen::any(new.id));
        let (claim, events) =
            this.in_context(work, &shipment, &seen, |context| Claim::create(context, new))?;
        let claim = work.save(claim, events);
        key.claim(work, claim.head.id)?;
        trace.claim(work, claim.head.id)?;
        // What is suggested was looked for within the caller's sight.
        let seen: Vec<Uuid> = claim.links.iter().map(|link| link.other.uuid()).collect();
        Ok::<_, Error>(encode::answered(&claim, &work.principal().scope, &seen, &this.rules))
    };
    Ok(claims.runner.run_with(call, needs, decide).await?.reply)
}

fn new(principal: &Principal, request: CreateClaimRequest) -> Result<New> {
    let currency = Currency::from_code(&request.currency)
        .ok_or_else(|| MoneyError::UnknownCurrency { code: request.currency.clone() })?;
    let about = About {
        customer: id::read_optional("customer_id", request.customer_id.as_deref())?,
        order: id::read_optional("order_id", request.order_id.as_deref())?,
        shipment: id::read_optional("shipment_id", request.shipment_id.as_deref())?,
        ticket: id::read_optional("ticket_id", request.ticket_id.as_deref())?,
        trace: id::read_optional("trace_id", request.trace_id.as_deref())?,
        department: id::read_optional("department_id", request.department_id.as_deref())?,
        carrier: request.carrier,
        waybill: request.waybill,
        origin_code: request.origin_code,
        destination_code: request.destination_code,
    };
    let contact = id::read_optional("contact_id", request.contact_id.as_deref())?;
    Ok(New {
        // Both are issued when it is decided.
        id: ClaimId::from(Uuid::nil()),
        number: 0,
        kind: decode::claim_type(request.r#type)?,
        origin: Origin::from_wire(request.origin).unwrap_or_else(|| origin(principal, &about)),
        channel: decode::channel(request.channel),
        source: request.source,
        external_id: request.external_id,
        about,
        branch: match request.branch_id.as_deref() {
            Some(branch) => Some(id::read("branch_id", branch)?),
            None => only_branch(&principal.scope),
        },
        contact: contact.or_else(|| person(&principal.id)),
        currency,
        claimant: request.claimant.map(decode::claimant),
        description: request.description,
        language: request.language,
        occurred_at: request.occurred_at.as_ref().map(wire::instant),
        discovered_at: request.discovered_at.as_ref().map(wire::instant),
        cause: request.cause,
        exposures: request.exposures.into_iter().map(decode::exposure).collect::<Result<_>>()?,
        lines: request.lines.into_iter().map(decode::line).collect::<Result<_>>()?,
        evidence: request.evidence.into_iter().map(decode::evidence).collect(),
        reused: [].into(),
        suggested: Vec::new(),
        historic: false,
    })
}

/// How a claim comes about, by what the caller is.
fn origin(principal: &Principal, about: &About) -> Origin {
    match principal.kind {
        _ if about.trace.is_some() => Origin::Trace,
        PrincipalKind::Person => Origin::Agent,
        PrincipalKind::Public => Origin::Customer,
        PrincipalKind::Key | PrincipalKind::Service => Origin::System,
    }
}

/// The caller's branch, where they have one only.
fn only_branch(scope: &Scope) -> Option<BranchId> {
    match scope {
        Scope::Branches(own) if own.len() == 1 => own.first().copied().map(BranchId::from),
        Scope::Branches(_) | Scope::All => None,
    }
}

/// Other open claims on the shipment, in the caller's sight: of the same type as duplicates, of another as overlaps.
async fn suggested(claims: &Claims, scope: &Scope, new: &New) -> Result<Vec<(LinkKind, ClaimId)>> {
    let Some(shipment) = new.about.shipment else { return Ok(Vec::new()) };
    let over = [State::Closed.to_wire(), State::Withdrawn.to_wire()];
    let found: Vec<(Uuid, i32)> = claim::Entity::find()
        .select_only()
        .column(claim::Column::Id)
        .column(claim::Column::Kind)
        .filter(claim::Column::ShipmentId.eq(shipment.uuid()))
        .filter(claim::Column::State.is_not_in(over))
        .filter(in_sight(scope))
        .order_by_asc(claim::Column::CreatedAt)
        .limit(MOST_SUGGESTED)
        .into_tuple()
        .all(claims.store.reader())
        .await?;
    let kind = |other: i32| {
        if other == new.kind.to_wire() { LinkKind::DuplicateOf } else { LinkKind::Overlaps }
    };
    Ok(found.into_iter().map(|(id, other)| (kind(other), ClaimId::from(id))).collect())
}
