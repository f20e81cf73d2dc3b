//! ListClaimTypes: the types of claims with what each asks for, as data declares them.

use kefu_api_claims::v1::{ChecklistDefinition, ClaimTypeDefinition, ListClaimTypesResponse};

use crate::domain::types::{Asked, TypeRules};
use crate::service::Claims;

pub fn run(claims: &Claims) -> ListClaimTypesResponse {
    ListClaimTypesResponse { types: claims.rules.types().iter().map(shown).collect() }
}

fn shown(rules: &TypeRules) -> ClaimTypeDefinition {
    let item = |asked: &Asked| ChecklistDefinition {
        code: asked.code.clone(),
        names: asked.names.clone(),
        required: asked.required,
        evidence_kinds: asked.evidence_kinds.clone(),
    };
    ClaimTypeDefinition {
        r#type: rules.kind.to_wire(),
        names: rules.names.clone(),
        checklist: rules.checklist.iter().map(item).collect(),
        appeals_allowed: rules.appeals_allowed,
        appeal_days: i32::try_from(rules.appeal_days).unwrap_or(i32::MAX),
    }
}
