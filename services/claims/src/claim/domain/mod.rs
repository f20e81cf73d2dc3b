//! A claim: one loss that somebody wants made good, from the first word to the last coin.
//!
//! It is one aggregate: its lines, evidence, offers, decisions, payees and its whole ledger change only with
//! it, so that one version guards everything that its money depends on. Its verbs are methods that take the
//! claim as it is and return it as it becomes, with the events of the step ([`Decided`]); those of offers,
//! decisions and the ledger are in the folders of these concerns.

pub mod assess;
pub mod change;
pub mod clocks;
pub mod create;
pub mod documents;
pub mod end;
pub mod erase;
pub mod evidence;
mod facts;
pub mod file;
pub mod link;
pub mod update;

use std::collections::BTreeSet;

use kefu_kernel::{Currency, Head, Money, NewEvent, Timestamp};

use crate::decision::domain::Decision;
use crate::domain::error::Error;
use crate::domain::ids::{
    BranchId, ClaimId, CustomerId, DepartmentId, EvidenceId, ExposureId, OrderId, PayeeId,
    PersonId, PieceId, ShipmentId, TicketId, TraceId,
};
use crate::domain::words::{
    Channel, ClaimType, CostKind, CoverKind, DecisionKind, DecisionState, LineKind, LinkKind,
    Origin, Party, Resolution, State,
};
use crate::ledger::domain::{Ledger, Payee, Payment, Recovery};
use crate::offer::domain::Offer;

pub use self::clocks::ClaimClock;

/// What a verb comes to: the claim as it becomes, and the events that tell of it, in order. No events: nothing
/// changed.
pub type Decided = Result<(Claim, Vec<NewEvent>), Error>;

/// The largest amount that a request may name, in minor units: sums of all that a claim can hold still fit.
pub const MAX_MINOR_UNITS: i64 = 1_000_000_000_000_000;

