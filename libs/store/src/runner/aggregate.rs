//! What the runner must know of an aggregate: how it is loaded and which rows it is.

use std::any::{Any, TypeId};
use std::marker::PhantomData;
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use kefu_kernel::{Head, Timestamp};
use sea_orm::ModelTrait;
use uuid::Uuid;

use super::personal::Personal;
use super::rows::Rows;
use crate::write::table::Table;
use crate::{Reader, StoreError};

/// A unit of consistency: a root row and the parts that change only with it.
///
/// A plain domain struct implements it in its service's store module.
pub trait Aggregate: Clone + PartialEq + Send + Sync + 'static {
    /// The type's name in events and ids, `ticket`.
    const KIND: &'static str;

    /// The root's row. Its primary key is the id alone, and it has a column `version`.
    type Root: ModelTrait;

    /// Identity, version and scope.
    fn head(&self) -> &Head;

    /// The same, for the runner to stamp.
    fn head_mut(&mut self) -> &mut Head;

    /// Loads those of `ids` that exist, one statement per table whatever their number (see
    /// [`ids_in`](super::ids_in)).
    fn load(
        reader: &Reader,
        ids: &[Uuid],
    ) -> impl Future<Output = Result<Vec<Self>, StoreError>> + Send;

    /// The root's row of this state.
    fn root(&self) -> Self::Root;

    /// The personal values of this state, by the names under which events tell that they changed:
    /// `subject`, or `requester.phone` where events say `requester`. What a change makes of them is kept
    /// beside the log (see [`event_personal`](crate::tables::event_personal)). Without any by default.
    fn personal(&self) -> Personal<'_> {
        Personal::new()
    }

    /// The timers of this state by kind, each with when it is due, or none where it must not fire: whoever
    /// saves the aggregate sets them so. Without any by default; a kind that an aggregate has once, it names
    /// in every state.
    fn timers(&self) -> Vec<(&'static str, Option<Timestamp>)> {
        Vec::new()
    }

    /// The rows that the parts need to get from `before` to `after`; nothing where there are none.
    fn parts(before: Option<&Self>, after: &Self, rows: &mut Rows) {
        let _ = (before, after, rows);
    }
}

/// One state of one aggregate, its type forgotten. Cheap to clone.
#[derive(Clone)]
pub(crate) struct State {
    pub head: Head,
    value: Arc<dyn Any + Send + Sync>,
}

impl State {
    pub fn new<A: Aggregate>(aggregate: A) -> Self {
        Self { head: aggregate.head().clone(), value: Arc::new(aggregate) }
    }

    /// The aggregate; none where it is of another type.
    pub fn get<A: Aggregate>(&self) -> Option<Arc<A>> {
        Arc::clone(&self.value).downcast().ok()
    }
}

/// Names one aggregate among all types.
pub(crate) type StateKey = (TypeId, Uuid);

/// An aggregate's type, as a value.
pub(crate) trait Kind: Send + Sync {
    fn type_id(&self) -> TypeId;
    fn name(&self) -> &'static str;
    fn root_table(&self) -> Result<Arc<Table>, StoreError>;
    fn load<'a>(
        &self,
        reader: &'a Reader,
        ids: &'a [Uuid],
    ) -> BoxFuture<'a, Result<Vec<State>, StoreError>>;
    fn rows(&self, before: Option<&State>, after: &State, rows: &mut Rows);
}

/// The value that stands for the type `A`.
pub(crate) fn kind<A: Aggregate>() -> &'static dyn Kind {
    &KindOf::<A>(PhantomData)
}

struct KindOf<A>(PhantomData<fn() -> A>);

impl<A: Aggregate> Kind for KindOf<A> {
    fn type_id(&self) -> TypeId {
        TypeId::of::<A>()
    }

    fn name(&self) -> &'static str {
        A::KIND
    }

    fn root_table(&self) -> Result<Arc<Table>, StoreError> {
        Table::of::<<A::Root as ModelTrait>::Entity>()
    }

    fn load<'a>(
        &self,
        reader: &'a Reader,
        ids: &'a [Uuid],
    ) -> BoxFuture<'a, Result<Vec<State>, StoreError>> {
        async move { Ok(A::load(reader, ids).await?.into_iter().map(State::new).collect()) }.boxed()
    }

    fn rows(&self, before: Option<&State>, after: &State, rows: &mut Rows) {
        let before = before.and_then(State::get::<A>);
        let Some(after) = after.get::<A>() else { return };
        rows.root(&after.root(), before.as_ref().map(|state| state.head().version));
        A::parts(before.as_deref(), &after, rows);
    }
}
