//! What events tell of a claim: its facts, and the names of the fields that changed. Both are read off the
//! states, so no verb can forget one.

use kefu_api_events::v1 as events;
use kefu_api_events::wire;
use kefu_kernel::Timestamp;
use kefu_kernel::id::text;

use super::Claim;

/// What is true of the claim now.
pub(super) fn facts(claim: &Claim) -> events::ClaimFacts {
    let (about, total) = (&claim.about, claim.ledger.total());
    let responsible = claim.responsible().map(|share| events::ResponsibleParty::from(share.party));
    events::ClaimFacts {
        r#type: events::ClaimType::from(claim.kind).into(),
        state: events::ClaimState::from(claim.state).into(),
        origin: events::ClaimOrigin::from(claim.origin).into(),
        channel: events::Channel::from(claim.channel).into(),
        source: claim.source.clone(),
        customer_id: text(about.customer),
        order_id: text(about.order),
        shipment_id: text(about.shipment),
        ticket_id: text(about.ticket),
        trace_id: text(about.trace),
        carrier: about.carrier.clone(),
        origin_code: about.origin_code.clone(),
        destination_code: about.destination_code.clone(),
        branch_id: text(claim.branch()),
        department_id: text(about.department),
        handler_id: text(claim.handler),
        contact_id: text(claim.contact),
        cause: claim.cause.clone(),
        responsible: responsible.unwrap_or_default().into(),
        currency: claim.currency.code().to_owned(),
        claimed_minor_units: claim.claimed(),
        assessed_minor_units: claim.assessment.as_ref().map_or(0, |a| a.assessed),
        approved_minor_units: claim.approved(),
        pending_minor_units: claim.pending(),
        reserved_minor_units: total.reserved + total.ordered,
        paid_minor_units: total.paid,
        recovered_minor_units: total.recovered,
        resolution: claim.resolution.map(events::ClaimResolution::from).unwrap_or_default().into(),
        episode: claim.episode,
        appeals: claim.appeals,
        created_at: time(Some(claim.head.created_at)),
        submitted_at: time(claim.submitted_at),
        decided_at: time(claim.decided_at),
        paid_at: time(claim.paid_at),
        closed_at: time(claim.closed_at),
        due_at: time(claim.due_at()),
        breached: claim.breached,
    }
}

/// Names of the fields that differ, as the resource's proto spells them.
pub(super) fn changed(before: &Claim, now: &Claim) -> Vec<String> {
    let (was, is) = (&before.about, &now.about);
    let (had, has) = (before.ledger.total(), now.ledger.total());
    let worth = |claim: &Claim| claim.assessment.as_ref().map(|a| a.assessed);
    let party = |claim: &Claim| claim.responsible().map(|share| share.party);
    [
        ("state", before.state != now.state),
        ("customer_id", was.customer != is.customer),
        ("order_id", was.order != is.order),
        ("shipment_id", was.shipment != is.shipment),
        ("carrier", was.carrier != is.carrier),
        ("waybill", was.waybill != is.waybill),
        ("origin_code", was.origin_code != is.origin_code),
        ("destination_code", was.destination_code != is.destination_code),
        ("branch_id", before.head.branch != now.head.branch),
        ("department_id", was.department != is.department),
        ("handler_id", before.handler != now.handler),
        ("contact_id", before.contact != now.contact),
        ("cause", before.cause != now.cause),
        ("responsible", party(before) != party(now)),
        ("claimed", before.claimed() != now.claimed()),
        ("assessed", worth(before) != worth(now)),
        ("approved", before.approved() != now.approved()),
        ("pending", before.pending() != now.pending()),
        ("reserved", had.reserved + had.ordered != has.reserved + has.ordered),
        ("paid", had.paid != has.paid),
        ("recovered", had.recovered != has.recovered),
        ("resolution", before.resolution != now.resolution),
        ("episode", before.episode != now.episode),
        ("appeals", before.appeals != now.appeals),
        ("out_of_time", before.out_of_time != now.out_of_time),
        ("breached", before.breached != now.breached),
        ("language", before.language != now.language),
        ("submitted_at", before.submitted_at != now.submitted_at),
        ("decided_at", before.decided_at != now.decided_at),
        ("paid_at", before.paid_at != now.paid_at),
        ("closed_at", before.closed_at != now.closed_at),
        ("due_at", before.due_at() != now.due_at()),
        ("occurred_at", before.occurred_at != now.occurred_at),
        ("discovered_at", before.discovered_at != now.discovered_at),
        ("claimant", before.claimant != now.claimant),
        ("description", before.description != now.description),
        ("lines", before.lines != now.lines),
        ("exposures", before.exposures != now.exposures),
        ("evidence", before.evidence != now.evidence),
        ("checklist", before.checklist != now.checklist),
        ("links", before.links != now.links),
        ("assessment", before.assessment != now.assessment),
        ("offers", before.offers != now.offers),
        ("decisions", before.decisions != now.decisions),
        ("clocks", before.clocks != now.clocks),
        ("payees", before.payees != now.payees),
        ("settlement_payee_id", before.settlement_payee != now.settlement_payee),
    ]
    .into_iter()
    .filter(|(_, differs)| *differs)
    .map(|(name, _)| name.to_owned())
    .collect()
}

fn time(at: Option<Timestamp>) -> Option<prost_types::Timestamp> {
    at.map(wire::timestamp)
}