/// One loss that somebody wants made good. Amounts are minor units of its currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Identity, version, branch; `created_at` is when it was begun.
    pub head: Head,
    /// The number that people read out; issued once.
    pub number: i64,
    /// What it is for.
    pub kind: ClaimType,
    /// How it stands.
    pub state: State,
    /// How it came about.
    pub origin: Origin,
    /// By which way it came.
    pub channel: Channel,
    /// From where it came. A code; empty where unknown.
    pub source: String,
    /// Its id in that source.
    pub external_id: Option<String>,
    /// What it is about in other services, and where.
    pub about: About,
    /// The specialist who works on it and negotiates.
    pub handler: Option<PersonId>,
    /// Everybody who was its handler, the present one included.
    pub handlers: BTreeSet<PersonId>,
    /// Who handled or signed it before its last appeal, and does not handle it now.
    pub barred: BTreeSet<PersonId>,
    /// The agent who stays the customer's contact.
    pub contact: Option<PersonId>,
    /// What brought the loss about. A code; empty while unknown.
    pub cause: String,
    /// Of all its amounts.
    pub currency: Currency,
    /// BCP 47 tag of the claimant's language; empty where unknown.
    pub language: String,
    /// Who claims. Personal data.
    pub claimant: Option<Claimant>,
    /// What happened, as told. Personal data.
    pub description: String,
    /// Its lines, in order; their numbers are their places from 1.
    pub lines: Vec<Line>,
    /// Its exposures, in order; their numbers are their places from 1. Never empty.
    pub exposures: Vec<Exposure>,
    /// Its evidence, in order, also what does not count any more.
    pub evidence: Vec<Evidence>,
    /// Items of its checklist that were asked for or waived.
    pub checklist: Vec<ChecklistItem>,
    /// Links made on this claim, or suggested.
    pub links: Vec<Link>,
    /// The assessment that counts.
    pub assessment: Option<Assessment>,
    /// Its offers, in order; their numbers are their places from 1. At most one is open.
    pub offers: Vec<Offer>,
    /// Its decisions, in order; their numbers are their places from 1.
    pub decisions: Vec<Decision>,
    /// What is granted because it is owed, over all payments; none: nothing.
    pub settlement: Option<i64>,
    /// What is granted without being owed, over all payments; none: nothing.
    pub ex_gratia: Option<i64>,
    /// Whom it may pay.
    pub payees: Vec<Payee>,
    /// Who of them gets the settlement; none before it is prepared.
    pub settlement_payee: Option<PayeeId>,
    /// The release that the claimant signed.
    pub release: Option<EvidenceId>,
    /// Its accounts and postings.
    pub ledger: Ledger,
    /// Its payments, in order; their numbers are their places from 1.
    pub payments: Vec<Payment>,
    /// Its recoveries, in order; their numbers are their places from 1.
    pub recoveries: Vec<Recovery>,
    /// Its deadlines, running and ended: of each episode the latest of each kind.
    pub clocks: Vec<ClaimClock>,
    /// How it ended; none while it has not.
    pub resolution: Option<Resolution>,
    /// The present episode, from 1; each appeal or reopening begins the next.
    pub episode: i32,
    /// How often it was appealed.
    pub appeals: i32,
    /// Whether it came after the time that is allowed, and that was not waived.
    pub out_of_time: bool,
    /// Whether a clock of the present episode has been breached.
    pub breached: bool,
    /// Whether it was taken over as history: its clocks are reckoned and start nothing.
    pub historic: bool,
    /// Who began it: a principal's id.
    pub created_by: String,
    /// When it was filed.
    pub submitted_at: Option<Timestamp>,
    /// When its last decision on the matter was signed.
    pub decided_at: Option<Timestamp>,
    /// When all that is granted was paid.
    pub paid_at: Option<Timestamp>,
    /// When it was closed or withdrawn.
    pub closed_at: Option<Timestamp>,
    /// When the loss happened, as told.
    pub occurred_at: Option<Timestamp>,
    /// When it was noticed, as told.
    pub discovered_at: Option<Timestamp>,
    /// Words that it ended or was appealed with: what the claimant was told, or said. Personal data.
    pub remark: String,
}

/// What a claim is about: things of other services, and places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Whose it is.
    pub customer: Option<CustomerId>,
    /// The order.
    pub order: Option<OrderId>,
    /// The shipment.
    pub shipment: Option<ShipmentId>,
    /// The ticket that asked for it.
    pub ticket: Option<TicketId>,
    /// The trace that it was prepared from.
    pub trace: Option<TraceId>,
    /// The outlet or department that it is about.
    pub department: Option<DepartmentId>,
    /// The carrier's code; empty: none.
    pub carrier: String,
    /// The shipment's number at the carrier; empty: none.
    pub waybill: String,
    /// The code of the place the goods came from; empty: unknown.
    pub origin_code: String,
    /// The code of the place they went to; empty: unknown.
    pub destination_code: String,
}

/// Who claims. All of it personal data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claimant {
    /// Their name.
    pub name: String,
    /// Their company; empty: none.
    pub company: String,
    /// Their phone in E.164; empty: none.
    pub phone: String,
    /// Their e-mail address; empty: none.
    pub email: String,
    /// What they are to the goods. A code; empty: not told.
    pub role: String,
}

/// One thing that is claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Of what sort it is.
    pub kind: LineKind,
    /// The exposure it belongs to.
    pub exposure: ExposureId,
    /// What it is. Personal data.
    pub description: String,
    /// The line of the order, by number; 0: none.
    pub goods_line: i32,
    /// The piece; none, or all.
    pub piece: Option<PieceId>,
    /// How many units are claimed; 0 where units have no meaning.
    pub quantity: i64,
    /// What they are worth as declared.
    pub declared: Option<i64>,
    /// What they cost by the invoice.
    pub invoiced: Option<i64>,
    /// What repair costs.
    pub repair: Option<i64>,
    /// What is claimed for them; above zero.
    pub claimed: i64,
    /// What that is worth by the assessment.
    pub assessed: Option<i64>,
    /// What the damaged goods are still worth.
    pub salvage: Option<i64>,
    /// Why that and not what was claimed. Personal data.
    pub assessment_note: String,
}

