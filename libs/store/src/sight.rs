//! Which rows a caller may see: the one predicate over a table's column of branches, in every list and
//! every count. Loaded aggregates are held against [`Scope::admits`], which says the same.

use kefu_kernel::Scope;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

/// The rows within a caller's sight, where an unset `branch` stands for none: those of its branches, and,
/// for who has a branch at all, those of none.
pub fn in_sight(scope: &Scope, branch: impl ColumnTrait) -> Condition {
    match scope {
        Scope::All => Condition::all(),
        Scope::Branches(own) if own.is_empty() => nothing(branch),
        Scope::Branches(own) => {
            Condition::any().add(branch.is_in(own.iter().copied())).add(branch.is_null())
        }
    }
}

/// The same of a roll-up, where the nil id stands for none.
pub fn counts_in_sight(scope: &Scope, branch: impl ColumnTrait) -> Condition {
    match scope {
        Scope::All => Condition::all(),
        Scope::Branches(own) if own.is_empty() => nothing(branch),
        Scope::Branches(own) => {
            Condition::all().add(branch.is_in(own.iter().copied().chain([Uuid::nil()])))
        }
    }
}

fn nothing(branch: impl ColumnTrait) -> Condition {
    Condition::all().add(branch.is_in(std::iter::empty::<Uuid>()))
}
