//! WaiveChecklistItem: does not ask for an item of the checklist.

use kefu_api_claims::v1::{Claim, WaiveChecklistItemRequest};
use kefu_kernel::Call;

use crate::Result;
use crate::service::{Claims, Seen};

pub async fn run(claims: &Claims, call: Call, request: WaiveChecklistItemRequest) -> Result<Claim> {
    let seen = Seen::of(&request.claim_id, &request.etag)?;
    let (item, reason) = (request.item, request.reason);
    claims.change(call, seen, move |claim, context| claim.waive_item(context, &item, &reason)).await
}
