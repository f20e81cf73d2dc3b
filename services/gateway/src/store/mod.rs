//! The directory's tables: a file per aggregate with its entities, how it is loaded and which rows it
//! is. Entities stay in here; others see domain values.

pub mod administrators;
pub mod branch;
pub mod calendar;
pub mod department;
pub mod issuer;
pub mod key;
pub mod list;
pub mod person;
pub mod role;
mod text;

use kefu_kernel::id::Uuid;
use kefu_kernel::{Head, Scope, Timestamp};
use kefu_store::{Aggregate, NotFound, Reader, StoreError, ids_in};
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::error::Error;

/// Kinds of natural keys.
pub mod keys {
    /// The code of a branch.
    pub const BRANCH: &str = "branch_code";
    /// The code of a department.
    pub const DEPARTMENT: &str = "department_code";
    /// The code of a role. Never released: who holds a code must not come to hold another role.
    pub const ROLE: &str = "role_code";
    /// The code of a calendar.
    pub const CALENDAR: &str = "calendar_code";
    /// The calendar that holds where none is named; its key is always [`DEFAULT`].
    pub const CALENDAR_DEFAULT: &str = "calendar_default";
    /// See [`CALENDAR_DEFAULT`].
    pub const DEFAULT: &str = "default";
    /// The `iss` of a trusted issuer.
    pub const ISSUER: &str = "issuer";
    /// Who a person is to an issuer, as a blind index.
    pub const SUBJECT: &str = "subject";
    /// What the first start made, by its name.
    pub const FIRST_START: &str = "first_start";
}

/// An aggregate that can be read outside of commands.
pub trait Stored: Aggregate<Root: Send + Sync> {
    /// The root's table.
    type Entity: EntityTrait<Model = Self::Root>;

    /// The root's id column.
    fn id_column() -> <Self::Entity as EntityTrait>::Column;

    /// Roots with their parts, in the order of `roots`.
    fn assemble(
        reader: &Reader,
        roots: Vec<Self::Root>,
    ) -> impl Future<Output = Result<Vec<Self>, StoreError>> + Send;
}

/// The aggregates of these ids that exist; what [`Aggregate::load`] does for all of them.
async fn load<A: Stored>(reader: &Reader, ids: &[Uuid]) -> Result<Vec<A>, StoreError> {
    let roots = A::Entity::find().filter(ids_in(A::id_column(), ids)).all(reader).await?;
    A::assemble(reader, roots).await
}

/// One aggregate that the scope admits.
pub async fn get<A: Stored>(
    reader: &Reader,
    scope: &Scope,
    id: impl Into<Uuid>,
) -> Result<A, Error> {
    let id = id.into();
    let found = A::load(reader, &[id]).await?.pop();
    let found = found.filter(|found| scope.admits(found.head().branch));
    found.ok_or(NotFound { kind: A::KIND, id }.into())
}

/// Rows whose branch the scope admits; see [`Scope::admits`].
fn within<C: ColumnTrait>(scope: &Scope, branch: C) -> Condition {
    match scope {
        Scope::All => Condition::all(),
        Scope::Branches(own) if own.is_empty() => nothing(),
        Scope::Branches(own) => {
            let own: Vec<Uuid> = own.iter().copied().collect();
            Condition::any().add(branch.is_null()).add(ids_in(branch, &own))
        }
    }
}

/// Rows that belong to no branch.
fn of_the_company(scope: &Scope) -> Condition {
    if scope.admits(None) { Condition::all() } else { nothing() }
}

fn nothing() -> Condition {
    Condition::all().add(Expr::value(1).eq(0))
}

fn head(id: Uuid, version: i64, branch: Option<Uuid>, created_at: i64, updated_at: i64) -> Head {
    Head {
        id,
        version,
        branch,
        created_at: Timestamp::from_millis(created_at),
        updated_at: Timestamp::from_millis(updated_at),
    }
}
