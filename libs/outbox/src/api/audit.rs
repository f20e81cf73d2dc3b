//! `VerifyAudit`: the check of the whole log, with progress and findings as they come.

use futures::{Stream, TryStreamExt};
use kefu_api_common::v1::verify_audit_response::Item;
use kefu_api_common::v1::{
    AuditFinding, AuditFindingKind, AuditProgress, AuditSummary, VerifyAuditRequest,
    VerifyAuditResponse,
};
use kefu_kernel::{PARTITIONS, id};

use super::{EventsApi, EventsError};
use crate::audit::{Finding, Flaw, Verification, unchained, verify_step};

impl EventsApi {
    /// Progress, findings, and at the end a summary.
    pub fn verify_audit(
        &self,
        request: &VerifyAuditRequest,
    ) -> impl Stream<Item = Result<VerifyAuditResponse, EventsError>> + Send + use<> {
        let partitions: Vec<u8> = match request.partition {
            Some(one) => u8::try_from(one).into_iter().collect(),
            None => (0..PARTITIONS).collect(),
        };
        let sums = Sums::default();
        let check = Check { api: self.clone(), partitions, at: Verification::default(), sums };
        futures::stream::try_unfold(Some(check), |state| async move {
            let Some(mut check) = state else { return Ok(None) };
            let (items, last) = check.step().await?;
            let answers =
                items.into_iter().map(|item| Ok(VerifyAuditResponse { item: Some(item) }));
            let answers = futures::stream::iter(answers.collect::<Vec<_>>());
            Ok::<_, EventsError>(Some((answers, (!last).then_some(check))))
        })
        .try_flatten()
    }
}

#[derive(Default)]
struct Sums {
    checked: u64,
    findings: i64,
    signed_heads: u64,
}

struct Check {
    api: EventsApi,
    /// Those that are still to be checked; the first is at work.
    partitions: Vec<u8>,
    at: Verification,
    sums: Sums,
}

impl Check {
    /// The next thousand positions; true with the summary.
    async fn step(&mut self) -> Result<(Vec<Item>, bool), EventsError> {
        let Some(partition) = self.partitions.first().copied() else {
            return Ok((vec![self.summary().await?], true));
        };
        let mut findings = Vec::new();
        let (store, signer) = (&self.api.store, self.api.signer.as_ref());
        let more = verify_step(store, signer, partition, &mut self.at, &mut findings).await?;
        self.sums.findings += i64::try_from(findings.len()).unwrap_or(i64::MAX);
        let mut items: Vec<Item> = findings.into_iter().map(shown).map(Item::Finding).collect();
        let position = self.at.position;
        items.push(Item::Progress(AuditProgress { partition: i32::from(partition), position }));
        if !more {
            let done = std::mem::take(&mut self.at);
            self.sums.checked += done.checked;
            self.sums.signed_heads += done.signed_heads;
            self.partitions.remove(0);
        }
        Ok((items, false))
    }

    async fn summary(&self) -> Result<Item, EventsError> {
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        Ok(Item::Summary(AuditSummary {
            checked: count(self.sums.checked),
            findings: self.sums.findings,
            unchained: count(unchained(&self.api.store).await?),
            signed_heads: count(self.sums.signed_heads),
        }))
    }
}

fn shown(finding: Finding) -> AuditFinding {
    let (kind, detail) = match finding.flaw {
        Flaw::Altered => (AuditFindingKind::Altered, "the event's row is not as it was recorded"),
        Flaw::Missing => (AuditFindingKind::Missing, "the position has no event"),
        Flaw::Reordered => {
            (AuditFindingKind::Reordered, "the chained hash does not follow from the one before")
        }
        Flaw::BadSignature => {
            (AuditFindingKind::BadSignature, "the signed head does not match the chain")
        }
    };
    AuditFinding {
        kind: kind.into(),
        partition: i32::from(finding.partition),
        position: finding.position,
        event_id: finding.event_id.map(|uuid| id::encode("event", uuid)),
        aggregate_id: finding.aggregate.map(|(kind, uuid)| id::encode(&kind, uuid)),
        detail: detail.to_owned(),
    }
}
