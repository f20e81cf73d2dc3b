//! Unique outside names of aggregates: a source system's id, a PBX call id, a message id.

use sea_orm::entity::prelude::*;

/// One name of one aggregate, claimed in the transaction that created it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "natural_key")]
pub struct Model {
    /// What sort of name, such as `source:311` or `pbx-call`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// The name. Never personal data in the clear.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// The aggregate named.
    pub aggregate_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}
