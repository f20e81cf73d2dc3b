//! Beginning a claim, as a draft.

use kefu_api_events::v1 as events;
use kefu_kernel::{Currency, Head, Id, Money, Timestamp};

use crate::claim::domain::evidence::{NewEvidence, Reused};
use crate::domain::context::Context;
use crate::domain::error::Error;
use crate::domain::ids::{BranchId, ClaimId, ExposureId, PersonId, PieceId};
use crate::domain::words::{
    Channel, ClaimType, CostKind, CoverKind, LineKind, LinkKind, Origin, State,
};
use crate::ledger::domain::Ledger;

use super::change::Change;
use super::{About, Claim, Claimant, Decided, Exposure, Line};

/// A claim has at most this many exposures.
const MAX_EXPOSURES: usize = 20;

/// What is known of a new claim.
#[derive(Clone, Debug)]
pub struct New {
    /// Its id, made for it.
    pub id: ClaimId,
    /// Its number, issued for it.
    pub number: i64,
    /// What it is for.
    pub kind: ClaimType,
    /// How it comes about.
    pub origin: Origin,
    /// By which way it came.
    pub channel: Channel,
    /// From where it came; empty where unknown.
    pub source: String,
    /// Its id in that source.
    pub external_id: Option<String>,
    /// What it is about in other services, and where.
    pub about: About,
    /// The branch it belongs to.
    pub branch: Option<BranchId>,
    /// The agent who stays the customer's contact.
    pub contact: Option<PersonId>,
    /// Of all its amounts.
    pub currency: Currency,
    /// Who claims.
    pub claimant: Option<Claimant>,
    /// What happened, as told.
    pub description: String,
    /// The claimant's language; empty where unknown.
    pub language: String,
    /// When the loss happened.
    pub occurred_at: Option<Timestamp>,
    /// When it was noticed.
    pub discovered_at: Option<Timestamp>,
    /// What brought it about; empty while unknown.
    pub cause: String,
    /// Its exposures; none: one for its type, covered by liability, of indemnity.
    pub exposures: Vec<NewExposure>,
    /// What is claimed.
    pub lines: Vec<NewLine>,
    /// What proves it.
    pub evidence: Vec<NewEvidence>,
    /// Other claims that have evidence of the same bytes, by hash.
    pub reused: Reused,
    /// Other claims that may be about the same loss.
    pub suggested: Vec<(LinkKind, ClaimId)>,
    /// Whether it is taken over as history.
    pub historic: bool,
}

/// A part of a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewExposure {
    /// What it is for.
    pub peril: ClaimType,
    /// By what it is covered.
    pub cover: CoverKind,
    /// Of what kind its money is.
    pub cost_kind: CostKind,
}

/// One thing that is claimed.
#[derive(Clone, Debug)]
pub struct NewLine {
    /// Of what sort it is.
    pub kind: LineKind,
    /// The exposure it belongs to, by number from 1; 0: the first.
    pub exposure: i32,
    /// What it is.
    pub description: String,
    /// The line of the order; 0: none.
    pub goods_line: i32,
    /// The piece; none, or all.
    pub piece: Option<PieceId>,
    /// How many units.
    pub quantity: i64,
    /// What they are worth as declared.
    pub declared: Option<Money>,
    /// What they cost by the invoice.
    pub invoiced: Option<Money>,
    /// What repair costs.
    pub repair: Option<Money>,
    /// What is claimed for them.
    pub claimed: Money,
}

impl Claim {
    /// Begins a claim, as a draft with its lines, exposures and evidence. Claims that may be about the same loss, or have
    /// evidence of the same bytes, are linked as suggestions.
    pub fn create(context: &Context<'_>, new: New) -> Decided {
        for (field, at) in [("occurred_at", new.occurred_at), ("discovered_at", new.discovered_at)]
        {
            check_past(field, at, context.now)?;
        }
        let mut exposures = new.exposures.clone();
        if exposures.is_empty() {
            let (cover, cost_kind) = (CoverKind::Liability, CostKind::Indemnity);
            exposures.push(NewExposure { peril: new.kind, cover, cost_kind });
        }
        let (lines, evidence) = (new.lines.clone(), new.evidence.clone());
        let (reused, suggested) = (new.reused.clone(), new.suggested.clone());
        let payload = events::ClaimCreated {
            number: new.number,
            external_id: new.external_id.clone(),
            language: new.language.clone(),
            ..Default::default()
        };
        let mut change = Change::new(Self::blank(context, new), context);
        let made = exposures.iter().map(|new| change.exposure(*new)).collect();
        change.claim.exposures = made;
        change.claim.lines = change.lines(lines)?;
        change.tell(payload);
        for exposure in change.claim.exposures.clone() {
            change.tell_exposure(&exposure);
        }
        for evidence in evidence {
            change.add_evidence(evidence, &reused)?;
        }
        for (kind, other) in suggested {
            change.suggest(kind, other);
        }
        change.done()
    }

