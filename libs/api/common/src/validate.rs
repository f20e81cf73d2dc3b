//! Validation of a decoded message: every violated field at once, each under its path from the root.
//!
//! A path is a chain of steps on the stack, so that a message without violations allocates nothing.

use std::fmt;

use kefu_kernel::FieldViolation;

/// A message that can tell what is wrong with itself; generated from the rules in its proto.
pub trait Validate {
    /// Adds what is wrong with this message, which stands at `path`, to `found`.
    fn check(&self, path: &Path<'_>, found: &mut Violations);

    /// Everything that is wrong with this message, by path from it; an error is never empty.
    fn validate(&self) -> Result<(), Vec<FieldViolation>> {
        let mut found = Violations::default();
        self.check(&Path::ROOT, &mut found);
        if found.list.is_empty() { Ok(()) } else { Err(found.list) }
    }
}

impl<T: Validate + ?Sized> Validate for Box<T> {
    fn check(&self, path: &Path<'_>, found: &mut Violations) {
        (**self).check(path, found);
    }
}

/// Where a value stands in a message, such as `rows[3].requester.phone` or `fields[flight].text`.
#[derive(Clone, Copy)]
pub struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Field(&'a str),
    Index(usize),
    Key(&'a dyn fmt::Display),
}

impl Path<'static> {
    /// The message itself.
    pub const ROOT: Self = Self { parent: None, step: Step::Root };
}

impl<'a> Path<'a> {
    /// A field of the message at this path.
    pub fn field(&'a self, name: &'a str) -> Self {
        Self { parent: Some(self), step: Step::Field(name) }
    }

    /// An item of the list at this path.
    pub fn index(&'a self, index: usize) -> Self {
        Self { parent: Some(self), step: Step::Index(index) }
    }

    /// An entry of the map at this path.
    pub fn key(&'a self, key: &'a dyn fmt::Display) -> Self {
        Self { parent: Some(self), step: Step::Key(key) }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Field(name) if self.parent.is_some_and(|parent| parent.parent.is_some()) => {
                write!(f, ".{name}")
            }
            Step::Field(name) => f.write_str(name),
            Step::Index(index) => write!(f, "[{index}]"),
            Step::Key(key) => write!(f, "[{}]", shown(key)),
        }
    }
}

/// A key as a path shows it: callers choose keys, which may be long or hold what cannot be shown.
fn shown(key: &dyn fmt::Display) -> String {
    let text = key.to_string();
    let mut shown: String = text
        .chars()
        .take(KEY_CHARS)
        .map(|character| if character.is_control() { '\u{fffd}' } else { character })
        .collect();
    if text.chars().nth(KEY_CHARS).is_some() {
        shown.push('…');
    }
    shown
}

/// Characters of a map's key in a path.
const KEY_CHARS: usize = 64;

/// What was found wrong so far; holds one more than [`Violations::LIMIT`] at most, so that it is known
/// that there are more than are told.
#[derive(Debug, Default)]
pub struct Violations {
    list: Vec<FieldViolation>,
}

impl Violations {
    /// How many violations an error tells at most.
    pub const LIMIT: usize = 100;

    /// Adds one: the rule's stable name and a sentence for a person.
    pub fn add(&mut self, path: &Path<'_>, rule: &str, description: impl Into<String>) {
        if self.list.len() <= Self::LIMIT {
            self.list.push(FieldViolation {
                field: path.to_string(),
                description: description.into(),
                reason: rule.to_owned(),
            });
        }
    }
}

impl From<Violations> for Vec<FieldViolation> {
    fn from(found: Violations) -> Self {
        found.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_as_the_proto_is_written() {
        let rows = Path::ROOT.field("rows");
        let row = rows.index(3);
        let requester = row.field("requester");
        assert_eq!(requester.field("phone").to_string(), "rows[3].requester.phone");
        let fields = Path::ROOT.field("fields");
        let entry = fields.key(&"flight");
        assert_eq!(entry.field("text").to_string(), "fields[flight].text");
        assert_eq!(Path::ROOT.to_string(), "");
    }

    #[test]
    fn a_path_shows_of_a_key_what_can_be_shown() {
        let of = |key: &str| Path::ROOT.field("fields").key(&key).to_string();
        assert_eq!(of("a\0b\nc"), "fields[a\u{fffd}b\u{fffd}c]");
        assert_eq!(of(&"客".repeat(64)), format!("fields[{}]", "客".repeat(64)));
        assert_eq!(of(&"客".repeat(65)), format!("fields[{}…]", "客".repeat(64)));
    }

    #[test]
    fn violations_are_bounded() {
        let mut found = Violations::default();
        for _ in 0..1_000 {
            found.add(&Path::ROOT, "required", "must be set");
        }
        assert_eq!(found.list.len(), Violations::LIMIT + 1);
    }
}
