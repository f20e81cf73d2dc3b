//! The checks that generated validation calls where a rule is more than a comparison.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::OnceLock;

use regex::Regex;

/// A regular expression of a `pattern` rule, compiled at its first use.
pub struct Pattern {
    text: &'static str,
    compiled: OnceLock<Regex>,
}

impl Pattern {
    /// The pattern `text`, which the build has parsed once already.
    pub const fn new(text: &'static str) -> Self {
        Self { text, compiled: OnceLock::new() }
    }

    /// Whether it is found in `value`.
    pub fn matches(&self, value: &str) -> bool {
        let compile = || Regex::new(self.text).expect("the build parsed this pattern");
        self.compiled.get_or_init(compile).is_match(value)
    }
}

/// Whether `value` is the TypeID of a `kind`: the prefix, `_` and 26 digits of Crockford base 32 that
/// fit 128 bits (TypeID specification 0.3).
pub fn type_id(value: &str, kind: &str) -> bool {
    let suffix = value.strip_prefix(kind).and_then(|rest| rest.strip_prefix('_'));
    suffix.is_some_and(|suffix| {
        let digits = suffix.as_bytes();
        let crockford = |digit: &u8| {
            matches!(digit, b'0'..=b'9' | b'a'..=b'z')
                && !matches!(digit, b'i' | b'l' | b'o' | b'u')
        };
        digits.len() == 26 && digits[0] <= b'7' && digits.iter().all(crockford)
    })
}

/// Whether `value` is an e-mail address as HTML defines `input type=email`, of at most 254 characters.
pub fn email(value: &str) -> bool {
    static EMAIL: Pattern = Pattern::new(
        "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\
         (?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$",
    );
    value.len() <= 254 && EMAIL.matches(value)
}

/// Whether `value` is a UUID in its hyphenated form, of any version (RFC 9562 §4).
pub fn uuid(value: &str) -> bool {
    value.len() == 36
        && value.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Whether no two of `items` are equal.
pub fn unique<T: Eq + Hash>(items: impl IntoIterator<Item = T>) -> bool {
    let mut seen = HashSet::new();
    items.into_iter().all(|item| seen.insert(item))
}

/// Whether a timestamp is one: from year 1 to 9999, nanoseconds within a second.
pub fn timestamp(value: &prost_types::Timestamp) -> bool {
    (-62_135_596_800..=253_402_300_799).contains(&value.seconds)
        && (0..1_000_000_000).contains(&value.nanos)
}

/// Whether a duration is one: at most 10,000 years, seconds and nanoseconds of one sign.
pub fn duration(value: &prost_types::Duration) -> bool {
    value.seconds.unsigned_abs() <= 315_576_000_000
        && value.nanos.unsigned_abs() < 1_000_000_000
        && (value.seconds == 0 || value.nanos == 0 || (value.seconds < 0) == (value.nanos < 0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_email_address_is_what_a_browser_takes_for_one() {
        for good in ["a@b", "li.wei@example.cn", "a+b@x-y.example", "o'hara@example.ie"] {
            assert!(email(good), "{good}");
        }
        let long = format!("{}@example.org", "a".repeat(250));
        for bad in ["", "a", "@b", "a@", "a@-b", "a b@c", "a@b..c", "名@例.cn", long.as_str()] {
            assert!(!email(bad), "{bad}");
        }
    }

    #[test]
    fn a_uuid_is_hyphenated_hex() {
        assert!(uuid("0188bac7-4afa-78aa-bc3b-bd1eef28d881"));
        assert!(!uuid("0188bac74afa78aabc3bbd1eef28d881"));
        assert!(!uuid("0188bac7-4afa-78aa-bc3b-bd1eef28d88g"));
    }

    #[test]
    fn a_duration_has_one_sign() {
        let of = |seconds, nanos| prost_types::Duration { seconds, nanos };
        assert!(duration(&of(-1, -500_000_000)) && duration(&of(0, -1)));
        assert!(!duration(&of(1, -1)) && !duration(&of(i64::MIN, 0)));
    }

    proptest! {
        #[test]
        fn a_type_id_is_what_its_pattern_says(value in "(ticket|call)?_?[0-9a-zA-Z]{25,27}") {
            static PATTERN: Pattern = Pattern::new("^ticket_[0-7][0-9a-hjkmnp-tv-z]{25}$");
            prop_assert_eq!(type_id(&value, "ticket"), PATTERN.matches(&value));
        }

        #[test]
        fn the_kernel_makes_and_reads_exactly_these(bits: u128) {
            let text = kefu_kernel::id::encode("ticket", kefu_kernel::id::Uuid::from_u128(bits));
            prop_assert!(type_id(&text, "ticket"));
        }

        #[test]
        fn what_passes_as_an_id_can_be_read(value in "ticket_[0-9a-z]{26}") {
            if type_id(&value, "ticket") {
                prop_assert!(kefu_kernel::id::decode("ticket", &value).is_ok());
            }
        }
    }
}
