//! A desk to test at: rules, people with roles, a clock that tests move, ids, and short forms.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kefu_api_events::Facts;
use kefu_api_events::v1 as events;
use kefu_kernel::calendar::CalendarSpec;
use kefu_kernel::{Calendar, Calendars, Currency, Id, Money, NewEvent, Timestamp};
use prost::Message;
use uuid::Uuid;

use crate::claim::domain::assess::{Findings, LineFinding};
use crate::claim::domain::create::{New, NewExposure, NewLine};
use crate::claim::domain::evidence::NewEvidence;
use crate::claim::domain::{About, Claim, Claimant, Decided, Share};
use crate::decision::domain::authority::Authorities;
use crate::decision::domain::propose::Proposal;
use crate::decision::domain::shipment::Shipment;
use crate::domain::context::Context;
use crate::domain::error::Error;
use crate::domain::ids::{ExposureId, PersonId, ShipmentId};
use crate::domain::rules::Rules;
use crate::domain::words::{
    Channel, ClaimType, CostKind, CoverKind, DecisionKind, LineKind, OfferSide, Origin, Party,
    PaymentState, PayoutMethod, State,
};
use crate::ledger::domain::payee::NewPayee;
use crate::ledger::domain::payment::{Confirmed, Order};
use crate::ledger::domain::recovery::{Incoming, Received};
use crate::offer::domain::{Accepted, NewOffer};

/// People, by the last digits of their ids.
pub const AGENT: u128 = 0xa0;
pub const SPECIALIST: u128 = 0xa1;
pub const SECOND: u128 = 0xa2;
pub const SUPERVISOR: u128 = 0xa3;
pub const HEAD: u128 = 0xa4;
pub const MANAGER: u128 = 0xa5;
pub const PAYER: u128 = 0xa6;
pub const EVERYBODY: [u128; 7] = [AGENT, SPECIALIST, SECOND, SUPERVISOR, HEAD, MANAGER, PAYER];

/// What a specialist may decide in euro, in cents; as shipped.
pub const SPECIALISTS_LIMIT: i64 = 70_000;

/// A desk with the shipped data, open on weekdays in Shanghai.
pub struct Desk {
    pub rules: Rules,
    pub calendars: Arc<Calendars>,
    pub authorities: Authorities,
    pub shipment: Shipment,
    pub now: Timestamp,
    /// The number of the next claim.
    pub number: i64,
    made: Cell<u128>,
}

impl Desk {
    pub fn new() -> Self {
        let calendars = Arc::new(Calendars::new(office()));
        let rules = Rules::shipped().unwrap();
        let roles = [
            (SPECIALIST, "claims_specialist"),
            (SECOND, "claims_specialist"),
            (SUPERVISOR, "supervisor"),
            (HEAD, "department_head"),
            (MANAGER, "manager"),
            (PAYER, "remittance_specialist"),
        ];
        let roles = roles.map(|(who, role)| (person(who), [role.to_owned()].into()));
        let authorities = Authorities {
            roles: BTreeMap::from(roles),
            shipped: Authorities::shipped().unwrap(),
            ..Authorities::default()
        };
        let (shipment, now) = (Shipment::default(), Timestamp::from_millis(1_795_000_000_000));
        let (number, made) = (1, Cell::new(0x1_0000));
        Self { rules, calendars, authorities, shipment, now, number, made }
    }

    /// The same, whose claims and ids are none of another desk's.
    pub fn apart(number: i64) -> Self {
        let made = Cell::new(u128::from(number.unsigned_abs()) << 64);
        Self { number, made, ..Self::new() }
    }

