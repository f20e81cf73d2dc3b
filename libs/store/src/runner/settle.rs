//! Finding out what became of a commit whose answer was lost.
//!
//! A look alone could come too early: the server may still be committing what the lost connection had
//! asked for. Inserting the same idempotency keys waits until every transaction that inserted them has
//! ended; that is rolled back, and what is read then is so for good.

use std::collections::{BTreeSet, HashMap};

use super::batch::Answered;
use super::command::Job;
use super::load::answered;
use super::needs::RequestKey;
use crate::tables::idempotency;
use crate::{Store, StoreError, WriteTx};

/// What the commands of `jobs` under idempotency keys were answered; one that is not told was not
/// carried out and never will be by that commit.
pub(crate) async fn settle(
    store: &Store,
    jobs: &[Job],
) -> Result<HashMap<RequestKey, Answered>, StoreError> {
    let keys: BTreeSet<&RequestKey> = jobs.iter().filter_map(|job| job.request.as_ref()).collect();
    let mut rows: Vec<_> = keys.iter().copied().map(key_alone).collect();
    // The order in which batches insert them.
    rows.sort_by(|one, other| one.request_id.cmp(&other.request_id));
    let ended = store
        .write(async |tx: &WriteTx| match tx.insert_new(&rows).await {
            Ok(_) => Err::<(), _>(Ended::Settled),
            Err(error) => Err(Ended::Failed(error)),
        })
        .await;
    match ended {
        Ok(()) | Err(Ended::Settled) => answered(store.reader(), keys).await,
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

fn key_alone((principal, rpc, request_id): &RequestKey) -> idempotency::Model {
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