    /// Adds a part of the loss with accounts of its own.
    pub fn add_exposure(&self, context: &Context<'_>, new: NewExposure) -> Decided {
        let mut change = Change::begin_open(self, context)?;
        if change.claim.exposures.len() >= MAX_EXPOSURES {
            let what = "the claim has 20 exposures already";
            return Err(Error::invalid("exposure", "too_many", what));
        }
        change.add_exposure(new.peril, new.cover, new.cost_kind);
        change.done()
    }

    fn blank(context: &Context<'_>, new: New) -> Self {
        let branch = new.branch.map(Id::uuid);
        Self {
            head: Head::new(new.id.uuid(), branch, context.now),
            number: new.number,
            kind: new.kind,
            state: State::Draft,
            origin: new.origin,
            channel: new.channel,
            source: new.source,
            external_id: new.external_id,
            about: new.about,
            handler: None,
            handlers: [].into(),
            barred: [].into(),
            contact: new.contact,
            cause: new.cause,
            currency: new.currency,
            language: new.language,
            claimant: new.claimant,
            description: new.description,
            lines: Vec::new(),
            exposures: Vec::new(),
            evidence: Vec::new(),
            checklist: Vec::new(),
            links: Vec::new(),
            assessment: None,
            offers: Vec::new(),
            decisions: Vec::new(),
            settlement: None,
            ex_gratia: None,
            payees: Vec::new(),
            settlement_payee: None,
            release: None,
            ledger: Ledger::default(),
            payments: Vec::new(),
            recoveries: Vec::new(),
            clocks: Vec::new(),
            resolution: None,
            episode: 1,
            appeals: 0,
            out_of_time: false,
            breached: false,
            historic: new.historic,
            created_by: context.actor.to_owned(),
            submitted_at: None,
            decided_at: None,
            paid_at: None,
            closed_at: None,
            occurred_at: new.occurred_at,
            discovered_at: new.discovered_at,
            remark: String::new(),
        }
    }
}

impl Change<'_> {
    /// Adds an exposure, and tells it.
    pub fn add_exposure(
        &mut self,
        peril: ClaimType,
        cover: CoverKind,
        cost_kind: CostKind,
    ) -> ExposureId {
        let exposure = self.exposure(NewExposure { peril, cover, cost_kind });
        let id = exposure.id;
        self.claim.exposures.push(exposure.clone());
        self.tell_exposure(&exposure);
        id
    }

    /// Lines as a request has them, as the claim keeps them.
    pub fn lines(&self, lines: Vec<NewLine>) -> Result<Vec<Line>, Error> {
        lines.into_iter().map(|line| self.line(line)).collect()
    }

    fn line(&self, new: NewLine) -> Result<Line, Error> {
        let place = usize::try_from(new.exposure.max(1) - 1).unwrap_or(usize::MAX);
        let exposure = self.claim.exposures.get(place);
        let unknown = || Error::unknown("lines.exposure", &new.exposure.to_string());
        let exposure = exposure.ok_or_else(unknown)?.id;
        let optional = |field, amount: Option<Money>| {
            amount.map(|amount| self.claim.minor(field, amount)).transpose()
        };
        Ok(Line {
            kind: new.kind,
            exposure,
            description: new.description,
            goods_line: new.goods_line,
            piece: new.piece,
            quantity: new.quantity,
            declared: optional("lines.declared", new.declared)?,
            invoiced: optional("lines.invoiced", new.invoiced)?,
            repair: optional("lines.repair", new.repair)?,
            claimed: self.claim.positive("lines.claimed", new.claimed)?,
            assessed: None,
            salvage: None,
            assessment_note: String::new(),
        })
    }

    fn exposure(&self, new: NewExposure) -> Exposure {
        let NewExposure { peril, cover, cost_kind } = new;
        Exposure { id: self.id(), peril, cover, cost_kind, responsible: None }
    }

    fn tell_exposure(&mut self, exposure: &Exposure) {
        self.tell(events::ClaimExposureAdded {
            exposure_id: exposure.id.to_string(),
            peril: events::ClaimType::from(exposure.peril).into(),
            cover: events::CoverKind::from(exposure.cover).into(),
            cost_kind: events::CostKind::from(exposure.cost_kind).into(),
            ..Default::default()
        });
    }
}

/// Refuses a moment that is later than now.
pub fn check_past(field: &'static str, at: Option<Timestamp>, now: Timestamp) -> Result<(), Error> {
    if at.is_some_and(|at| at > now) {
        return Err(Error::invalid(field, "out_of_range", "is not later than now"));
    }
    Ok(())
}
