//! Ids of the things that orders own or point to.

pub use kefu_kernel::directory::{BranchId, DepartmentId, PersonId};
use kefu_kernel::id_type;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal),+ $(,)?) => {
        $(id_type!($(#[$doc])* $name, $prefix);)+
    };
}

ids! {
    /// An order.
    OrderId = "order",
    /// Money that was paid for an order.
    OrderPaymentId = "orderpayment",
    /// A shipment.
    ShipmentId = "shipment",
    /// One package of a shipment.
    PieceId = "piece",
    /// A carrier.
    CarrierId = "carrier",
    /// A scan.
    ScanId = "scan",
    /// A file of scans.
    ScanFileId = "scanfile",
    /// A version of a code map.
    CodeMapId = "codemap",
    /// A follow-up of an order.
    FollowUpId = "followup",
    /// A trace.
    TraceId = "trace",
    /// A proof of a trace.
    ProofId = "proof",
    /// A customer; customers owns it.
    CustomerId = "customer",
    /// A ticket; tickets owns it.
    TicketId = "ticket",
    /// A call; tickets owns it.
    CallId = "call",
    /// A claim; claims owns it.
    ClaimId = "claim",
}