/// A part of the loss with a cover, a party and accounts of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// Its id.
    pub id: ExposureId,
    /// What it is for.
    pub peril: ClaimType,
    /// By what it is covered.
    pub cover: CoverKind,
    /// Of what kind its money is.
    pub cost_kind: CostKind,
    /// Who has to answer for it, and which one; none before the assessment.
    pub responsible: Option<(Party, String)>,
}

/// A file that proves something, known by its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Its id.
    pub id: EvidenceId,
    /// What it is. A code.
    pub kind: String,
    /// SHA-256 of its bytes in hexadecimal.
    pub sha256: String,
    /// What it is, such as `image/jpeg`.
    pub media_type: String,
    /// How many bytes it has.
    pub size_bytes: i64,
    /// Its name. Personal data.
    pub name: String,
    /// A key in the store of attachments; empty: not handed in yet.
    pub storage_key: String,
    /// Who handed it in. A code.
    pub provided_by: String,
    /// When it was taken or drawn up.
    pub taken_at: Option<Timestamp>,
    /// Who recorded it: a principal's id.
    pub recorded_by: String,
    /// When.
    pub recorded_at: Timestamp,
    /// Where it has been, in order.
    pub custody: Vec<Custody>,
    /// When it was withdrawn, and the code of why; none: it counts.
    pub withdrawn: Option<(Timestamp, String)>,
}

/// One thing that was done with evidence. It never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Custody {
    /// What. A code.
    pub action: String,
    /// Who has it since.
    pub holder: String,
    /// Where; empty: not told.
    pub place: String,
    /// A remark. Personal data.
    pub note: String,
    /// When.
    pub at: Timestamp,
    /// Who recorded it: a principal's id.
    pub recorded_by: String,
}

/// An item of the checklist that was asked for or waived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChecklistItem {
    /// Its code.
    pub code: String,
    /// By when the claimant was asked for it, the last time.
    pub wanted_by: Option<Timestamp>,
    /// Whether it was asked for and did not come yet.
    pub requested: bool,
    /// The code of why it is not asked for, and who said so; none: it is.
    pub waived: Option<(String, String)>,
}

/// What another claim is to this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What the other is to this one.
    pub kind: LinkKind,
    /// The other.
    pub other: ClaimId,
    /// Whether it was found by rule, and nobody confirmed it.
    pub suggested: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Who has to answer, up to what, and what it is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// Who has to answer for how much; the shares come to 10,000.
    pub shares: Vec<Share>,
    /// The regime whose cap holds. A code; empty: none.
    pub regime: String,
    /// The cap; none: no cap.
    pub cap: Option<i64>,
    /// How the cap was reckoned. Personal data.
    pub cap_basis: String,
    /// Whether a declared interest or insurance lifts the cap.
    pub cap_lifted: bool,
    /// What it is worth in all.
    pub assessed: i64,
    /// Why. Personal data.
    pub grounds: String,
    /// Who assessed: a principal's id.
    pub assessed_by: String,
    /// When.
    pub assessed_at: Timestamp,
}

/// How much of a loss somebody has to answer for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Who.
    pub party: Party,
    /// Which carrier, insurer or department; empty: not told.
    pub code: String,
    /// How much, in hundredths of a percent, 1 to 10,000.
    pub basis_points: i32,
}

impl Claim {
    /// Its id.
    pub fn id(&self) -> ClaimId {
        ClaimId::from(self.head.id)
    }

    /// The branch it belongs to.
    pub fn branch(&self) -> Option<BranchId> {
        self.head.branch.map(BranchId::from)
    }

