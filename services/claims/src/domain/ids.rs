//! Ids of what claims own, and of what they point to in other services.

use kefu_kernel::id_type;

pub use kefu_kernel::directory::{BranchId, DepartmentId, PersonId};

id_type!(
    /// A claim.
    ClaimId,
    "claim"
);
id_type!(
    /// A part of a claim with a cover and accounts of its own.
    ExposureId,
    "exposure"
);
id_type!(
    /// A file that proves something.
    EvidenceId,
    "evidence"
);
id_type!(
    /// An offer of either side.
    OfferId,
    "offer"
);
id_type!(
    /// A decision.
    DecisionId,
    "decision"
);
id_type!(
    /// A limit of authority.
    AuthorityId,
    "authority"
);
id_type!(
    /// A delegation of authority.
    DelegationId,
    "delegation"
);
id_type!(
    /// An account of the ledger.
    AccountId,
    "account"
);
id_type!(
    /// A posting of the ledger.
    PostingId,
    "posting"
);
id_type!(
    /// Somebody whom a claim may pay.
    PayeeId,
    "payee"
);
id_type!(
    /// A payment of a claim.
    PaymentId,
    "claimpayment"
);
id_type!(
    /// What is asked back of somebody.
    RecoveryId,
    "recovery"
);
id_type!(
    /// A customer.
    CustomerId,
    "customer"
);
id_type!(
    /// An order.
    OrderId,
    "order"
);
id_type!(
    /// A shipment.
    ShipmentId,
    "shipment"
);
id_type!(
    /// A piece of a shipment.
    PieceId,
    "piece"
);
id_type!(
    /// A ticket.
    TicketId,
    "ticket"
);
id_type!(
    /// A trace.
    TraceId,
    "trace"
);
