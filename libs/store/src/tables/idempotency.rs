//! What was answered under which idempotency key; kept 72 hours by the machine clock.

use sea_orm::entity::prelude::*;

/// The stored answer of one mutating call.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    /// The caller: a principal's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub principal: String,
    /// The RPC called.
    #[sea_orm(primary_key, auto_increment = false)]
    pub rpc: String,
    /// The caller's key, unique per principal and RPC.
    #[sea_orm(primary_key, auto_increment = false)]
    pub request_id: String,
    /// Hash of the request; another body under the same key is refused.
    pub fingerprint: Vec<u8>,
    /// The reply's protobuf bytes. Personal where the reply is: an erase reaches it by `aggregates`.
    pub reply: Vec<u8>,
    /// The 16-byte ids of the aggregates that the call loaded or changed, one after another.
    pub aggregates: Vec<u8>,
    /// When it was answered, machine clock.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