    /// Lets somebody do something.
    pub fn by<T>(&self, who: u128, act: impl FnOnce(&Context<'_>) -> T) -> T {
        self.by_principal(&person(who).to_string(), act)
    }

    pub fn by_principal<T>(&self, actor: &str, act: impl FnOnce(&Context<'_>) -> T) -> T {
        let ids = || self.uuid();
        let (rules, authorities) = (&self.rules, &self.authorities);
        let (shipment, calendars, now) = (&self.shipment, self.calendars.clone(), self.now);
        act(&Context { rules, calendars, now, actor, ids: &ids, authorities, shipment })
    }

    pub fn id<I: Id>(&self) -> I {
        I::from(self.uuid())
    }

    fn uuid(&self) -> Uuid {
        self.made.set(self.made.get() + 1);
        Uuid::from_u128(self.made.get())
    }

    pub fn pass(&mut self, minutes: u64) {
        self.now = self.now.plus(Duration::from_secs(minutes * 60));
    }

    /// What is known of a new claim over one line.
    pub fn about(&self, kind: ClaimType, claimed: i64) -> New {
        New {
            id: self.id(),
            number: self.number,
            kind,
            origin: Origin::Agent,
            channel: Channel::Phone,
            source: "customer_line".into(),
            external_id: None,
            about: About {
                customer: Some(self.id()),
                shipment: Some(ShipmentId::from(Uuid::from_u128(0x51))),
                ..About::default()
            },
            branch: None,
            contact: Some(person(AGENT)),
            currency: Currency::EUR,
            claimant: Some(Claimant { name: "Li Wei".into(), ..Claimant::default() }),
            description: "The box was crushed.".into(),
            language: "zh".into(),
            occurred_at: None,
            discovered_at: Some(self.now),
            cause: String::new(),
            exposures: Vec::new(),
            lines: vec![line(claimed, 1)],
            evidence: Vec::new(),
            reused: BTreeMap::new(),
            suggested: Vec::new(),
            historic: false,
        }
    }

    /// A draft of a delay claim with an exposure of indemnity and one of expenses.
    pub fn draft(&self, claimed: i64) -> (Claim, Vec<NewEvent>) {
        let cover = CoverKind::Liability;
        let exposure = |cost_kind| NewExposure { peril: ClaimType::Delay, cover, cost_kind };
        let exposures = vec![exposure(CostKind::Indemnity), exposure(CostKind::Expense)];
        let new = New { exposures, ..self.about(ClaimType::Delay, claimed) };
        self.by(AGENT, |context| Claim::create(context, new)).unwrap()
    }

    /// The next step that a claim usually takes, by somebody who may; `amount` of what is offered, proposed or ordered.
    pub fn forward(&self, claim: &Claim, amount: i64) -> Decided {
        let handler = claim.handler.map_or(SPECIALIST, |handler| handler.uuid().as_u128());
        match claim.state {
            State::Draft => self.by(AGENT, |c| claim.submit(c)),
            State::Submitted => self.by(AGENT, |c| claim.acknowledge(c, Channel::Email)),
            State::Acknowledged | State::Appealed | State::Reopened if claim.handler.is_none() => {
                self.by(SUPERVISOR, |c| claim.assign(c, Some(person(SPECIALIST)), ""))
            }
            State::Acknowledged | State::Appealed | State::Reopened => {
                self.by(handler, |c| claim.start_investigation(c))
            }
            State::Investigating => self.assess(claim, handler, amount),
            State::AwaitingDocuments => self.by(handler, |c| claim.resume_investigation(c)),
            State::Assessed => self.offer(claim, handler, amount),
            State::Negotiating => match claim.open_offer() {
                Some(offer) => self.accept(claim, handler, offer.id, offer.side),
                None => self.settle(claim, handler, amount),
            },
            State::DecisionPending => self.sign_by_anybody(claim),
            State::Approved | State::PartlyApproved => match claim.payees.first() {
                None => self.add_payee(claim, handler),
                Some(payee) => self.by(handler, |c| claim.prepare_settlement(c, payee.id, None)),
            },
            State::SettlementDue | State::PartlyPaid => self.pay(claim, amount),
            State::Paid | State::Denied => self.clear_or_close(claim, handler),
            State::Recovery => self.recover(claim, amount),
            State::Withdrawn | State::Closed => self.by(handler, |c| claim.reopen(c, "again")),
        }
    }

    /// A claim that was taken along the usual way to a state.
    pub fn at(&self, state: State, claimed: i64, amount: i64) -> Claim {
        let mut claim = self.draft(claimed).0;
        for _ in 0..40 {
            if claim.state == state {
                return claim;
            }
            claim = self.forward(&claim, amount).unwrap().0;
        }
        panic!("a claim does not come to `{}` by itself", state.name());
    }

    pub fn assess(&self, claim: &Claim, who: u128, reserve: i64) -> Decided {
        let checklist = &self.rules.of_type(claim.kind)?.checklist;
        let open = claim.open_items(checklist);
        if let Some(item) = checklist.iter().find(|item| open.contains(&item.code)) {
            let new = file(&item.evidence_kinds[0], &item.code);
            return self.by(who, |c| claim.add_evidence(c, vec![new], &BTreeMap::new()));
        }
        let used = claim.ledger.figures(claim.exposures[0].id).used();
        let reserves = vec![(claim.exposures[0].id, eur(reserve.max(used)))];
        self.by(who, |c| claim.assess(c, findings(claim, None, reserves)))
    }

    pub fn offer(&self, claim: &Claim, who: u128, amount: i64) -> Decided {
        let valid_until = Some(self.now.plus(Duration::from_secs(14 * 86_400)));
        let new = new_offer(self.id(), amount, valid_until);
        self.by(who, |c| claim.make_offer(c, new))
    }

    fn accept(
        &self,
        claim: &Claim,
        who: u128,
        offer: crate::domain::ids::OfferId,
        side: OfferSide,
    ) -> Decided {
        let channel = Some(Channel::Phone).filter(|_| side == OfferSide::Company);
        self.by(who, |c| claim.accept_offer(c, Accepted { offer, channel, by_link: false }))
    }

    pub fn settle(&self, claim: &Claim, who: u128, amount: i64) -> Decided {
        self.by(who, |c| claim.propose(c, proposal(DecisionKind::Settlement, Some(amount))))
    }

    /// Signs the first decision that waits, by the first who may.
    pub fn sign_by_anybody(&self, claim: &Claim) -> Decided {
        let waiting = claim.pending_decisions().find(|d| d.kind.is_on_the_matter());
        let waiting = waiting.or_else(|| claim.pending_decisions().next()).unwrap();
        let mut last = Err(Error::NotTheProposer);
        for who in EVERYBODY {
            last = self.by(who, |c| claim.sign(c, waiting.id, None));
            if last.is_ok() {
                break;
            }
        }
        last
    }

    pub fn add_payee(&self, claim: &Claim, who: u128) -> Decided {
        let payee = payee(self.id(), PayoutMethod::BankTransfer, "DE89 3704 0044 0532 0130 00");
        self.by(who, |c| claim.add_payee(c, payee))
    }

    fn pay(&self, claim: &Claim, amount: i64) -> Decided {
        let ordered = claim
            .payments
            .iter()
            .find(|p| p.state == PaymentState::Ordered && p.cost_kind != CostKind::Expense);
        if let Some(payment) = ordered {
            return self.by(PAYER, |c| claim.confirm_payment(c, confirmed(payment)));
        }
        let exposure = claim.exposures[0].id;
        let (granted, used) = claim.granted_and_used(exposure, CostKind::Indemnity);
        let amount = amount.min(granted - used).max(1);
        self.by(PAYER, |c| claim.order_payment(c, &order(exposure, amount)))
    }

    fn clear_or_close(&self, claim: &Claim, who: u128) -> Decided {
        let set_aside = |id: ExposureId| claim.ledger.figures(id).reserved > 0;
        if let Some(exposure) = claim.exposures.iter().find(|e| set_aside(e.id)) {
            let used = claim.ledger.figures(exposure.id).used();
            return self.by(who, |c| claim.set_reserve(c, exposure.id, eur(used), "over"));
        }
        let settled = if claim.state == State::Denied {
            crate::domain::words::Resolution::Denied
        } else {
            crate::domain::words::Resolution::Settled
        };
        self.by(who, |c| claim.close(c, settled, "Thank you.".into()))
    }

    fn recover(&self, claim: &Claim, amount: i64) -> Decided {
        match claim.recoveries.iter().find(|recovery| recovery.is_open()) {
            Some(open) if open.outstanding() > amount => {
                let told = received(Incoming::Recovery(open.id), amount, &self.uuid().to_string());
                self.by(SPECIALIST, |c| claim.record_recovery(c, told))
            }
            Some(open) => self.by(MANAGER, |c| claim.close_recovery(c, open.id, "refused")),
            None => self.clear_or_close(claim, SPECIALIST),
        }
    }
}

pub fn person(who: u128) -> PersonId {
    PersonId::from(Uuid::from_u128(who))
}

pub fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

pub fn line(claimed: i64, exposure: i32) -> NewLine {
    NewLine {
        kind: LineKind::Goods,
        exposure,
        description: "Porcelain".into(),
        goods_line: 0,
        piece: None,
        quantity: 1,
        declared: None,
        invoiced: None,
        repair: None,
        claimed: eur(claimed),
    }
}

/// What an assessor finds who takes the claim at its word.
pub fn findings(claim: &Claim, cap: Option<i64>, reserves: Vec<(ExposureId, Money)>) -> Findings {
    let assessed = |worth: i64| eur(cap.map_or(worth, |cap| worth.min(cap)));
    let lines = (1..).zip(&claim.lines).map(|(line, it)| LineFinding {
        line,
        assessed: assessed(it.claimed),
        salvage: None,
        note: "The cap.".into(),
    });
    Findings {
        shares: vec![Share { party: Party::Carrier, code: "acme".into(), basis_points: 10_000 }],
        regime: "contract".into(),
        cap: cap.map(eur),
        cap_basis: "By contract.".into(),
        cap_lifted: false,
        lines: lines.collect(),
        reserves,
        cause: "crushed".into(),
        grounds: "As the photographs show.".into(),
    }
}

/// A file of a kind, with a hash that follows from a word.
pub fn file(kind: &str, word: &str) -> NewEvidence {
    let mut sha256: String = word.bytes().map(|byte| format!("{byte:02x}")).collect();
    sha256.truncate(64);
    NewEvidence {
        kind: kind.into(),
        sha256: format!("{sha256:0>64}"),
        media_type: "image/jpeg".into(),
        size_bytes: 1,
        name: "front.jpg".into(),
        storage_key: String::new(),
        provided_by: String::new(),
        taken_at: None,
    }
}

pub fn new_offer(
    id: crate::domain::ids::OfferId,
    amount: i64,
    valid_until: Option<Timestamp>,
) -> NewOffer {
    let (basis, message) = ("invoice".into(), "We offer.".into());
    NewOffer { id, amount: eur(amount), basis, message, channel: None, valid_until }
}

pub fn proposal(kind: DecisionKind, amount: Option<i64>) -> Proposal {
    let (reason, grounds) = ("assessed".into(), "As found.".into());
    Proposal { kind, amount: amount.map(eur), exposure: None, reason, grounds }
}

pub fn payee(id: crate::domain::ids::PayeeId, method: PayoutMethod, account: &str) -> NewPayee {
    let (name, bank_code) = ("Li Wei".into(), String::new());
    NewPayee { id, name, method, account: account.into(), sealed_account: vec![1], bank_code }
}

pub fn order(exposure: ExposureId, amount: i64) -> Order {
    Order { exposure, amount: eur(amount), payee: None, conversion: None }
}

/// What the bank tells of a payment.
pub fn confirmed(payment: &crate::ledger::domain::Payment) -> Confirmed {
    Confirmed {
        payment: payment.id,
        source: "bank".into(),
        external_id: payment.id.to_string(),
        paid_at: None,
        amount: eur(payment.amount),
    }
}

pub fn received(from: Incoming, amount: i64, external_id: &str) -> Received {
    let (source, external_id) = ("bank".into(), external_id.into());
    let amount = eur(amount);
    Received { from, amount, source, external_id, received_at: None, conversion: None }
}

fn office() -> Calendar {
    let spec: CalendarSpec = toml::from_str(
        "code = 'office'\nrevision = 1\ntime_zone = 'Asia/Shanghai'\n[week]\n\
         monday = ['09:00-18:00']\ntuesday = ['09:00-18:00']\nwednesday = ['09:00-18:00']\n\
         thursday = ['09:00-18:00']\nfriday = ['09:00-18:00']\n",
    )
    .unwrap();
    Calendar::new(spec).unwrap()
}

/// Short names of events, in order.
pub fn names(events: &[NewEvent]) -> Vec<&str> {
    events.iter().map(|event| event.type_name.rsplit('.').next().unwrap()).collect()
}

/// What all events of claims have in common, of each of them.
pub fn common(events: &[NewEvent]) -> Vec<events::AnyClaimEvent> {
    let any = |event: &NewEvent| events::AnyClaimEvent::decode(event.payload.as_slice()).unwrap();
    events.iter().map(any).collect()
}

/// The events of a step tell one story: each begins where the one before ended, the last one where the claim is now.
pub fn tells_on(before: Option<events::ClaimFacts>, told: &[NewEvent], after: &Claim) {
    let mut facts = before;
    for event in common(told) {
        let now = event.facts.unwrap();
        match (&facts, event.former) {
            (Some(facts), Some(former)) => assert_eq!(now.before(&former), *facts),
            (facts, former) => assert_eq!((facts.is_none(), former), (true, None)),
        }
        assert_eq!(event.claim_id, after.id().to_string());
        facts = Some(now);
    }
    assert_eq!(facts.unwrap(), kefu_api_events::Subject::facts(after), "the last tells what is");
}
