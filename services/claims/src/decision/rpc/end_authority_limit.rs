//! EndAuthorityLimit: gives a limit an end.

use kefu_api_claims::v1::{self, EndAuthorityLimitRequest};
use kefu_api_common::wire;
use kefu_kernel::{Call, Id, id};
use kefu_store::{Target, Work};

use super::encode;
use crate::decision::domain::limit::AuthorityLimit;
use crate::domain::error::Error as Refused;
use crate::domain::ids::AuthorityId;
use crate::service::Claims;
use crate::{Error, Result};

pub async fn run(
    claims: &Claims,
    call: Call,
    request: EndAuthorityLimitRequest,
) -> Result<v1::AuthorityLimit> {
    if request.etag.is_empty() {
        return Err(Refused::EtagRequired.into());
    }
    let id: AuthorityId = id::read("authority_id", &request.authority_id)?;
    let target = Target::of(id.uuid()).etag(&request.etag);
    let until = request.valid_until.as_ref().map(wire::instant);
    let decide = move |limit: &AuthorityLimit, work: &mut Work<'_>| {
        Ok::<_, Error>(limit.end(work.now(), until)?)
    };
    Ok(claims.runner.change(call, target, decide, encode::limit).await?.reply)
}
