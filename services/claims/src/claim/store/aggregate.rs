//! A claim and its rows: one statement per table to load, only what changed to write. Postings and entries are only
//! added to.

use std::borrow::Cow;
use std::collections::HashMap;

use kefu_kernel::{Currency, Head, Id, Timestamp};
use kefu_store::row::{broken, instant, millis};
use kefu_store::runner::{Aggregate, Personal, Rows, ids_in};
use kefu_store::{Reader, StoreError, deadline};
use sea_orm::{EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{checklist, claim, custody, evidence, exposure, line, link, person, share};
use crate::claim::domain::{
    About, Assessment, ChecklistItem, Claim, ClaimClock, Claimant, Custody, Evidence, Exposure,
    Line, Link, Share,
};
use crate::decision::domain::{Decision, Signature};
use crate::decision::store::{decision, signature};
use crate::domain::ids::{
    CustomerId, DecisionId, DepartmentId, EvidenceId, OrderId, PayeeId, PersonId, PostingId,
    ShipmentId, TicketId, TraceId,
};
use crate::domain::words::{Channel, ClaimType, Origin, Party, Resolution, State};
use crate::ledger::domain::{Account, Entry, Ledger, Payee, Payment, Posting, Recovery};
use crate::ledger::store::{account, entry, payee, payment, posting, recovery};
use crate::offer::domain::Offer;
use crate::offer::store as offer;

/// The timer at which something happens to a claim by itself.
pub const TIMER: &str = "claim";

impl Aggregate for Claim {
    const KIND: &'static str = "claim";
    type Root = claim::Model;

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    async fn load(reader: &Reader, ids: &[Uuid]) -> Result<Vec<Self>, StoreError> {
        let roots =
            claim::Entity::find().filter(ids_in(claim::Column::Id, ids)).all(reader).await?;
        with_parts(reader, roots).await
    }

    fn root(&self) -> claim::Model {
        root(self)
    }

    fn personal(&self) -> Personal<'_> {
        personal(self)
    }

    fn timers(&self) -> Vec<(&'static str, Option<Timestamp>)> {
        vec![(TIMER, self.wakes_at())]
    }

    fn parts(before: Option<&Self>, after: &Self, rows: &mut Rows) {
        macro_rules! parts {
            ($($table:ident),+) => {
                $(rows.parts(&before.map_or_else(Vec::new, $table::rows), &$table::rows(after));)+
            };
        }
        parts!(line, exposure, evidence, custody, checklist, link, share, person, offer, decision);
        parts!(signature, payee, account, payment, recovery);
        let clocks = |claim: &Self| deadline::rows(claim.head.id, &claim.clocks);
        rows.parts(&before.map_or_else(Vec::new, clocks), &clocks(after));
        let posted = before.map_or(0, |before| before.ledger.postings.len());
        posting::rows(after).iter().skip(posted).for_each(|row| rows.insert(row));
        let entered = before.map_or(0, |before| entry::rows(before).len());
        entry::rows(after).iter().skip(entered).for_each(|row| rows.insert(row));
    }
}

/// The claims of these rows, in their order: one statement for each table of parts.
pub async fn with_parts(
    reader: &Reader,
    roots: Vec<claim::Model>,
) -> Result<Vec<Claim>, StoreError> {
    if roots.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = roots.iter().map(|root| root.id).collect();
    let mut parts = Parts::load(reader, &ids).await?;
    roots.into_iter().map(|root| parts.assemble(root)).collect()
}

