//! What is wrong with a request, gathered field by field, so that a caller learns all of it at once.
//!
//! Descriptions never repeat a value that was given: it may be personal and errors are logged.

use std::fmt;

use kefu_kernel::FieldViolation;

/// The violations found so far, at most [`Violations::MOST`] of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Violations(Vec<FieldViolation>);

impl Violations {
    /// More than these are not told.
    pub const MOST: usize = 100;

    /// Adds one, unless there are too many already.
    pub fn add(&mut self, field: impl fmt::Display, reason: &str, description: impl Into<String>) {
        if self.0.len() < Self::MOST {
            self.0.push(FieldViolation {
                field: field.to_string(),
                description: description.into(),
                reason: reason.into(),
            });
        }
    }

    /// The violations, or nothing where there is none.
    pub fn into_result(self) -> Result<(), Vec<FieldViolation>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

/// The name is none of the message's fields.
pub const UNKNOWN_FIELD: &str = "unknown_field";
/// The value is not of the field's type.
pub const WRONG_TYPE: &str = "wrong_type";
/// One value was expected and several were given.
pub const REPEATED: &str = "repeated";
/// Two places of the request give different values, or exclude each other.
pub const CONFLICT: &str = "conflict";
/// The text is not JSON.
pub const NOT_JSON: &str = "not_json";

/// Where in a request a value stands, written as `rows[3].created_at`; grows on the stack.
#[derive(Clone, Copy)]
pub enum At<'a> {
    /// The request itself.
    Root,
    /// A field of what stands at the parent.
    Field(&'a At<'a>, &'a str),
    /// An element of a list.
    Item(&'a At<'a>, usize),
    /// A value of a map.
    Key(&'a At<'a>, &'a str),
}

/// Names that callers give are cut to this many characters when told back.
const LONGEST_NAME: usize = 100;

impl fmt::Display for At<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Self::Root, name) => out.write_str(cut(name)),
            Self::Field(parent, name) => write!(out, "{parent}.{}", cut(name)),
            Self::Item(parent, index) => write!(out, "{parent}[{index}]"),
            Self::Key(parent, key) => write!(out, "{parent}[{:?}]", cut(key)),
        }
    }
}

fn cut(name: &str) -> &str {
    name.char_indices().nth(LONGEST_NAME).map_or(name, |(end, _)| &name[..end])
}
