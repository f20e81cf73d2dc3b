//! Claims in full as a caller sees them: links both ways and reused evidence, only to claims in their sight.

use std::collections::{BTreeMap, BTreeSet};

use kefu_api_claims::v1::{self, ClaimLink};
use kefu_api_common::wire;
use kefu_kernel::id::{Uuid, encode as encoded};
use kefu_kernel::{Id, Scope, Timestamp};
use kefu_store::runner::ids_in;
use sea_orm::{EntityTrait, QueryFilter, QueryOrder};

use super::{encode, reused};
use crate::Result;
use crate::claim::domain::Claim;
use crate::claim::domain::evidence::{MAX_REUSED, Reused};
use crate::claim::store::{aggregate, claim, link};
use crate::domain::words::LinkKind;
use crate::service::Claims;

/// The claims of these rows in full: a fixed number of statements, whatever their number.
pub async fn full(
    claims: &Claims,
    scope: &Scope,
    rows: Vec<claim::Model>,
) -> Result<Vec<v1::Claim>> {
    let found = aggregate::with_parts(claims.store.reader(), rows).await?;
    let mut links = links(claims, scope, &found).await?;
    let hashes = found.iter().flat_map(|claim| &claim.evidence);
    let reused = reused::of(claims, scope, hashes.map(|evidence| evidence.sha256.as_str())).await?;
    let mut shown = Vec::new();
    for claim in &found {
        let checklist = &claims.rules.of_type(claim.kind)?.checklist;
        let mut full = encode::full(claim, checklist);
        full.links = links.remove(&claim.head.id).unwrap_or_default();
        tell_reused(&mut full, &reused);
        shown.push(full);
    }
    Ok(shown)
}

/// The links of claims, made on them or on others, by claim.
async fn links(
    claims: &Claims,
    scope: &Scope,
    found: &[Claim],
) -> Result<BTreeMap<Uuid, Vec<ClaimLink>>> {
    let mut links: BTreeMap<Uuid, Vec<(Uuid, ClaimLink)>> = BTreeMap::new();
    for claim in found {
        let own = claim.links.iter().map(|link| (link.other.uuid(), encode::link(link)));
        links.entry(claim.head.id).or_default().extend(own);
    }
    if links.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<Uuid> = links.keys().copied().collect();
    let back = link::Entity::find()
        .filter(ids_in(link::Column::OtherId, &ids))
        .order_by_asc(link::Column::CreatedAt)
        .order_by_asc(link::Column::ClaimId);
    for row in back.all(claims.store.reader()).await? {
        let Some(kind) = LinkKind::from_name(&row.kind) else { continue };
        let created_at = Timestamp::from_millis(row.created_at);
        let shown = ClaimLink {
            kind: kind.to_wire(),
            other_claim_id: encoded("claim", row.claim_id),
            from_other: true,
            suggested: row.suggested,
            created_at: Some(wire::timestamp(created_at)),
        };
        links.entry(row.other_id).or_default().push((row.claim_id, shown));
    }
    let others: BTreeSet<Uuid> = links.values().flatten().map(|(other, _)| *other).collect();
    let seen: BTreeSet<Uuid> = claims.in_sight(scope, others).await?.into_iter().collect();
    let visible = |links: Vec<(Uuid, ClaimLink)>| {
        links.into_iter().filter(|(other, _)| seen.contains(other)).map(|(_, link)| link).collect()
    };
    Ok(links.into_iter().map(|(claim, links)| (claim, visible(links))).collect())
}

fn tell_reused(claim: &mut v1::Claim, reused: &Reused) {
    for evidence in &mut claim.evidence {
        let others = reused.get(&evidence.sha256).into_iter().flatten().map(ToString::to_string);
        let others = others.filter(|other| *other != claim.id);
        evidence.also_on_claim_ids = others.take(MAX_REUSED).collect();
    }
}
