//! How far a watcher of a timeline has seen each log: the position of the last entry in each service's
//! partitions that have any. Its text is a piece for each, such as `0f1c9`: the service's place among the
//! sources, the partition in one hexadecimal digit, the position in hexadecimal.

use std::collections::BTreeMap;

use kefu_outbox::watching::WatchError;

use crate::timeline::projection::SOURCES;
use crate::timeline::store::Model;

/// By service and partition, the last position seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen(BTreeMap<(String, i32), i64>);

impl Seen {
    /// Whether an entry was seen.
    pub fn has(&self, row: &Model) -> bool {
        let last = self.0.get(&(row.service.clone(), row.partition));
        last.is_some_and(|last| row.position <= *last)
    }

    /// Notes a place as seen.
    pub fn note(&mut self, service: String, partition: i32, position: i64) {
        let last = self.0.entry((service, partition)).or_default();
        *last = position.max(*last);
    }

    /// Each place and its position.
    pub fn iter(&self) -> impl Iterator<Item = (&str, i32, i64)> {
        self.0.iter().map(|((service, partition), last)| (service.as_str(), *partition, *last))
    }

    /// Its text; never empty.
    pub fn encode(&self) -> String {
        let pieces = self.iter().filter_map(|(service, partition, last)| {
            let source = SOURCES.iter().position(|(known, _)| *known == service)?;
            Some(format!("{source}{partition:x}{last:x}"))
        });
        let pieces: Vec<String> = pieces.collect();
        format!("t.{}", pieces.join("."))
    }

    /// Reads its text.
    ///
    /// # Errors
    ///
    /// CURSOR_INVALID where it is none of ours.
    pub fn decode(text: &str) -> Result<Self, WatchError> {
        let invalid = || WatchError::CursorInvalid;
        let pieces = text.strip_prefix("t.").ok_or_else(invalid)?;
        let mut seen = Self::default();
        for piece in pieces.split('.').filter(|piece| !piece.is_empty()) {
            let (source, rest) = piece.split_at_checked(1).ok_or_else(invalid)?;
            let (partition, position) = rest.split_at_checked(1).ok_or_else(invalid)?;
            let source: usize = source.parse().map_err(|_| invalid())?;
            let (service, _) = SOURCES.get(source).ok_or_else(invalid)?;
            let partition = i32::from_str_radix(partition, 16).map_err(|_| invalid())?;
            let position = i64::from_str_radix(position, 16).map_err(|_| invalid())?;
            seen.note((*service).to_owned(), partition, position);
        }
        Ok(seen)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_survives_its_text(
            places in prop::collection::vec((0usize..4, 0i32..16, 1i64..i64::MAX), 0..64),
        ) {
            let mut seen = Seen::default();
            for (source, partition, position) in places {
                seen.note(SOURCES[source].0.to_owned(), partition, position);
            }
            prop_assert!(seen.encode().len() <= 2000);
            prop_assert_eq!(Seen::decode(&seen.encode()).unwrap(), seen);
        }

        #[test]
        fn any_other_text_is_refused_or_read_without_harm(text in "\\PC{0,40}") {
            let _ = Seen::decode(&text);
            let text = format!("t.{text}");
            let _ = Seen::decode(&text);
        }
    }

    #[test]
    fn what_is_none_of_ours_is_refused() {
        for text in ["", "x", "t.9a1", "t.0", "t.0g1", "t.0a"] {
            assert!(Seen::decode(text).is_err(), "{text}");
        }
    }
}
