//! Ids of the things that tickets own or point to.

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
id_type!(
    /// A member of the staff; the directory owns it.
    PersonId,
    "person"
);
id_type!(
    /// A department; the directory owns it.
    DepartmentId,
    "department"
);
id_type!(
    /// A branch; the directory owns it.
    BranchId,
    "branch"
);
