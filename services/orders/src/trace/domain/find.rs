//! What was found, and what proves it.

use std::collections::BTreeSet;

use kefu_api_events::v1 as events;
use kefu_kernel::Timestamp;

use super::change::Change;
use super::words::TraceState;
use super::{Addressee, Count, Decision, Finding, Proof, Trace};
use crate::domain::{Clocks, Context, Error, count, not_ahead};

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct NewFinding {
    /// Who looked; none: whom it was sent to.
    pub found_by: Option<Addressee>,
    /// What was counted.
    pub counts: Vec<Count>,
    /// What was weighed at the origin, in grams; 0: not known.
    pub origin_weight_grams: i64,
    /// What was weighed now, in grams; 0: nothing was.
    pub found_weight_grams: i64,
    /// How the seal is. A code; empty: not looked at.
    pub seal: String,
    /// How the packing is. A code; empty: not looked at.
    pub packing: String,
    /// Where the goods were, as a code; empty: not told.
    pub place_code: String,
    /// What was found, in words. Personal data.
    pub note: String,
    /// When it was looked; none: now.
    pub inspected_at: Option<Timestamp>,
}

impl Trace {
    /// Records what was found. Lines and pieces that it names are the shipment's; who calls looks that up.
    ///
    /// # Errors
    ///
    /// [`Error::TraceStateRefuses`], [`Error::CountsInvalid`]; a moment that has not come yet.
    pub fn record_finding(
        &self,
        context: &Context<'_>,
        clocks: &Clocks<'_>,
        new: NewFinding,
    ) -> Decision {
        let states = [TraceState::Sent, TraceState::Found];
        let mut change = Change::within(self, context, clocks, &states)?;
        new.counts.iter().try_for_each(Count::check)?;
        let inspected_at = new.inspected_at.unwrap_or(change.now);
        not_ahead("inspected_at", inspected_at, change.now)?;
        let finding = Finding {
            number: count(self.findings.len()) + 1,
            found_by: new.found_by.or_else(|| self.addressee.clone()),
            counts: new.counts,
            origin_weight_grams: new.origin_weight_grams,
            found_weight_grams: new.found_weight_grams,
            seal: new.seal,
            packing: new.packing,
            place_code: new.place_code,
            note: new.note,
            inspected_at,
            recorded_by: context.actor.to_owned(),
            recorded_at: change.now,
        };
        let payload = events::TraceFindingRecorded {
            finding: finding.number,
            expected: finding.sum(|count| count.expected),
            counted: finding.sum(|count| count.counted),
            damaged: finding.damaged(),
            ..Default::default()
        };
        change.trace.findings.push(finding);
        change.trace.state = TraceState::Found;
        change.tell(payload);
        change.done()
    }

    /// Keeps a proof, by the hashes of its files.
    ///
    /// # Errors
    ///
    /// [`Error::TraceStateRefuses`], [`Error::ProofNotSigned`], [`Error::EvidenceExists`]; a finding that
    /// there is not; a moment that has not come yet.
    pub fn add_proof(&self, context: &Context<'_>, clocks: &Clocks<'_>, proof: Proof) -> Decision {
        let states =
            [TraceState::Requested, TraceState::Sent, TraceState::Found, TraceState::Concluded];
        let mut change = Change::within(self, context, clocks, &states)?;
        proof.check()?;
        not_ahead("drawn_up_at", proof.drawn_up_at, change.now)?;
        if proof.finding != 0 && !self.findings.iter().any(|of| of.number == proof.finding) {
            return Err(Error::unknown("finding", &proof.finding.to_string()));
        }
        let known = self.proofs.iter().flat_map(|proof| &proof.files).map(|file| &file.sha256);
        let mut hashes: BTreeSet<&String> = known.collect();
        if !proof.files.iter().all(|file| hashes.insert(&file.sha256)) {
            return Err(Error::EvidenceExists(self.id()));
        }
        let payload = events::TraceProofAdded {
            proof_id: proof.id.to_string(),
            kind: proof.kind.clone(),
            sha256: proof.files.iter().map(|file| file.sha256.clone()).collect(),
            ..Default::default()
        };
        change.trace.proofs.push(proof);
        change.tell(payload);
        change.done()
    }
}
