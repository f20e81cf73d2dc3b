//! Evidence: files known by their hashes, and where they have been.

use std::collections::BTreeMap;

use kefu_api_events::v1 as events;
use kefu_kernel::Timestamp;

use crate::domain::context::Context;
use crate::domain::error::Error;
use crate::domain::ids::{ClaimId, EvidenceId};
use crate::domain::words::LinkKind;

use super::change::Change;
use super::create::check_past;
use super::{Claim, Custody, Decided, Evidence};

/// A claim has at most this much evidence.
const MAX_EVIDENCE: usize = 500;
/// A file has at most this many entries of custody.
const MAX_CUSTODY: usize = 200;
/// Other claims with the same bytes are told up to this many.
pub const MAX_REUSED: usize = 10;
/// What ends custody.
const DESTROYED: &str = "destroyed";

/// Other claims that have evidence of the same bytes, by SHA-256 in hexadecimal.
pub type Reused = BTreeMap<String, Vec<ClaimId>>;

/// A file to be kept.
#[derive(Clone, Debug)]
pub struct NewEvidence {
    /// What it is. A code.
    pub kind: String,
    /// SHA-256 of its bytes in hexadecimal.
    pub sha256: String,
    /// What it is, such as `image/jpeg`.
    pub media_type: String,
    /// How many bytes it has.
    pub size_bytes: i64,
    /// Its name; empty: none.
    pub name: String,
    /// A key in the store of attachments; empty: not handed in yet.
    pub storage_key: String,
    /// Who handed it in. A code; empty: the claimant.
    pub provided_by: String,
    /// When it was taken or drawn up.
    pub taken_at: Option<Timestamp>,
}

/// What was done with evidence.
#[derive(Clone, Debug)]
pub struct Move {
    /// What. A code.
    pub action: String,
    /// Who has it since.
    pub holder: String,
    /// Where; empty: not told.
    pub place: String,
    /// A remark.
    pub note: String,
    /// When; none: now.
    pub at: Option<Timestamp>,
}

impl Claim {
    /// Keeps evidence, each file once. A claim that waits for it goes on when nothing is waited for any more.
    pub fn add_evidence(
        &self,
        context: &Context<'_>,
        evidence: Vec<NewEvidence>,
        reused: &Reused,
    ) -> Decided {
        let mut change = Change::begin(self, context)?;
        if change.claim.state.is_over() {
            return Err(Error::StateRefuses(change.claim.state));
        }
        for new in evidence {
            change.add_evidence(new, reused)?;
        }
        change.resume_when_complete()?;
        change.done()
    }

    /// Records into whose hands, or where, evidence went; also when the claim is over.
    pub fn record_custody(&self, context: &Context<'_>, id: EvidenceId, moved: Move) -> Decided {
        let mut change = Change::begin(self, context)?;
        let (now, recorded_by) = (change.now, change.actor());
        let evidence = change.claim.evidence_mut(id)?;
        let last = evidence.custody.last();
        if last.is_some_and(|last| last.action == DESTROYED) {
            return Err(Error::EvidenceDestroyed);
        }
        let at = moved.at.unwrap_or(now);
        check_past("at", Some(at), now)?;
        if last.is_some_and(|last| at < last.at) {
            return Err(Error::invalid("at", "out_of_range", "is not before the entry before it"));
        }
        if evidence.custody.len() >= MAX_CUSTODY {
            return Err(Error::invalid("action", "too_many", "it was moved 200 times already"));
        }
        let Move { action, holder, place, note, .. } = moved;
        let told = action.clone();
        evidence.custody.push(Custody { action, holder, place, note, at, recorded_by });
        change.tell(events::ClaimEvidenceMoved {
            evidence_id: id.to_string(),
            action: told,
            ..Default::default()
        });
        change.done()
    }

    /// Lets evidence count no more; it stays to be seen.
    pub fn withdraw_evidence(
        &self,
        context: &Context<'_>,
        id: EvidenceId,
        reason: &str,
    ) -> Decided {
        let mut change = Change::begin(self, context)?;
        if change.claim.state.is_over() {
            return Err(Error::StateRefuses(change.claim.state));
        }
        let now = change.now;
        let evidence = change.claim.evidence_mut(id)?;
        if evidence.withdrawn.is_some() {
            return Err(Error::EvidenceWithdrawn);
        }
        evidence.withdrawn = Some((now, reason.to_owned()));
        change.tell(events::ClaimEvidenceWithdrawn {
            evidence_id: id.to_string(),
            reason: reason.to_owned(),
            ..Default::default()
        });
        change.done()
    }

    fn evidence_mut(&mut self, id: EvidenceId) -> Result<&mut Evidence, Error> {
        self.evidence.iter_mut().find(|evidence| evidence.id == id).ok_or(Error::no_such(id))
    }
}

impl Change<'_> {
    /// Keeps one file, tells it, and links claims that have the same bytes as suggestions.
    pub fn add_evidence(&mut self, new: NewEvidence, reused: &Reused) -> Result<(), Error> {
        check_past("evidence.taken_at", new.taken_at, self.now)?;
        if let Some(known) = self.claim.evidence.iter().find(|known| known.sha256 == new.sha256) {
            return Err(Error::exists(known.id));
        }
        if self.claim.evidence.len() >= MAX_EVIDENCE {
            return Err(Error::invalid("evidence", "too_many", "the claim has 500 files already"));
        }
        let provided_by =
            if new.provided_by.is_empty() { "claimant".to_owned() } else { new.provided_by };
        let id: EvidenceId = self.id();
        self.came(&new.kind)?;
        self.claim.evidence.push(Evidence {
            id,
            kind: new.kind.clone(),
            sha256: new.sha256.clone(),
            media_type: new.media_type,
            size_bytes: new.size_bytes,
            name: new.name,
            storage_key: new.storage_key,
            provided_by,
            taken_at: new.taken_at,
            recorded_by: self.actor(),
            recorded_at: self.now,
            custody: Vec::new(),
            withdrawn: None,
        });
        let own = self.claim.id();
        let others = reused.get(&new.sha256).into_iter().flatten();
        let others: Vec<ClaimId> =
            others.copied().filter(|other| *other != own).take(MAX_REUSED).collect();
        self.tell(events::ClaimEvidenceAdded {
            evidence_id: id.to_string(),
            kind: new.kind,
            sha256: new.sha256,
            also_on_claim_ids: others.iter().map(ToString::to_string).collect(),
            ..Default::default()
        });
        for other in others {
            self.suggest(LinkKind::Related, other);
        }
        Ok(())
    }
}
