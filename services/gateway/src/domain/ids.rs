//! Ids of the things that the directory owns.

pub use kefu_kernel::directory::{BranchId, DepartmentId, PersonId};
use kefu_kernel::id_type;

id_type!(
    /// A role.
    RoleId,
    "role"
);
id_type!(
    /// An API key.
    KeyId,
    "key"
);
id_type!(
    /// A trusted issuer of tokens.
    IssuerId,
    "issuer"
);
id_type!(
    /// A working calendar.
    CalendarId,
    "calendar"
);
