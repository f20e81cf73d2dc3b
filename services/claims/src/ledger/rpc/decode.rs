//! What requests of money say, in the words of the rules.

use kefu_api_claims::v1;
use kefu_kernel::{Id, Scope};
use kefu_store::NotFound;
use sea_orm::{EntityTrait, QueryFilter};

use crate::Result;
use crate::claim::rpc::decode;
use crate::domain::ids::{ClaimId, PaymentId};
use crate::domain::words::PayoutMethod;
use crate::ledger::domain::Conversion;
use crate::ledger::store::payment;
use crate::service::Claims;

/// How an amount was converted, where it was.
pub fn conversion(given: Option<v1::Conversion>) -> Result<Option<Conversion>> {
    let Some(given) = given else { return Ok(None) };
    let v1::Conversion { from, rate, rate_date, source } = given;
    Ok(Some(Conversion { from: decode::amount(from)?, rate, rate_date, source }))
}

/// How a payee is paid.
pub fn method(method: v1::PayoutMethod) -> PayoutMethod {
    match method {
        v1::PayoutMethod::BankTransfer | v1::PayoutMethod::Unspecified => {
            PayoutMethod::BankTransfer
        }
        v1::PayoutMethod::Wallet => PayoutMethod::Wallet,
        v1::PayoutMethod::CreditNote => PayoutMethod::CreditNote,
        v1::PayoutMethod::Cash => PayoutMethod::Cash,
    }
}

/// A payment's row, where the caller may see it.
pub async fn payment(claims: &Claims, scope: &Scope, id: PaymentId) -> Result<payment::Model> {
    let row = payment::Entity::find_by_id(id.uuid())
        .filter(kefu_store::in_sight(scope, payment::Column::BranchId))
        .one(claims.store.reader())
        .await?;
    Ok(row.ok_or(NotFound { kind: PaymentId::PREFIX, id: id.uuid() })?)
}

/// The claim that a payment is of: it never changes.
pub async fn claim_of(claims: &Claims, scope: &Scope, id: PaymentId) -> Result<ClaimId> {
    Ok(ClaimId::from(payment(claims, scope, id).await?.claim_id))
}
