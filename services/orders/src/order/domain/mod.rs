//! An order and its rules.
//!
//! It goes from draft to handed over by its verbs; after that its shipments move it, forth and, where a scan
//! is taken back, back. What may be changed or called off when, and what has to be there first, is the data of
//! its type.
//!
//! - `create.rs`, `update.rs`, `check.rs`, `confirm.rs`, `hand_over.rs`, `cancel.rs`, `payment.rs`: its verbs.
//! - `erase.rs`: the end of what is personal in it.
//! - `import.rs`: one that comes from elsewhere.
//! - `progress.rs`: what its shipments make of it.
//! - `content.rs`, `duplicate.rs`, `credit.rs`: what it is of, what it may be the same as, what it owes.
//! - `types.rs`, `words.rs`: data and words.

mod cancel;
mod change;
mod check;
mod confirm;
mod content;
mod create;
mod credit;
mod duplicate;
mod erase;
mod facts;
mod hand_over;
mod import;
mod payment;
mod progress;
mod types;
mod update;
pub mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use kefu_kernel::field::Fields;
use kefu_kernel::{Head, Money, NewEvent, Timestamp};

use self::words::{CheckKind, OrderState, PartyRole, PaymentKind, PaymentMethod, PaymentTerms};
use crate::domain::Error;
use crate::domain::ids::{
    BranchId, CallId, CustomerId, DepartmentId, OrderId, OrderPaymentId, PersonId, ShipmentId,
    TicketId,
};
use crate::domain::words::{Channel, ShipmentStatus};

pub use self::cancel::Cancel;
pub use self::check::Check;
pub use self::confirm::Confirm;
pub use self::content::{Address, GoodsLine, Party, PickupWindow};
pub use self::create::New;
pub use self::credit::{Credit, CreditAnswer, CreditQuestion};
pub use self::import::Imported;
pub use self::payment::NewPayment;
pub use self::types::{OrderType, OrderTypes, Rule};
pub use self::update::{Patch, PatchFields};

/// What a verb comes to: the order as it becomes, and the events that tell of it, in order. No events: nothing
/// changed.
pub type Decision = Result<(Order, Vec<NewEvent>), Error>;

/// What a customer wants carried or done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Identity, version, branch; `created_at` is when the customer gave it.
    pub head: Head,
    /// The number that people read out; issued once.
    pub number: i64,
    /// The code of its type.
    pub kind: String,
    /// How it stands.
    pub state: OrderState,
    /// By which way it came.
    pub channel: Channel,
    /// From where it came. A code, empty where unknown.
    pub source: String,
    /// Its id in that source.
    pub external_id: Option<String>,
    /// Whose it is.
    pub customer: Option<CustomerId>,
    /// The ticket that asked for it.
    pub ticket: Option<TicketId>,
    /// The call that it was taken in.
    pub call: Option<CallId>,
    /// The distribution centre that has it.
    pub department: Option<DepartmentId>,
    /// The salesperson that has it.
    pub salesperson: Option<PersonId>,
    /// How it is to be paid.
    pub terms: Option<PaymentTerms>,
    /// What it costs the customer.
    pub price: Option<Money>,
    /// What the goods are worth, as declared.
    pub declared_value: Option<Money>,
    /// What is to be collected from the receiver for the customer.
    pub cod: Option<Money>,
    /// When it is to be picked up.
    pub pickup_window: Option<PickupWindow>,
    /// BCP 47 tag of the customer's language; empty where unknown.
    pub language: String,
    /// Who sends, receives, pays and is to be told; each role once.
    pub parties: Vec<Party>,
    /// What is carried, in order.
    pub goods: Vec<GoodsLine>,
    /// What whoever carries it has to mind. Personal data.
    pub instructions: String,
    /// The fields of its type. Texts among them are personal data.
    pub fields: Fields,
    /// The checks that hold.
    pub checks: BTreeMap<CheckKind, Check>,
    /// What customers answered to whether it may be ordered so.
    pub credit: Option<Credit>,
    /// What was paid, oldest first, reversed ones too.
    pub payments: Vec<Payment>,
    /// Orders that may be the same one.
    pub possible_duplicates: Vec<OrderId>,
    /// Keyed hashes of its [`Order::fingerprints_of`], in order, by which orders like it are found.
    pub fingerprints: Vec<Vec<u8>>,
    /// Its shipments, cancelled ones too.
    pub shipments: BTreeMap<ShipmentId, ShipmentOf>,
    /// Imported as history.
    pub historic: bool,
    /// Who took it: a principal's id.
    pub created_by: String,
    /// When it was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// When it was handed over.
    pub handed_over_at: Option<Timestamp>,
    /// When its first shipment was picked up.
    pub picked_up_at: Option<Timestamp>,
    /// When it was fulfilled, failed or was cancelled.
    pub ended_at: Option<Timestamp>,
    /// The code of why it was cancelled; empty while it is not.
    pub cancel_reason: String,
    /// What was said to that. Personal data.
    pub cancel_note: String,
}

