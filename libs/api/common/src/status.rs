//! The status of a request that is not valid, in the one form that all errors have: a code, a sentence
//! for a person, ErrorInfo, and BadRequest with every violated field.

use std::collections::HashMap;

use kefu_kernel::FieldViolation;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::Violations;
use crate::v1::ErrorReason;

/// The domain of every reason.
pub const DOMAIN: &str = "kefu";

/// Characters of an error's message, in bytes. In a header each may take three.
const MESSAGE_BYTES: usize = 512;

/// Bytes of an error's metadata and field violations together. With the message and in base 64 they stay
/// within the 8 KiB that peers usually allow for all headers.
const DETAILS_BYTES: usize = 3_328;

/// The metadata that says how many violations (at least) were not told.
const LEFT_OUT: &str = "violations_left_out";

/// INVALID_ARGUMENT with its reason and every violated field.
pub fn invalid(
    reason: ErrorReason,
    message: impl Into<String>,
    violations: Vec<FieldViolation>,
) -> Status {
    let mut details = ErrorDetails::new();
    let mut metadata = HashMap::new();
    if !violations.is_empty() {
        details.set_bad_request(fitting(&mut metadata, violations));
    }
    details.set_error_info(reason.text(), DOMAIN, metadata);
    Status::with_error_details(Code::InvalidArgument, fitting_text(&message.into()), details)
}

/// The status of a message that breaks its rules.
pub(crate) fn breaks_rules(violations: Vec<FieldViolation>) -> Status {
    let first = violations.first();
    let first =
        first.map_or(String::new(), |first| format!("{} {}", first.field, first.description));
    let message = match violations.len() {
        0 | 1 => first,
        many if many > Violations::LIMIT => format!("{first} (and {} more at least)", many - 1),
        more => format!("{first} (and {} more)", more - 1),
    };
    invalid(ErrorReason::ValidationFailed, message, violations)
}

/// The text of an error, cut where it would not fit into a header.
pub fn fitting_text(message: &str) -> String {
    cut(message, MESSAGE_BYTES)
}

/// The violations that fit into an error's headers beside its `metadata`, at most
/// [`Violations::LIMIT`]. What does not fit is cut off (of the metadata) or left out (of the violations);
/// then the metadata `violations_left_out` says how many at least.
pub fn fitting(
    metadata: &mut HashMap<String, String>,
    violations: Vec<FieldViolation>,
) -> Vec<tonic_types::FieldViolation> {
    let mut room = DETAILS_BYTES;
    for (name, value) in metadata.iter_mut() {
        *value = cut(value, room.saturating_sub(name.len()));
        room = room.saturating_sub(name.len() + value.len() + FRAME_BYTES);
    }
    let (all, mut told) = (violations.len(), Vec::new());
    for violation in violations.into_iter().take(Violations::LIMIT) {
        let FieldViolation { field, description, reason } = &violation;
        let size = field.len() + description.len() + reason.len() + FRAME_BYTES;
        if size > room {
            break;
        }
        room -= size;
        told.push(bad_field(violation));
    }
    if told.len() < all {
        metadata.insert(LEFT_OUT.to_owned(), (all - told.len()).to_string());
    }
    told
}

/// What the wire adds to one entry: tags and lengths.
const FRAME_BYTES: usize = 16;

fn cut(text: &str, bytes: usize) -> String {
    const MORE: &str = "…";
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(bytes.saturating_sub(MORE.len()));
    format!("{}{MORE}", &text[..end])
}

fn bad_field(violation: FieldViolation) -> tonic_types::FieldViolation {
    tonic_types::FieldViolation {
        field: violation.field,
        description: violation.description,
        reason: violation.reason,
        localized_message: None,
    }
}
