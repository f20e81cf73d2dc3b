//! Small sets in one text column, divided by spaces: for what is never searched by.

use kefu_kernel::Id;
use kefu_kernel::id::Uuid;

/// Words without spaces.
pub fn words<'a>(words: impl IntoIterator<Item = &'a String>) -> String {
    words.into_iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// What [`words`] made.
pub fn read_words<T: FromIterator<String>>(text: &str) -> T {
    text.split_ascii_whitespace().map(str::to_owned).collect()
}

/// Ids.
pub fn ids<'a, I: Id + 'a>(ids: impl IntoIterator<Item = &'a I>) -> String {
    ids.into_iter().map(|id| id.uuid().simple().to_string()).collect::<Vec<_>>().join(" ")
}

/// What [`ids`] made.
pub fn read_ids<I: Id, T: FromIterator<I>>(text: &str) -> T {
    let parts = text.split_ascii_whitespace();
    parts.filter_map(|part| Uuid::try_parse(part).ok()).map(I::from).collect()
}
