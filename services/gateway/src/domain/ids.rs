//! Ids of the things that the directory owns.

use kefu_kernel::id_type;

id_type!(
    /// A branch.
    BranchId,
    "branch"
);
id_type!(
    /// A department.
    DepartmentId,
    "department"
);
id_type!(
    /// A member of the staff.
    PersonId,
    "person"
);
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
