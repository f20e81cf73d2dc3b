//! Claims as the API shows them.

use kefu_api_claims::v1;
use kefu_api_common::v1::Money as WireMoney;
use kefu_api_common::wire;
use kefu_kernel::id::{self, Uuid};
use kefu_kernel::{Id, Scope, Timestamp};
use kefu_store::runner::Aggregate;

use crate::claim::domain::{
    Assessment, Claim, ClaimClock, Claimant, Custody, Evidence, Exposure, Line, Link,
};
use crate::claim::store::claim;
use crate::decision::domain::{Decision, Signature};
use crate::domain::ids::OfferId;
use crate::domain::rules::Rules;
use crate::domain::types::Asked;
use crate::domain::words::{DecisionKind, LineKind, PayoutMethod};
use crate::ledger::domain::Payee;
use crate::offer::domain::Offer;

/// A claim as a command answers it: of the links made on it those to claims that the caller is known to see, which is all
/// where there are no limits, and else `seen`.
pub fn answered(claim: &Claim, scope: &Scope, seen: &[Uuid], rules: &Rules) -> v1::Claim {
    let shown = |link: &&Link| *scope == Scope::All || seen.contains(&link.other.uuid());
    let checklist = rules.of_type(claim.kind).map_or(&[][..], |rules| &rules.checklist);
    let links = claim.links.iter().filter(shown).map(link).collect();
    v1::Claim { links, ..full(claim, checklist) }
}

/// A claim with everything that it knows by itself but its links, and what other claims its evidence is on: not everyone
/// may see those. `checklist`: what its type asks for.
pub fn full(claim: &Claim, checklist: &[Asked]) -> v1::Claim {
    let to = Amounts(claim.currency.code());
    let lines = (1..).zip(&claim.lines).map(|(number, it)| line(to, number, it)).collect();
    let exposures = (1..).zip(&claim.exposures);
    let offers = (1..).zip(&claim.offers).map(|(number, it)| offer(to, number, it));
    let decisions = (1..).zip(&claim.decisions).map(|(number, it)| decision(to, number, it));
    let (mut offers, mut decisions): (Vec<_>, Vec<_>) = (offers.collect(), decisions.collect());
    offers.reverse();
    decisions.reverse();
    v1::Claim {
        claimant: claim.claimant.as_ref().map(party),
        description: claim.description.clone(),
        lines,
        exposures: exposures.map(|(number, it)| exposure(claim, number, it)).collect(),
        evidence: claim.evidence.iter().map(evidence).collect(),
        checklist: checklist.iter().map(|asked| item(claim, asked)).collect(),
        assessment: claim.assessment.as_ref().map(|it| assessment(to, it)),
        offers,
        decisions,
        clocks: clocks(claim),
        payees: claim.payees.iter().map(payee).collect(),
        settlement_payee_id: claim.settlement_payee.map(|id| id.to_string()),
        ..basic_row(&claim.root())
    }
}

