//! Assessing: who has to answer, up to what cap, what each line is worth, and what is set aside.

use std::collections::{BTreeMap, BTreeSet};

use kefu_api_events::v1 as events;
use kefu_kernel::Money;

use crate::domain::context::Context;
use crate::domain::error::Error;
use crate::domain::ids::ExposureId;
use crate::domain::words::{CostKind, State};

use super::change::Change;
use super::{Assessment, Claim, Decided, Line, Share};

/// The whole of a liability, in hundredths of a percent.
const WHOLE: i32 = 10_000;

/// What the assessor found.
#[derive(Clone, Debug)]
pub struct Findings {
    /// Who has to answer for how much of it.
    pub shares: Vec<Share>,
    /// The regime whose cap holds; empty: none.
    pub regime: String,
    /// The cap.
    pub cap: Option<Money>,
    /// How the cap was reckoned; needed with a cap.
    pub cap_basis: String,
    /// Whether a declared interest or insurance lifts the cap.
    pub cap_lifted: bool,
    /// What each line is worth; every line, once.
    pub lines: Vec<LineFinding>,
    /// What is to be set aside; exposures not named stay as they are.
    pub reserves: Vec<(ExposureId, Money)>,
    /// What brought the loss about.
    pub cause: String,
    /// Why.
    pub grounds: String,
}

/// What a line is worth.
#[derive(Clone, Debug)]
pub struct LineFinding {
    /// The line, by number from 1.
    pub line: i32,
    /// What it is worth.
    pub assessed: Money,
    /// What the damaged goods are still worth.
    pub salvage: Option<Money>,
    /// Why that and not what was claimed; needed where it is less.
    pub note: String,
}

impl Claim {
    /// Settles who has to answer, up to what cap, what each line is worth, and sets reserves; what is above the
    /// assessor's authority waits for a signature. May be done again until a decision on the matter holds or waits.
    pub fn assess(&self, context: &Context<'_>, findings: Findings) -> Decided {
        let states = [State::Investigating, State::Assessed, State::Negotiating];
        let mut change = Change::begin_in(self, context, &states)?;
        change.require_no_offer()?;
        let open = change.claim.open_items(&context.rules.of_type(self.kind)?.checklist);
        if !open.is_empty() {
            return Err(Error::ChecklistOpen(open));
        }
        check_shares(&findings.shares)?;
        if findings.cap.is_some() && findings.cap_basis.is_empty() {
            return Err(Error::invalid("cap_basis", "required", "is needed with a cap"));
        }
        let lines = change.claim.assessed_lines(&findings.lines)?;
        let assessed = lines.iter().filter_map(|line| line.assessed).sum();
        let cap = findings.cap.map(|cap| change.claim.minor("cap", cap)).transpose()?;
        if let Some(cap) = cap.filter(|cap| !findings.cap_lifted && assessed > *cap) {
            return Err(Error::AboveCap { cap, currency: self.currency.code() });
        }
        // What is granted already stays within the cap (I4): a reopened claim is not assessed below it.
        if let Some(cap) = cap.filter(|_| !findings.cap_lifted)
            && change.claim.settlement.is_some_and(|granted| granted > cap)
        {
            return Err(Error::AboveCap { cap, currency: self.currency.code() });
        }
        let (assessed_by, assessed_at) = (change.actor(), change.now);
        let payload = events::ClaimAssessed {
            regime: findings.regime.clone(),
            cap_minor_units: cap,
            ..Default::default()
        };
        change.claim.lines = lines;
        change.claim.cause = findings.cause;
        change.claim.assessment = Some(Assessment {
            shares: findings.shares,
            regime: findings.regime,
            cap,
            cap_basis: findings.cap_basis,
            cap_lifted: findings.cap_lifted,
            assessed,
            grounds: findings.grounds,
            assessed_by,
            assessed_at,
        });
        // What was granted counts against the caps of a shipment by the new shares.
        change.check_cap(change.claim.settlement.unwrap_or(0))?;
        change.claim.hold_responsible();
        change.claim.state = State::Assessed;
        change.tell(payload);
        let mut seen = BTreeSet::new();
        for (exposure, amount) in findings.reserves {
            if !seen.insert(exposure) {
                return Err(Error::invalid("reserves", "unique", "names each exposure once"));
            }
            change.set_reserve(exposure, amount, "assessed")?;
        }
        change.done()
    }

    fn assessed_lines(&self, findings: &[LineFinding]) -> Result<Vec<Line>, Error> {
        let by_line: BTreeMap<i32, &LineFinding> = findings.iter().map(|f| (f.line, f)).collect();
        if by_line.len() != findings.len() || by_line.len() != self.lines.len() {
            return Err(Error::invalid("lines", "each_once", "has every line of the claim, once"));
        }
        let numbered = (1..).zip(&self.lines);
        let assess = |(number, line): (i32, &Line)| {
            let unknown = || Error::unknown("lines.line", &number.to_string());
            let finding = by_line.get(&number).ok_or_else(unknown)?;
            let assessed = self.minor("lines.assessed", finding.assessed)?;
            let salvage = finding.salvage.map(|worth| self.minor("lines.salvage", worth));
            if assessed > line.claimed {
                return Err(Error::AboveClaimed);
            }
            if assessed < line.claimed && finding.note.is_empty() {
                let what = "is needed where a line is worth less than was claimed";
                return Err(Error::invalid("lines.note", "required", what));
            }
            Ok(Line {
                assessed: Some(assessed),
                salvage: salvage.transpose()?,
                assessment_note: finding.note.clone(),
                ..line.clone()
            })
        };
        numbered.map(assess).collect()
    }

    /// Notes on each exposure of the matter who has to answer for most of it.
    fn hold_responsible(&mut self) {
        let main = self.responsible().map(|share| (share.party, share.code.clone()));
        for exposure in &mut self.exposures {
            if exposure.cost_kind != CostKind::Expense {
                exposure.responsible.clone_from(&main);
            }
        }
    }
}

fn check_shares(shares: &[Share]) -> Result<(), Error> {
    let parties: BTreeSet<_> = shares.iter().map(|share| (share.party, &share.code)).collect();
    let possible = shares.iter().all(|share| (1..=WHOLE).contains(&share.basis_points));
    let sum: i64 = shares.iter().map(|share| i64::from(share.basis_points)).sum();
    if parties.len() == shares.len() && possible && sum == i64::from(WHOLE) {
        return Ok(());
    }
    Err(Error::SharesInvalid)
}
