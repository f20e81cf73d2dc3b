//! CheckLedger: checks a claim's ledger against everything that it promises, from its entries alone.

use std::sync::Arc;

use kefu_api_claims::v1::{CheckLedgerRequest, CheckLedgerResponse, LedgerRule};
use kefu_kernel::id;
use kefu_rpc::CallContext;
use kefu_store::runner::Aggregate;

use crate::Result;
use crate::claim::domain::Claim;
use crate::claim::rpc::get_claim;
use crate::decision::domain::shipment::Shipment;
use crate::domain::ids::ClaimId;
use crate::service::{Claims, Seen};

pub async fn run(
    claims: &Claims,
    call: Arc<CallContext>,
    request: CheckLedgerRequest,
) -> Result<CheckLedgerResponse> {
    let id: ClaimId = id::read("claim_id", &request.claim_id)?;
    let claim = get_claim::whole(claims, &call, id).await?;
    let seen = Seen::any(id).with_shipment(claims).await?;
    let others = Claim::load(claims.store.reader(), seen.others()).await?;
    let others = others.iter().map(|other| (other.id(), other.portion()));
    let rules = claim.check_ledger(&Shipment { others: others.collect() });
    let rule = |rule: crate::ledger::domain::check::Rule| LedgerRule {
        code: rule.code.to_owned(),
        holds: rule.detail.is_empty(),
        detail: rule.detail,
    };
    let rules: Vec<LedgerRule> = rules.into_iter().map(rule).collect();
    let sound = rules.iter().all(|rule| rule.holds);
    Ok(CheckLedgerResponse { rules, sound })
}
