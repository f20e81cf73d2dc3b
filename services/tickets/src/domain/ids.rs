//! Ids of the things that tickets own or point to.

pub use kefu_kernel::directory::{BranchId, DepartmentId, PersonId};
use kefu_kernel::id_type;

id_type!(
    /// A ticket.
    TicketId,
    "ticket"
);
id_type!(
    /// A contribution to a ticket's conversation.
    MessageId,
    "message"
);
id_type!(
    /// A telephone call.
    CallId,
    "call"
);