/// A claim as lists show it, straight from its row.
pub fn basic_row(row: &claim::Model) -> v1::Claim {
    let to = Amounts(&row.currency);
    let at = |millis: i64| Some(wire::timestamp(Timestamp::from_millis(millis)));
    let text = |prefix: &str, id: Option<Uuid>| id.map(|id| id::encode(prefix, id));
    v1::Claim {
        id: id::encode("claim", row.id),
        number: row.number,
        etag: row.version.to_string(),
        r#type: row.kind,
        state: row.state,
        origin: row.origin,
        channel: row.channel,
        source: row.source.clone(),
        external_id: row.external_id.clone(),
        customer_id: text("customer", row.customer_id),
        order_id: text("order", row.order_id),
        shipment_id: text("shipment", row.shipment_id),
        ticket_id: text("ticket", row.ticket_id),
        trace_id: text("trace", row.trace_id),
        carrier: row.carrier.clone(),
        waybill: row.waybill.clone(),
        origin_code: row.origin_code.clone(),
        destination_code: row.destination_code.clone(),
        branch_id: text("branch", row.branch_id),
        department_id: text("department", row.department_id),
        handler_id: text("person", row.handler_id),
        contact_id: text("person", row.contact_id),
        cause: row.cause.clone(),
        responsible: row.responsible,
        currency: row.currency.clone(),
        claimed: Some(to.money(row.claimed)),
        assessed: row.assessed.map(|assessed| to.money(assessed)),
        approved: to.some(row.approved),
        pending: to.some(row.pending),
        reserved: to.some(row.reserved),
        paid: to.some(row.paid),
        recovered: to.some(row.recovered),
        resolution: row.resolution,
        episode: row.episode,
        appeals: row.appeals,
        out_of_time: row.out_of_time,
        breached: row.breached,
        historic: row.historic,
        language: row.language.clone(),
        created_by: row.created_by.clone(),
        created_at: at(row.created_at),
        updated_at: at(row.updated_at),
        submitted_at: row.submitted_at.and_then(at),
        decided_at: row.decided_at.and_then(at),
        paid_at: row.paid_at.and_then(at),
        closed_at: row.closed_at.and_then(at),
        due_at: row.due_at.and_then(at),
        occurred_at: row.occurred_at.and_then(at),
        discovered_at: row.discovered_at.and_then(at),
        ..v1::Claim::default()
    }
}

/// A link, as the claim has it on which it was made.
pub fn link(link: &Link) -> v1::ClaimLink {
    v1::ClaimLink {
        kind: link.kind.to_wire(),
        other_claim_id: link.other.to_string(),
        from_other: false,
        suggested: link.suggested,
        created_at: Some(wire::timestamp(link.created_at)),
    }
}

/// A clock of a claim.
pub fn clock(clock: &ClaimClock) -> v1::ClaimClock {
    let state = match (clock.clock.is_over(), clock.clock.is_done(), clock.clock.is_paused()) {
        (true, true, _) => v1::ClockState::Met,
        (true, false, _) => v1::ClockState::Stopped,
        (false, _, true) => v1::ClockState::Paused,
        (false, _, false) => v1::ClockState::Running,
    };
    v1::ClaimClock {
        kind: clock.kind.to_wire(),
        state: state.into(),
        policy: clock.policy().0.to_owned(),
        episode: clock.episode,
        due_at: time(clock.due_at),
        breached_at: time(clock.breached_at),
        ended_at: time(clock.clock.ended_at()),
    }
}

/// Amounts of one currency.
#[derive(Clone, Copy)]
struct Amounts<'a>(&'a str);

impl Amounts<'_> {
    fn money(self, minor: i64) -> WireMoney {
        WireMoney { currency: self.0.to_owned(), minor_units: minor }
    }

    fn maybe(self, minor: Option<i64>) -> Option<WireMoney> {
        minor.map(|minor| self.money(minor))
    }

    /// Nothing is left out.
    fn some(self, minor: i64) -> Option<WireMoney> {
        (minor != 0).then(|| self.money(minor))
    }
}

fn time(at: Option<Timestamp>) -> Option<prost_types::Timestamp> {
    at.map(wire::timestamp)
}

/// Its clocks by episode and kind, however they came to be.
fn clocks(claim: &Claim) -> Vec<v1::ClaimClock> {
    let mut clocks: Vec<v1::ClaimClock> = claim.clocks.iter().map(clock).collect();
    clocks.sort_by_key(|clock| (clock.episode, clock.kind));
    clocks
}

fn party(claimant: &Claimant) -> v1::ClaimParty {
    let Claimant { name, company, phone, email, role } = claimant.clone();
    v1::ClaimParty { name, company, phone, email, role }
}

