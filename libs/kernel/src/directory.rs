//! Ids of what the directory owns and every service points to.

use crate::id_type;

id_type!(
    /// A member of the staff.
    PersonId,
    "person"
);
id_type!(
    /// A department.
    DepartmentId,
    "department"
);
id_type!(
    /// A branch.
    BranchId,
    "branch"
);
