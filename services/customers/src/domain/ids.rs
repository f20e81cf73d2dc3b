//! Ids of the things that customers own or point to.

use kefu_kernel::id::Uuid;
use kefu_kernel::{Id, id_type};

pub use kefu_kernel::directory::{BranchId, DepartmentId, PersonId};

id_type!(
    /// A customer.
    CustomerId,
    "customer"
);
id_type!(
    /// A phone, e-mail address, handle or number of a customer.
    ContactPointId,
    "contact"
);
id_type!(
    /// A postal address of a customer.
    AddressId,
    "address"
);
id_type!(
    /// A customer's credit record: a thing of its own in the log, found by the customer's id.
    CreditId,
    "credit"
);
id_type!(
    /// An order; of orders.
    OrderId,
    "order"
);
id_type!(
    /// A return contact that is owed.
    RevisitId,
    "revisit"
);

/// What tells the id of a customer's credit from the customer's own: it changes the random part only.
const OF_CREDIT: u128 = 0x0c2e_d170_0c2e_d170;

impl CreditId {
    /// The id of a customer's credit: each customer has one.
    pub fn of(customer: CustomerId) -> Self {
        Self::from(Uuid::from_u128(customer.uuid().as_u128() ^ OF_CREDIT))
    }
}