fn line(to: Amounts<'_>, number: i32, line: &Line) -> v1::ClaimLine {
    let kind = match line.kind {
        LineKind::Goods => v1::ClaimLineKind::Goods,
        LineKind::Cash => v1::ClaimLineKind::Cash,
        LineKind::Freight => v1::ClaimLineKind::Freight,
        LineKind::Expense => v1::ClaimLineKind::Expense,
    };
    v1::ClaimLine {
        number,
        kind: kind.into(),
        exposure_id: line.exposure.to_string(),
        description: line.description.clone(),
        goods_line: line.goods_line,
        piece_id: line.piece.map(|id| id.to_string()),
        quantity: line.quantity,
        declared: to.maybe(line.declared),
        invoiced: to.maybe(line.invoiced),
        repair: to.maybe(line.repair),
        claimed: Some(to.money(line.claimed)),
        assessed: to.maybe(line.assessed),
        salvage: to.maybe(line.salvage),
        assessment_note: line.assessment_note.clone(),
    }
}

fn exposure(claim: &Claim, number: i32, exposure: &Exposure) -> v1::Exposure {
    let (to, figures) = (Amounts(claim.currency.code()), claim.ledger.figures(exposure.id));
    let waits = claim
        .pending_decisions()
        .filter(|d| d.exposure == Some(exposure.id) && d.kind != DecisionKind::Expense);
    let responsible = exposure.responsible.as_ref();
    v1::Exposure {
        id: exposure.id.to_string(),
        number,
        peril: exposure.peril.to_wire(),
        cover: exposure.cover.to_wire(),
        cost_kind: exposure.cost_kind.to_wire(),
        responsible: responsible.map_or(0, |(party, _)| party.to_wire()),
        responsible_code: responsible.map(|(_, code)| code.clone()).unwrap_or_default(),
        reserved: to.some(figures.reserved),
        pending: to.some(waits.map(|decision| decision.pending).sum()),
        ordered: to.some(figures.ordered),
        paid: to.some(figures.paid),
    }
}

fn evidence(evidence: &Evidence) -> v1::Evidence {
    let withdrawn = evidence.withdrawn.clone();
    v1::Evidence {
        id: evidence.id.to_string(),
        kind: evidence.kind.clone(),
        sha256: evidence.sha256.clone(),
        media_type: evidence.media_type.clone(),
        size_bytes: evidence.size_bytes,
        name: evidence.name.clone(),
        storage_key: evidence.storage_key.clone(),
        provided_by: evidence.provided_by.clone(),
        taken_at: time(evidence.taken_at),
        recorded_by: evidence.recorded_by.clone(),
        recorded_at: Some(wire::timestamp(evidence.recorded_at)),
        custody: evidence.custody.iter().map(custody).collect(),
        also_on_claim_ids: Vec::new(),
        withdrawn_at: time(withdrawn.as_ref().map(|(at, _)| *at)),
        withdrawal_reason: withdrawn.map(|(_, reason)| reason).unwrap_or_default(),
    }
}

fn custody(entry: &Custody) -> v1::CustodyEntry {
    v1::CustodyEntry {
        action: entry.action.clone(),
        holder: entry.holder.clone(),
        place: entry.place.clone(),
        note: entry.note.clone(),
        at: Some(wire::timestamp(entry.at)),
        recorded_by: entry.recorded_by.clone(),
    }
}

fn item(claim: &Claim, asked: &Asked) -> v1::ChecklistItem {
    let known = claim.checklist.iter().find(|item| item.code == asked.code);
    let waived = known.and_then(|item| item.waived.clone()).unwrap_or_default();
    v1::ChecklistItem {
        code: asked.code.clone(),
        required: asked.required,
        evidence_ids: claim.answers(asked).iter().map(ToString::to_string).collect(),
        requested: known.is_some_and(|item| item.requested),
        wanted_by: time(known.and_then(|item| item.wanted_by)),
        waived_reason: waived.0,
        waived_by: waived.1,
    }
}

