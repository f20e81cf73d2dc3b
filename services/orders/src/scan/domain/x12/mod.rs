//! Files of X12 transaction sets 214, "Transportation Carrier Shipment Status Message": bytes to scans, with
//! the place of everything that is wrong.
//!
//! Written here and not taken from a crate (looked at in 2026): `edi` 0.4 gives up a whole file at its first
//! fault and tells no place of it; `x12-types` 0.9 with `serde_x12` 0.5 holds a type per release for each set,
//! stops at the first deviation, and calls itself unfinished; `x12-stream-parser` 0.1 wants the separators told.
//! None gives what this one is for: each set for itself, however broken its neighbours are.
//!
//! - `segments.rs`: separators and segments; no meaning.
//! - `envelope.rs`: interchanges, groups and sets, with their counts and control numbers.
//! - `set_214.rs`: one set to scans.
//! - `time.rs`: dates, times and zones by release.
//!
//! Left out: replies (997, 999), sets other than 214, and partners' own code lists, which are code maps.

mod envelope;
mod segments;
mod set_214;
mod time;

#[cfg(test)]
mod tests;

pub use self::envelope::{Files, Message, read};
pub use self::set_214::Told;

/// What is wrong, as a stable code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// An envelope does not close, or nothing is in it.
    EnvelopeTruncated,
    /// Separators that are letters or digits, or the same.
    SeparatorsAmbiguous,
    /// A count differs from what is there.
    SegmentCountDiffers,
    /// A control number at the end is not that at the beginning.
    ControlNumberDiffers,
    /// What must be there is not.
    MandatoryMissing,
    /// A code that cannot be one, or two that exclude each other.
    CodeInvalid,
    /// A date or time that is none.
    DateInvalid,
    /// Another transaction set than 214.
    Not214,
    /// A release before 3070, or none that can be told.
    ReleaseNotSupported,
    /// No number of a shipment.
    WaybillMissing,
    /// More than is taken in.
    LimitExceeded,
}

/// Something wrong in a file, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The segment's tag; empty: the whole message or file.
    pub segment: String,
    /// The segment's place in the file, from 1; 0: none.
    pub segment_number: usize,
    /// The element's place in the segment, from 1; 0: the whole segment.
    pub element: usize,
    /// Where in the file the segment begins, in bytes from 0.
    pub byte_offset: usize,
    /// What is wrong.
    pub reason: Reason,
}

impl Reason {
    /// Its stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::EnvelopeTruncated => "envelope_truncated",
            Self::SeparatorsAmbiguous => "separators_ambiguous",
            Self::SegmentCountDiffers => "segment_count_differs",
            Self::ControlNumberDiffers => "control_number_differs",
            Self::MandatoryMissing => "mandatory_missing",
            Self::CodeInvalid => "code_invalid",
            Self::DateInvalid => "date_invalid",
            Self::Not214 => "not_214",
            Self::ReleaseNotSupported => "release_not_supported",
            Self::WaybillMissing => "waybill_missing",
            Self::LimitExceeded => "limit_exceeded",
        }
    }

    /// The same in a sentence, without what the element holds.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::EnvelopeTruncated => "The envelope does not close, or is not one.",
            Self::SeparatorsAmbiguous => "The separators are letters, digits or not all different.",
            Self::SegmentCountDiffers => "The count differs from what is there.",
            Self::ControlNumberDiffers => "The control number is not that of the beginning.",
            Self::MandatoryMissing => "What must be there is not.",
            Self::CodeInvalid => "The code cannot be one, or excludes another that is there.",
            Self::DateInvalid => "The date or time is none, or not of the form of the release.",
            Self::Not214 => "The transaction set is not 214.",
            Self::ReleaseNotSupported => "The release is before 3070, or cannot be told.",
            Self::WaybillMissing => "No number of a shipment is told.",
            Self::LimitExceeded => "There is more than is taken in.",
        }
    }
}
