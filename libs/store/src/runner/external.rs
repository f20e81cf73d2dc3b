//! The natural key that a thing's id elsewhere makes: one source never names two things by one id.
//!
//! What every Create and Import does with `source` and `external_id`: has whatever bears the name already
//! loaded, refuses or answers with it, and claims the name for the new thing.

use std::sync::Arc;

use kefu_kernel::id::encode;
use kefu_kernel::{Fault, FaultKind, InvalidFields};
use uuid::Uuid;

use super::aggregate::Aggregate;
use super::error::KeyTaken;
use super::needs::Needs;
use super::work::Work;

/// The name that a source has for a thing; or no name, where the request has no external id. Then nothing
/// bears it, and nothing is claimed.
#[derive(Clone, Debug)]
pub struct ExternalKey {
    kind: &'static str,
    name: Option<String>,
}

impl ExternalKey {
    /// The name of `external_id` in `source`, among those of this `kind` (mostly [`Aggregate::KIND`]; things
    /// of one service whose names do not meet have kinds of their own).
    ///
    /// # Errors
    ///
    /// Where there is an external id and `source` is empty: VALIDATION_FAILED.
    pub fn of(
        kind: &'static str,
        source: &str,
        external_id: Option<&str>,
    ) -> Result<Self, InvalidFields> {
        if external_id.is_some() && source.is_empty() {
            let what = "is needed where there is an external id";
            return Err(InvalidFields::one("source", "required", what));
        }
        Ok(Self { kind, name: external_id.map(|id| format!("{source}/{id}")) })
    }

    /// Has what bears the name loaded, an `A`; also what permits to claim it.
    pub fn need<A: Aggregate>(&self, needs: &mut Needs) {
        if let Some(name) = &self.name {
            needs.key::<A>(self.kind, name);
        }
    }

    /// What bears the name; none where nothing does. Within: the thing, where the caller may see it.
    pub fn bearer<A: Aggregate>(&self, work: &Work<'_>) -> Option<Option<Arc<A>>> {
        let by = work.key(self.kind, self.name.as_ref()?)?;
        Some(work.find::<A>(by))
    }

    /// Refuses where something bears the name.
    ///
    /// # Errors
    ///
    /// RESOURCE_EXISTS, with the id of what bears it where the caller may see it.
    pub fn check_free<A: Aggregate>(&self, work: &Work<'_>) -> Result<(), ExternalIdTaken> {
        match self.bearer::<A>(work) {
            None => Ok(()),
            Some(by) => Err(ExternalIdTaken { kind: A::KIND, by: by.map(|it| it.head().id) }),
        }
    }

    /// Gives the name to `id`, which is saved in the same command.
    ///
    /// # Errors
    ///
    /// Where something else bears it: a defect, for the decision looked first.
    pub fn claim(&self, work: &mut Work<'_>, id: Uuid) -> Result<(), KeyTaken> {
        self.name.as_ref().map_or(Ok(()), |name| work.claim(self.kind, name, id))
    }
}

/// The id in that source is another thing's already.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a {kind} with this source and external id exists")]
pub struct ExternalIdTaken {
    /// The type of what bears it.
    pub kind: &'static str,
    /// Which one, where the caller may see it.
    pub by: Option<Uuid>,
}

impl Fault for ExternalIdTaken {
    fn kind(&self) -> FaultKind {
        FaultKind::Exists
    }

    fn reason(&self) -> &'static str {
        "RESOURCE_EXISTS"
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        self.by.map(|by| (self.kind, encode(self.kind, by)))
    }
}
