//! Folding the gateway's events: each carries all facts of its thing, so the last one is kept.

use std::collections::BTreeMap;

use kefu_api_events::v1::{
    AnyBranchEvent, AnyCalendarEvent, AnyDepartmentEvent, AnyPersonEvent, AnyRoleEvent,
};
use kefu_kernel::Recorded;
use kefu_kernel::id::Uuid;
use kefu_outbox::{FoldError, Projection};
use kefu_store::{StoreError, WriteTx};
use prost::Message;

use super::table;

/// The projection's name.
pub(crate) const NAME: &str = "directory";
/// The service whose events it folds.
pub(crate) const SOURCE: &str = "gateway";

/// The projection of the directory.
pub(crate) struct DirectoryFold;

#[async_trait::async_trait]
impl Projection for DirectoryFold {
    fn name(&self) -> &'static str {
        NAME
    }

    fn source(&self) -> &'static str {
        SOURCE
    }

    async fn fold(&self, tx: &WriteTx, _: i32, events: &[Recorded]) -> Result<(), FoldError> {
        let mut last: BTreeMap<(String, Uuid, i32), table::Model> = BTreeMap::new();
        for event in events {
            if let Some(row) = row(event)? {
                last.insert((row.kind.clone(), row.id, row.revision), row);
            }
        }
        let rows: Vec<table::Model> = last.into_values().collect();
        Ok(tx.put(&rows).await?)
    }

    /// Folding anew replaces the rows one by one; there is one set of them.
    async fn drop_rows(&self, _: &WriteTx, _: i32) -> Result<bool, StoreError> {
        Ok(false)
    }
}

fn row(event: &Recorded) -> Result<Option<table::Model>, FoldError> {
    let payload = event.payload.as_slice();
    let mut revision = 0;
    let facts = match event.aggregate_type.as_str() {
        table::BRANCH => bytes(read::<AnyBranchEvent>(payload)?.facts),
        table::DEPARTMENT => bytes(read::<AnyDepartmentEvent>(payload)?.facts),
        table::PERSON => bytes(read::<AnyPersonEvent>(payload)?.facts),
        table::ROLE => bytes(read::<AnyRoleEvent>(payload)?.facts),
        table::CALENDAR => {
            let facts = read::<AnyCalendarEvent>(payload)?.facts;
            revision = facts.as_ref().map_or(0, |facts| facts.revision);
            bytes(facts)
        }
        _ => return Ok(None),
    };
    let kind = event.aggregate_type.clone();
    Ok(Some(table::Model { kind, id: event.aggregate_id, revision, facts }))
}

fn read<M: Message + Default>(payload: &[u8]) -> Result<M, FoldError> {
    M::decode(payload)
        .map_err(|error| FoldError::Poison(format!("the payload does not decode: {error}")))
}

fn bytes<M: Message + Default>(facts: Option<M>) -> Vec<u8> {
    facts.unwrap_or_default().encode_to_vec()
}