/// The parts of several claims, by claim.
struct Parts {
    lines: HashMap<Uuid, Vec<Line>>,
    exposures: HashMap<Uuid, Vec<Exposure>>,
    evidence: HashMap<Uuid, Vec<Evidence>>,
    custody: HashMap<EvidenceId, Vec<Custody>>,
    checklist: HashMap<Uuid, Vec<ChecklistItem>>,
    links: HashMap<Uuid, Vec<Link>>,
    shares: HashMap<Uuid, Vec<Share>>,
    people: HashMap<Uuid, Vec<(PersonId, bool, bool)>>,
    clocks: HashMap<Uuid, Vec<ClaimClock>>,
    offers: HashMap<Uuid, Vec<Offer>>,
    decisions: HashMap<Uuid, Vec<Decision>>,
    signatures: HashMap<DecisionId, Vec<Signature>>,
    payees: HashMap<Uuid, Vec<Payee>>,
    accounts: HashMap<Uuid, Vec<Account>>,
    postings: HashMap<Uuid, Vec<Posting>>,
    entries: HashMap<PostingId, Vec<Entry>>,
    payments: HashMap<Uuid, Vec<Payment>>,
    recoveries: HashMap<Uuid, Vec<Recovery>>,
}

impl Parts {
    async fn load(reader: &Reader, ids: &[Uuid]) -> Result<Self, StoreError> {
        Ok(Self {
            lines: line::load(reader, ids).await?,
            exposures: exposure::load(reader, ids).await?,
            evidence: evidence::load(reader, ids).await?,
            custody: custody::load(reader, ids).await?,
            checklist: checklist::load(reader, ids).await?,
            links: link::load(reader, ids).await?,
            shares: share::load(reader, ids).await?,
            people: person::load(reader, ids).await?,
            clocks: deadline::load(reader, ids).await?,
            offers: offer::load(reader, ids).await?,
            decisions: decision::load(reader, ids).await?,
            signatures: signature::load(reader, ids).await?,
            payees: payee::load(reader, ids).await?,
            accounts: account::load(reader, ids).await?,
            postings: posting::load(reader, ids).await?,
            entries: entry::load(reader, ids).await?,
            payments: payment::load(reader, ids).await?,
            recoveries: recovery::load(reader, ids).await?,
        })
    }

    fn assemble(&mut self, row: claim::Model) -> Result<Claim, StoreError> {
        let people = self.people.remove(&row.id).unwrap_or_default();
        let which = |of: fn(&(PersonId, bool, bool)) -> bool| {
            people.iter().filter(|person| of(person)).map(|person| person.0).collect()
        };
        let (handlers, barred) = (which(|person| person.1), which(|person| person.2));
        Ok(Claim {
            lines: self.lines.remove(&row.id).unwrap_or_default(),
            exposures: self.exposures.remove(&row.id).unwrap_or_default(),
            evidence: self.evidence(row.id),
            checklist: self.checklist.remove(&row.id).unwrap_or_default(),
            links: self.links.remove(&row.id).unwrap_or_default(),
            clocks: self.clocks.remove(&row.id).unwrap_or_default(),
            offers: self.offers.remove(&row.id).unwrap_or_default(),
            decisions: self.decisions(row.id),
            payees: self.payees.remove(&row.id).unwrap_or_default(),
            ledger: self.ledger(row.id),
            payments: self.payments.remove(&row.id).unwrap_or_default(),
            recoveries: self.recoveries.remove(&row.id).unwrap_or_default(),
            assessment: assessment(&row, self.shares.remove(&row.id).unwrap_or_default()),
            handlers,
            barred,
            ..bare(row)?
        })
    }

    fn evidence(&mut self, claim: Uuid) -> Vec<Evidence> {
        let mut evidence = self.evidence.remove(&claim).unwrap_or_default();
        for file in &mut evidence {
            file.custody = self.custody.remove(&file.id).unwrap_or_default();
        }
        evidence
    }

    fn decisions(&mut self, claim: Uuid) -> Vec<Decision> {
        let mut decisions = self.decisions.remove(&claim).unwrap_or_default();
        for decision in &mut decisions {
            decision.signatures = self.signatures.remove(&decision.id).unwrap_or_default();
        }
        decisions
    }

