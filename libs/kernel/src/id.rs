//! Ids: 16 bytes inside, a TypeID at the edge.
//!
//! Every resource is named by a UUIDv7. Tables and rules keep the 16 bytes; callers see them with a
//! prefix that tells the kind (`ticket_01h455vb4pex5vsknk084sn02q`), as the TypeID specification 0.3
//! defines. A kind declares its id with [`id_type!`](crate::id_type).

use std::fmt;
use std::str::FromStr;

use type_safe_id::{DynamicType, TypeSafeId};
pub use uuid::Uuid;

use crate::UnknownReference;

/// What every typed id can do; implemented by [`id_type!`](crate::id_type).
pub trait Id: Copy + Eq + Ord + fmt::Display + FromStr<Err = IdError> + From<Uuid> {
    /// The prefix of the text form, such as `ticket`.
    const PREFIX: &'static str;

    /// The 16 bytes.
    fn uuid(self) -> Uuid;
}

/// A text is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an id of the form {prefix}_…")]
pub struct IdError {
    /// The prefix that was expected.
    pub prefix: &'static str,
    /// What was given, cut at 64 characters.
    pub text: String,
}

/// The text form: `<prefix>_<26 characters of Crockford base 32>`.
pub fn encode(prefix: &str, uuid: Uuid) -> String {
    let kind = DynamicType::new(prefix).expect("an id's prefix is lower-case letters");
    TypeSafeId::from_type_and_uuid(kind, uuid).to_string()
}

/// Reads the text form; the prefix must be the one given.
pub fn decode(prefix: &'static str, text: &str) -> Result<Uuid, IdError> {
    let wrong = || IdError { prefix, text: text.chars().take(64).collect() };
    let parsed: TypeSafeId<DynamicType> = text.parse().map_err(|_| wrong())?;
    if parsed.type_prefix() == prefix { Ok(parsed.uuid()) } else { Err(wrong()) }
}

/// Reads the text form of whatever kind: its prefix and its 16 bytes; none where it is no id.
pub fn split(text: &str) -> Option<(String, Uuid)> {
    let parsed: TypeSafeId<DynamicType> = text.parse().ok()?;
    Some((parsed.type_prefix().to_owned(), parsed.uuid()))
}

/// The id that a request's `field` names. Validation has checked its form before.
///
/// # Errors
///
/// Where the text is not an id of that kind, which then names nothing.
pub fn read<I: Id>(field: &'static str, text: &str) -> Result<I, UnknownReference> {
    text.parse().map_err(|_| UnknownReference::new(field, text))
}

/// The same of a field that may be left out.
///
/// # Errors
///
/// As [`read`].
pub fn read_optional<I: Id>(
    field: &'static str,
    text: Option<&str>,
) -> Result<Option<I>, UnknownReference> {
    text.map(|text| read(field, text)).transpose()
}

/// The text form, empty where there is no id: as events carry what may be unset.
pub fn text<I: Id>(id: Option<I>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

/// Declares the id of one kind of resource: `id_type!(/** … */ TicketId, "ticket");`.
#[macro_export]
macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($crate::id::Uuid);

        impl $crate::id::Id for $name {
            const PREFIX: &'static str = $prefix;

            fn uuid(self) -> $crate::id::Uuid {
                self.0
            }
        }

        impl From<$crate::id::Uuid> for $name {
            fn from(uuid: $crate::id::Uuid) -> Self {
                Self(uuid)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&$crate::id::encode($prefix, self.0))
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(self, f)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::id::IdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::id::decode($prefix, text).map(Self)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    id_type!(TestId, "test");

    #[test]
    fn an_id_survives_its_text_form() {
        let id = TestId::from(Uuid::from_u128(0x0188_bac7_4afa_78aa_bc3b_bd1e_ef28_d881));
        assert_eq!(id.to_string().parse::<TestId>().unwrap(), id);
        assert!(id.to_string().starts_with("test_"));
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let other = encode("other", Uuid::nil());
        assert_eq!(other.parse::<TestId>().unwrap_err().prefix, "test");
        assert!("test_zzz".parse::<TestId>().is_err());
        assert_eq!(split(&other), Some(("other".to_owned(), Uuid::nil())));
        let refused = read::<TestId>("test_id", &other).unwrap_err();
        assert_eq!(refused, UnknownReference::new("test_id", &other));
    }

    #[test]
    fn an_id_that_is_left_out_is_none_and_told_as_nothing() {
        assert_eq!(read_optional::<TestId>("test_id", None), Ok(None));
        assert_eq!(text::<TestId>(None), "");
        let id = TestId::from(Uuid::nil());
        assert_eq!(read_optional("test_id", Some(&text(Some(id)))), Ok(Some(id)));
    }
}
