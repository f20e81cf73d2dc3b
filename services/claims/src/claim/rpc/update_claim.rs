//! UpdateClaim: changes fields; conflicts only where one of them changed since the caller's etag.

use kefu_api_claims::v1::{Claim, ClaimPatch, UpdateClaimRequest};
use kefu_api_common::{Paths, Update, wire};
use kefu_kernel::{Call, id};

use super::decode;
use crate::Result;
use crate::claim::domain::update::Patch;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: UpdateClaimRequest) -> Result<Claim> {
    let paths = request.paths();
    let seen = Seen::of(&request.claim_id, &request.etag)?.for_fields(paths.iter());
    let patch = patch(&paths, request.claim.unwrap_or_default())?;
    let scope = &call.principal.scope;
    claims.directory.know_branch(scope, "claim.branch_id", patch.branch.flatten()).await?;
    let department = patch.department.flatten();
    claims.directory.know_department("claim.department_id", department).await?;
    claims.directory.know_person("claim.contact_id", patch.contact).await?;
    claims.change(call, seen, move |claim, context| claim.update(context, patch.clone())).await
}

fn patch(paths: &Paths, given: ClaimPatch) -> Result<Patch> {
    /// Within a field of the mask: what was given, or that it is cleared.
    fn named<T>(paths: &Paths, field: &str, value: T) -> Option<T> {
        paths.has(field).then_some(value)
    }
    let lines = given.lines.into_iter().map(decode::line).collect::<Result<Vec<_>>>()?;
    let occurred_at = given.occurred_at.as_ref().map(wire::instant);
    let discovered_at = given.discovered_at.as_ref().map(wire::instant);
    let contact = id::read_optional("claim.contact_id", given.contact_id.as_deref())?;
    let customer = id::read_optional("claim.customer_id", given.customer_id.as_deref())?;
    let order = id::read_optional("claim.order_id", given.order_id.as_deref())?;
    let shipment = id::read_optional("claim.shipment_id", given.shipment_id.as_deref())?;
    let branch = id::read_optional("claim.branch_id", given.branch_id.as_deref())?;
    let department = id::read_optional("claim.department_id", given.department_id.as_deref())?;
    Ok(Patch {
        customer: named(paths, "customer_id", customer),
        order: named(paths, "order_id", order),
        shipment: named(paths, "shipment_id", shipment),
        carrier: named(paths, "carrier", given.carrier),
        waybill: named(paths, "waybill", given.waybill),
        origin_code: named(paths, "origin_code", given.origin_code),
        destination_code: named(paths, "destination_code", given.destination_code),
        branch: named(paths, "branch_id", branch),
        department: named(paths, "department_id", department),
        contact: named(paths, "contact_id", contact).flatten(),
        claimant: named(paths, "claimant", given.claimant.map(decode::claimant)),
        description: named(paths, "description", given.description),
        language: named(paths, "language", given.language),
        occurred_at: named(paths, "occurred_at", occurred_at),
        discovered_at: named(paths, "discovered_at", discovered_at),
        cause: named(paths, "cause", given.cause),
        lines: named(paths, "lines", lines),
    })
}
