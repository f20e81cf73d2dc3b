//! Signed heads of the audit chain, one per partition and minute in which something happened.

use sea_orm::entity::prelude::*;

/// A signature over one partition's chain up to a position.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_head")]
pub struct Model {
    /// The partition, 0–15.
    #[sea_orm(primary_key, auto_increment = false)]
    pub partition: i16,
    /// The position signed.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    /// The chain value at that position.
    pub chain: Vec<u8>,
    /// When it was signed, machine clock.
    pub signed_at: i64,
    /// The signing key's id.
    pub key_id: String,
    /// Ed25519 signature.
    pub signature: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
