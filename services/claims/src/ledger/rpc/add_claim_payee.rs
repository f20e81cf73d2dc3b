//! AddClaimPayee: names somebody whom the claim may pay. The account is sealed for its row and never read back whole.

use kefu_api_claims::v1::{AddClaimPayeeRequest, Claim};
use kefu_kernel::id::Uuid;
use kefu_kernel::{Call, Id};
use kefu_store::Work;
use kefu_store::seal::Place;

use super::decode;
use crate::Result;
use crate::claim::domain;
use crate::domain::context::Context;
use crate::domain::ids::PayeeId;
use crate::ledger::domain::payee::NewPayee;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: AddClaimPayeeRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let new = NewPayee {
        // Issued when it is decided, and the account sealed for it.
        id: PayeeId::from(Uuid::nil()),
        sealed_account: Vec::new(),
        method: decode::method(request.method()),
        name: request.name,
        account: request.account,
        bank_code: request.bank_code,
    };
    let keys = claims.keys.clone();
    let rule = move |claim: &domain::Claim, context: &Context<'_>, work: &Work<'_>| {
        let id = PayeeId::from(work.new_id());
        let place = Place { table: "payee", column: "sealed_account", row: id.uuid() };
        let sealed_account = match new.account.as_str() {
            "" => Vec::new(),
            account => keys.seal_secret(&place, account.as_bytes()),
        };
        Ok(claim.add_payee(context, NewPayee { id, sealed_account, ..new.clone() })?)
    };
    claims.change_with(call, seen, rule).await
}