    fn ledger(&mut self, claim: Uuid) -> Ledger {
        let mut postings = self.postings.remove(&claim).unwrap_or_default();
        let reversed: HashMap<PostingId, PostingId> =
            postings.iter().filter_map(|by| Some((by.reverses?, by.id))).collect();
        for posting in &mut postings {
            posting.entries = self.entries.remove(&posting.id).unwrap_or_default();
            posting.reversed_by = reversed.get(&posting.id).copied();
        }
        Ledger { accounts: self.accounts.remove(&claim).unwrap_or_default(), postings }
    }
}

/// What the claim of a row is about.
fn about(row: &claim::Model) -> About {
    About {
        customer: row.customer_id.map(CustomerId::from),
        order: row.order_id.map(OrderId::from),
        shipment: row.shipment_id.map(ShipmentId::from),
        ticket: row.ticket_id.map(TicketId::from),
        trace: row.trace_id.map(TraceId::from),
        department: row.department_id.map(DepartmentId::from),
        carrier: row.carrier.clone(),
        waybill: row.waybill.clone(),
        origin_code: row.origin_code.clone(),
        destination_code: row.destination_code.clone(),
    }
}

/// The claim of a row without its parts.
fn bare(row: claim::Model) -> Result<Claim, StoreError> {
    let about = about(&row);
    let known = row.claimant_known;
    let claimant = Claimant {
        name: row.claimant_name,
        company: row.claimant_company,
        phone: row.claimant_phone,
        email: row.claimant_email,
        role: row.claimant_role,
    };
    Ok(Claim {
        head: Head {
            id: row.id,
            version: row.version,
            branch: row.branch_id,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        },
        number: row.number,
        kind: ClaimType::from_wire(row.kind).ok_or_else(|| broken("type of claim"))?,
        state: State::from_wire(row.state).ok_or_else(|| broken("state of a claim"))?,
        origin: Origin::from_wire(row.origin).ok_or_else(|| broken("origin of a claim"))?,
        channel: Channel::from_wire(row.channel).ok_or_else(|| broken("channel"))?,
        source: row.source,
        external_id: row.external_id,
        about,
        handler: row.handler_id.map(PersonId::from),
        handlers: [].into(),
        barred: [].into(),
        contact: row.contact_id.map(PersonId::from),
        cause: row.cause,
        currency: Currency::from_code(&row.currency).ok_or_else(|| broken("currency"))?,
        language: row.language,
        claimant: known.then_some(claimant),
        description: row.description,
        lines: Vec::new(),
        exposures: Vec::new(),
        evidence: Vec::new(),
        checklist: Vec::new(),
        links: Vec::new(),
        assessment: None,
        offers: Vec::new(),
        decisions: Vec::new(),
        settlement: row.settlement,
        ex_gratia: row.ex_gratia,
        payees: Vec::new(),
        settlement_payee: row.settlement_payee_id.map(PayeeId::from),
        release: row.release_id.map(EvidenceId::from),
        ledger: Ledger::default(),
        payments: Vec::new(),
        recoveries: Vec::new(),
        clocks: Vec::new(),
        resolution: Resolution::from_wire(row.resolution),
        episode: row.episode,
        appeals: row.appeals,
        out_of_time: row.out_of_time,
        breached: row.breached,
        historic: row.historic,
        created_by: row.created_by,
        submitted_at: instant(row.submitted_at),
        decided_at: instant(row.decided_at),
        paid_at: instant(row.paid_at),
        closed_at: instant(row.closed_at),
        occurred_at: instant(row.occurred_at),
        discovered_at: instant(row.discovered_at),
        remark: row.remark,
    })
}

fn assessment(row: &claim::Model, shares: Vec<Share>) -> Option<Assessment> {
    Some(Assessment {
        assessed_at: instant(row.assessed_at)?,
        assessed: row.assessed.unwrap_or(0),
        shares,
        regime: row.regime.clone(),
        cap: row.cap,
        cap_basis: row.cap_basis.clone(),
        cap_lifted: row.cap_lifted,
        grounds: row.grounds.clone(),
        assessed_by: row.assessed_by.clone(),
    })
}

