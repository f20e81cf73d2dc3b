//! Finding out what became of a commit whose answer was lost.
//!
//! A look alone could come too early: the server may still be committing what the lost connection had
//! asked for. Inserting the same idempotency keys waits until every transaction that inserted them has
//! ended; the attempt is then rolled back, and whoever loads next sees what is so for good.

use std::collections::BTreeSet;

use super::command::Job;
use super::needs::RequestKey;
use crate::tables::idempotency;
use crate::{Store, StoreError, WriteTx};

/// Waits until the commands of `jobs` under idempotency keys are committed or are not, for good.
pub(crate) async fn settle(store: &Store, jobs: &[Job]) -> Result<(), StoreError> {
    let keys: BTreeSet<&RequestKey> = jobs.iter().filter_map(|job| job.request.as_ref()).collect();
    let mut rows: Vec<_> = keys.into_iter().map(placeholder).collect();
    // The order in which batches insert them.
    rows.sort_by(|one, other| one.request_id.cmp(&other.request_id));
    let ended = store
        .write(async |tx: &WriteTx| match tx.insert_new(&rows).await {
            Ok(_) => Err::<(), _>(Ended::Settled),
            Err(error) => Err(Ended::Failed(error)),
        })
        .await;
    match ended {
        Ok(()) | Err(Ended::Settled) => Ok(()),
        Err(Ended::Failed(error)) => Err(error),
    }
}

/// Why the transaction is rolled back.
enum Ended {
    Settled,
    Failed(StoreError),
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

fn placeholder((principal, rpc, request_id): &RequestKey) -> idempotency::Model {
    idempotency::Model {
        principal: principal.clone(),
        rpc: rpc.clone(),
        request_id: request_id.clone(),
        fingerprint: Vec::new(),
        reply: Vec::new(),
        aggregates: Vec::new(),
        created_at: 0,
    }
}
