//! Files that other claims have as well: found by their hashes, by one statement.

use std::collections::BTreeSet;

use kefu_kernel::Scope;
use kefu_kernel::id::Uuid;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::Result;
use crate::claim::domain::evidence::{MAX_REUSED, NewEvidence, Reused};
use crate::claim::store::evidence;
use crate::domain::ids::ClaimId;
use crate::service::Claims;

/// The other claims in the caller's sight that have evidence of the same bytes, by hash.
pub async fn found(claims: &Claims, scope: &Scope, new: &[NewEvidence]) -> Result<Reused> {
    of(claims, scope, new.iter().map(|new| new.sha256.as_str())).await
}

/// The same, of hashes.
pub async fn of<'h>(
    claims: &Claims,
    scope: &Scope,
    hashes: impl IntoIterator<Item = &'h str>,
) -> Result<Reused> {
    let hashes: BTreeSet<&str> = hashes.into_iter().collect();
    if hashes.is_empty() {
        return Ok(Reused::new());
    }
    // Of each file a few are told; more than the limit allows for all of them are never read.
    let at_most = u64::try_from(hashes.len() * (MAX_REUSED + 1)).unwrap_or(u64::MAX);
    let rows: Vec<(String, Uuid)> = evidence::Entity::find()
        .select_only()
        .column(evidence::Column::Sha256)
        .column(evidence::Column::ClaimId)
        .filter(evidence::Column::Sha256.is_in(hashes))
        .order_by_asc(evidence::Column::Sha256)
        .order_by_asc(evidence::Column::ClaimId)
        .limit(at_most)
        .into_tuple()
        .all(claims.store.reader())
        .await?;
    let seen = claims.in_sight(scope, rows.iter().map(|(_, claim)| *claim)).await?;
    let mut reused = Reused::new();
    for (sha256, claim) in rows.into_iter().filter(|(_, claim)| seen.contains(claim)) {
        reused.entry(sha256).or_default().push(ClaimId::from(claim));
    }
    Ok(reused)
}
