//! Words of closed lists, by which tables, filters and data files know them.

/// A word of a closed list; `kefu_api_events::words!` declares such lists.
pub trait Word: Copy + Eq + 'static {
    /// Its stable name.
    fn name(self) -> &'static str;

    /// The one with this stable name.
    fn from_name(name: &str) -> Option<Self>;
}
