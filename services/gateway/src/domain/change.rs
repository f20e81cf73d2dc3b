//! What a rule gives back, and the two things that every update does: set the fields that are named,
//! and tell which of them are different now.

use kefu_kernel::{Id, NewEvent};

/// The new state, and the events that tell of it; none where nothing changed.
pub type Decision<A> = (A, Vec<NewEvent>);

/// Takes over each named field that the patch has.
macro_rules! set {
    ($target:ident, $patch:ident; $($field:ident),+ $(,)?) => {
        $(if let Some(value) = $patch.$field {
            $target.$field = value;
        })+
    };
}

/// The names, as the resource's proto spells them, of the fields that differ.
macro_rules! changed {
    ($before:expr, $after:expr; $($name:literal: $($field:ident).+),+ $(,)?) => {
        [$(($name, $before.$($field).+ != $after.$($field).+)),+]
            .into_iter()
            .filter(|(_, differs)| *differs)
            .map(|(name, _)| name)
            .collect::<Vec<&'static str>>()
    };
}

pub(super) use {changed, set};

/// An id as events carry it: empty where there is none.
pub(super) fn text<I: Id>(id: Option<I>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

/// Ids as events carry them.
pub(super) fn texts<'a, I: Id + 'a>(ids: impl IntoIterator<Item = &'a I>) -> Vec<String> {
    ids.into_iter().map(ToString::to_string).collect()
}
