//! What operators have decided about dead letters; gone once it is carried out.

use sea_orm::entity::prelude::*;

/// The letter is to be folded again, with what waits behind it.
pub const REPLAY: i16 = 1;
/// The letter is given up; what waits behind it is to be folded.
pub const DISCARD: i16 = 2;

/// One decision. A row of its own: the letter's is its consumer's to write.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "dead_letter_decision")]
pub struct Model {
    /// UUIDv7: decisions are carried out in order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The dead letter; it may have gone meanwhile.
    pub letter: Uuid,
    /// [`REPLAY`] or [`DISCARD`].
    pub action: i16,
    /// Who decided.
    pub decided_by: String,
    /// When, record clock.
    pub decided_at: i64,
    /// Why; no personal data.
    pub reason: String,
}

impl ActiveModelBehavior for ActiveModel {}