fn assessment(to: Amounts<'_>, assessment: &Assessment) -> v1::Assessment {
    let share = |share: &crate::claim::domain::Share| v1::LiabilityShare {
        party: share.party.to_wire(),
        code: share.code.clone(),
        basis_points: share.basis_points,
    };
    v1::Assessment {
        shares: assessment.shares.iter().map(share).collect(),
        regime: assessment.regime.clone(),
        cap: to.maybe(assessment.cap),
        cap_basis: assessment.cap_basis.clone(),
        cap_lifted: assessment.cap_lifted,
        assessed: Some(to.money(assessment.assessed)),
        grounds: assessment.grounds.clone(),
        assessed_by: assessment.assessed_by.clone(),
        assessed_at: Some(wire::timestamp(assessment.assessed_at)),
    }
}

/// An offer of a claim.
pub fn offer_of(claim: &Claim, id: OfferId) -> Option<v1::Offer> {
    let mut offers = (1..).zip(&claim.offers);
    let (number, found) = offers.find(|(_, offer)| offer.id == id)?;
    Some(offer(Amounts(claim.currency.code()), number, found))
}

fn offer(to: Amounts<'_>, number: i32, offer: &Offer) -> v1::Offer {
    v1::Offer {
        id: offer.id.to_string(),
        number,
        side: offer.side.to_wire(),
        state: offer.state.to_wire(),
        amount: Some(to.money(offer.amount)),
        basis: offer.basis.clone(),
        message: offer.message.clone(),
        valid_until: Some(wire::timestamp(offer.valid_until)),
        counters_id: offer.counters.map(|id| id.to_string()),
        made_by: offer.made_by.clone(),
        made_at: Some(wire::timestamp(offer.made_at)),
        channel: offer.channel.map_or(0, |channel| channel.to_wire()),
        ended_at: time(offer.ended_at),
        ended_by: offer.ended_by.clone(),
        reason: offer.reason.clone(),
    }
}

fn decision(to: Amounts<'_>, number: i32, decision: &Decision) -> v1::Decision {
    v1::Decision {
        id: decision.id.to_string(),
        number,
        kind: decision.kind.to_wire(),
        state: decision.state.to_wire(),
        amount: to.maybe(decision.amount),
        pending: to.some(decision.pending),
        cumulative: Some(to.money(decision.cumulative)),
        exposure_id: decision.exposure.map(|id| id.to_string()),
        offer_id: decision.offer.map(|id| id.to_string()),
        reason: decision.reason.clone(),
        grounds: decision.grounds.clone(),
        proposed_by: decision.proposed_by.clone(),
        proposed_at: Some(wire::timestamp(decision.proposed_at)),
        signatures_needed: decision.signatures_needed,
        signatures: decision.signatures.iter().map(|it| signature(to, it)).collect(),
        ended_by: decision.ended_by.clone(),
        ended_at: time(decision.ended_at),
        refusal_reason: decision.refusal_reason.clone(),
    }
}

fn signature(to: Amounts<'_>, signature: &Signature) -> v1::DecisionSignature {
    v1::DecisionSignature {
        signed_by: signature.signed_by.to_string(),
        on_authority_of: signature.on_authority_of.map(|id| id.to_string()),
        authority_id: signature.authority.map(|id| id.to_string()),
        limit: to.maybe(signature.limit),
        signed_at: Some(wire::timestamp(signature.signed_at)),
    }
}

/// Somebody whom a claim may pay.
pub fn payee(payee: &Payee) -> v1::Payee {
    let method = match payee.method {
        PayoutMethod::BankTransfer => v1::PayoutMethod::BankTransfer,
        PayoutMethod::Wallet => v1::PayoutMethod::Wallet,
        PayoutMethod::CreditNote => v1::PayoutMethod::CreditNote,
        PayoutMethod::Cash => v1::PayoutMethod::Cash,
    };
    v1::Payee {
        id: payee.id.to_string(),
        name: payee.name.clone(),
        method: method.into(),
        account_end: payee.account_end.clone(),
        bank_code: payee.bank_code.clone(),
        created_by: payee.created_by.clone(),
        created_at: Some(wire::timestamp(payee.created_at)),
    }
}