    /// What is claimed: the sum of its lines.
    pub fn claimed(&self) -> i64 {
        self.lines.iter().map(|line| line.claimed).sum()
    }

    /// What is granted and signed.
    pub fn approved(&self) -> i64 {
        self.settlement.unwrap_or(0) + self.ex_gratia.unwrap_or(0)
    }

    /// What waits for a signature and cannot be spent.
    pub fn pending(&self) -> i64 {
        self.pending_decisions().map(|decision| decision.pending).sum()
    }

    /// Decisions that wait for a signature.
    pub fn pending_decisions(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter().filter(|decision| decision.state == DecisionState::Pending)
    }

    /// The decision of a kind that waits; of an exposure, where one is named.
    pub fn pending_of(
        &self,
        kind: DecisionKind,
        exposure: Option<ExposureId>,
    ) -> Option<&Decision> {
        self.pending_decisions()
            .find(|d| d.kind == kind && (exposure.is_none() || d.exposure == exposure))
    }

    /// The cap that holds for it; none where none does, or it is lifted.
    pub fn cap(&self) -> Option<i64> {
        let assessment = self.assessment.as_ref()?;
        assessment.cap.filter(|_| !assessment.cap_lifted)
    }

    /// Who has to answer for most of it; none before its assessment.
    pub fn responsible(&self) -> Option<&Share> {
        let shares = &self.assessment.as_ref()?.shares;
        // Of equal shares the first: `max_by_key` would answer the last.
        shares.iter().rev().max_by_key(|share| share.basis_points)
    }

    /// An exposure of it.
    pub fn exposure(&self, id: ExposureId) -> Result<&Exposure, Error> {
        self.exposures.iter().find(|exposure| exposure.id == id).ok_or(Error::no_such(id))
    }

    /// The open offer.
    pub fn open_offer(&self) -> Option<&Offer> {
        self.offers.iter().find(|offer| offer.is_open())
    }

    /// The minor units of an amount that a request names: of the claim's currency, not negative, not more than
    /// [`MAX_MINOR_UNITS`].
    pub fn minor(&self, field: &'static str, amount: Money) -> Result<i64, Error> {
        // The difference to nothing says whether the currencies are the same.
        let minor = amount.checked_sub(Money::zero(self.currency))?.minor();
        if (0..=MAX_MINOR_UNITS).contains(&minor) {
            return Ok(minor);
        }
        Err(Error::invalid(field, "out_of_range", "is not negative and at most 10^15 minor units"))
    }

    /// As [`Claim::minor`], and above zero.
    pub fn positive(&self, field: &'static str, amount: Money) -> Result<i64, Error> {
        match self.minor(field, amount)? {
            0 => Err(Error::invalid(field, "out_of_range", "is above zero")),
            minor => Ok(minor),
        }
    }

    /// The earliest deadline of a running clock; none where none runs.
    pub fn due_at(&self) -> Option<Timestamp> {
        let running = self.clocks.iter().filter(|clock| !clock.clock.is_over());
        running.filter_map(|clock| clock.due_at).min()
    }

    /// When something happens to it by itself next, for a durable timer that then calls [`Claim::wake`]: a clock
    /// speaks up, an offer runs out, the time to hand something in is over. None while nothing can.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        if self.historic {
            return None;
        }
        let rung = kefu_kernel::clock::wakes_at(&self.clocks);
        let offer = self.open_offer().map(|offer| offer.valid_until);
        rung.into_iter().chain(offer).chain(self.documents_until()).min()
    }

    /// Until when documents are waited for; none where they are not.
    pub fn documents_until(&self) -> Option<Timestamp> {
        if self.state != State::AwaitingDocuments {
            return None;
        }
        let asked = self.checklist.iter().filter(|item| item.requested);
        asked.filter_map(|item| item.wanted_by).max()
    }
}
