//! What stands in a log line for personal data.
//!
//! Logs, spans and metrics never hold personal data. Where a line is about a value of that sort, it
//! says which sort and how long, which is enough to tell an empty field from a cut one. The value
//! itself is not kept, so it cannot be printed by mistake.

use std::fmt;

/// A personal value that was left out. Prints as `[e-mail of 17 characters]`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Redacted {
    sort: &'static str,
    characters: usize,
}

impl Redacted {
    fn of(sort: &'static str, value: &str) -> Self {
        Self { sort, characters: value.chars().count() }
    }
}

/// Stands for an e-mail address.
pub fn email(value: &str) -> Redacted {
    Redacted::of("e-mail", value)
}

/// Stands for a telephone number.
pub fn phone(value: &str) -> Redacted {
    Redacted::of("phone", value)
}

/// Stands for a postal address.
pub fn address(value: &str) -> Redacted {
    Redacted::of("address", value)
}

/// Stands for a person's name.
pub fn name(value: &str) -> Redacted {
    Redacted::of("name", value)
}

/// Stands for words that a person wrote.
pub fn text(value: &str) -> Redacted {
    Redacted::of("text", value)
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} of {} characters]", self.sort, self.characters)
    }
}

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redacted_value_shows_nothing_of_itself() {
        let shown = format!("{} {:?}", email("mei@example.com"), phone("+34 600 000 000"));
        assert_eq!(shown, "[e-mail of 15 characters] [phone of 15 characters]");
        assert_eq!(name("王小明").to_string(), "[name of 3 characters]");
    }
}