fn root(claim: &Claim) -> claim::Model {
    let (about, total) = (&claim.about, claim.ledger.total());
    let claimant = claim.claimant.clone().unwrap_or_default();
    claim::Model {
        id: claim.head.id,
        version: claim.head.version,
        branch_id: claim.head.branch,
        created_at: claim.head.created_at.as_millis(),
        updated_at: claim.head.updated_at.as_millis(),
        number: claim.number,
        kind: claim.kind.to_wire(),
        state: claim.state.to_wire(),
        origin: claim.origin.to_wire(),
        channel: claim.channel.to_wire(),
        source: claim.source.clone(),
        external_id: claim.external_id.clone(),
        customer_id: about.customer.map(Id::uuid),
        order_id: about.order.map(Id::uuid),
        shipment_id: about.shipment.map(Id::uuid),
        ticket_id: about.ticket.map(Id::uuid),
        trace_id: about.trace.map(Id::uuid),
        department_id: about.department.map(Id::uuid),
        carrier: about.carrier.clone(),
        waybill: about.waybill.clone(),
        origin_code: about.origin_code.clone(),
        destination_code: about.destination_code.clone(),
        handler_id: claim.handler.map(Id::uuid),
        contact_id: claim.contact.map(Id::uuid),
        cause: claim.cause.clone(),
        responsible: claim.responsible().map_or(0, |share| Party::to_wire(share.party)),
        currency: claim.currency.code().to_owned(),
        claimed: claim.claimed(),
        approved: claim.approved(),
        settlement: claim.settlement,
        ex_gratia: claim.ex_gratia,
        pending: claim.pending(),
        reserved: total.reserved + total.ordered,
        paid: total.paid,
        recovered: total.recovered,
        language: claim.language.clone(),
        claimant_known: claim.claimant.is_some(),
        claimant_name: claimant.name,
        claimant_company: claimant.company,
        claimant_phone: claimant.phone,
        claimant_email: claimant.email,
        claimant_role: claimant.role,
        description: claim.description.clone(),
        remark: claim.remark.clone(),
        settlement_payee_id: claim.settlement_payee.map(Id::uuid),
        release_id: claim.release.map(Id::uuid),
        resolution: claim.resolution.map_or(0, Resolution::to_wire),
        episode: claim.episode,
        appeals: claim.appeals,
        out_of_time: claim.out_of_time,
        breached: claim.breached,
        historic: claim.historic,
        created_by: claim.created_by.clone(),
        submitted_at: millis(claim.submitted_at),
        decided_at: millis(claim.decided_at),
        paid_at: millis(claim.paid_at),
        closed_at: millis(claim.closed_at),
        due_at: millis(claim.due_at()),
        occurred_at: millis(claim.occurred_at),
        discovered_at: millis(claim.discovered_at),
        ..claim.assessment.as_ref().map(assessment_columns).unwrap_or_default()
    }
}

/// The columns of an assessment, and nothing else.
fn assessment_columns(assessment: &Assessment) -> claim::Model {
    claim::Model {
        assessed: Some(assessment.assessed),
        regime: assessment.regime.clone(),
        cap: assessment.cap,
        cap_basis: assessment.cap_basis.clone(),
        cap_lifted: assessment.cap_lifted,
        grounds: assessment.grounds.clone(),
        assessed_by: assessment.assessed_by.clone(),
        assessed_at: Some(assessment.assessed_at.as_millis()),
        ..claim::Model::default()
    }
}

/// What is personal in a claim beside its parts' own words, by the names under which events tell that it changed.
fn personal(claim: &Claim) -> Personal<'_> {
    let claimant = claim.claimant.iter().flat_map(|claimant| {
        [
            ("claimant.name", &claimant.name),
            ("claimant.company", &claimant.company),
            ("claimant.phone", &claimant.phone),
            ("claimant.email", &claimant.email),
        ]
    });
    let common = [("description", &claim.description)];
    let values = common.into_iter().chain(claimant);
    values.map(|(name, text)| (Cow::from(name), text.as_str())).collect()
}