/// Money that was paid for an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Its id.
    pub id: OrderPaymentId,
    /// What it is.
    pub kind: PaymentKind,
    /// By what means.
    pub method: PaymentMethod,
    /// How much; above zero.
    pub amount: Money,
    /// When it was paid.
    pub paid_at: Timestamp,
    /// From where it is known. A code.
    pub source: String,
    /// Its id there.
    pub external_id: Option<String>,
    /// What stands on the slip. Personal data.
    pub reference: String,
    /// Who recorded it: a principal's id.
    pub recorded_by: String,
    /// When and why it was taken back.
    pub reversed: Option<(Timestamp, String)>,
}

/// What an order knows of one of its shipments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShipmentOf {
    /// Where it is.
    pub status: ShipmentStatus,
    /// When the carrier took it.
    pub picked_up_at: Option<Timestamp>,
    /// When its journey was over.
    pub ended_at: Option<Timestamp>,
}

impl Order {
    /// Its id.
    pub fn id(&self) -> OrderId {
        OrderId::from(self.head.id)
    }

    /// The branch it belongs to.
    pub fn branch(&self) -> Option<BranchId> {
        self.head.branch.map(BranchId::from)
    }

    /// Who has this role, where somebody has.
    pub fn party(&self, role: PartyRole) -> Option<&Party> {
        self.parties.iter().find(|party| party.role == role)
    }

    /// Refuses to be followed once it has ended, or by a shipment that is not its.
    ///
    /// # Errors
    ///
    /// [`Error::OrderStateRefuses`], UNKNOWN_REFERENCE.
    pub fn check_may_be_followed(&self, shipment: Option<ShipmentId>) -> Result<(), Error> {
        if self.ended_at.is_some() {
            return Err(self.refuses());
        }
        match shipment.filter(|shipment| !self.shipments.contains_key(shipment)) {
            Some(stranger) => Err(Error::unknown("shipment_id", &stranger.to_string())),
            None => Ok(()),
        }
    }

    /// How many pieces, over all lines.
    pub fn pieces(&self) -> i32 {
        self.goods.iter().fold(0, |sum, line| sum.saturating_add(line.pieces))
    }

    /// How heavy all of it is, in grams.
    pub fn weight_grams(&self) -> i64 {
        self.goods.iter().fold(0, |sum, line| sum.saturating_add(line.weight_grams))
    }

    /// What was paid of it, and not taken back; none where nothing was.
    pub fn paid(&self) -> Option<Money> {
        let mut standing = self.payments.iter().filter(|payment| payment.reversed.is_none());
        let first = standing.next()?.amount;
        // Payments are of one currency, and together at most the price: this cannot overflow.
        Some(standing.fold(first, |sum, next| sum.checked_add(next.amount).unwrap_or(sum)))
    }

    /// What is still to be paid of its price; none while it has no price.
    pub fn open(&self) -> Option<Money> {
        let price = self.price?;
        let paid = self.paid().map_or(0, |paid| paid.minor());
        Some(Money::new(price.minor().saturating_sub(paid), price.currency()))
    }
}
