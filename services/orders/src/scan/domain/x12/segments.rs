//! Bytes to segments: separators as the interchange header has them, line breaks wherever somebody put them.

use std::borrow::Cow;

use super::{Fault, Reason};

/// The most elements of a segment that are read; the standard has none with more.
const ELEMENTS: usize = 64;

/// The most bytes of a segment, line breaks included.
const BYTES: usize = 16 * 1024;

/// What parts elements and segments in one interchange. Components are not taken apart: no element of a 214
/// that is read has any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Separators {
    element: u8,
    segment: u8,
}

/// One segment: its tag and elements, and where it is.
#[derive(Clone, Debug)]
pub(super) struct Segment<'a> {
    /// Its place in the file, from 1.
    pub(super) number: usize,
    /// Where it begins, in bytes from 0.
    pub(super) offset: usize,
    /// Tag and elements.
    parts: Vec<Cow<'a, str>>,
}

/// Reads segments one by one.
pub(super) struct Segments<'a> {
    bytes: &'a [u8],
    /// Where the next one begins.
    at: usize,
    number: usize,
    separators: Option<Separators>,
}

impl Segment<'_> {
    /// Its tag.
    pub(super) fn tag(&self) -> &str {
        self.parts.first().map_or("", |tag| tag.as_ref())
    }

    /// An element by its place, from 1; empty where it is left out.
    pub(super) fn get(&self, element: usize) -> &str {
        self.parts.get(element).map_or("", |text| text.trim())
    }

    /// Something wrong with an element; 0: with the whole segment.
    pub(super) fn fault(&self, element: usize, reason: Reason) -> Fault {
        Fault {
            segment: self.tag().chars().take(3).collect(),
            segment_number: self.number,
            element,
            byte_offset: self.offset,
            reason,
        }
    }
}

impl<'a> Segments<'a> {
    /// Reads from the beginning of a file.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let at = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        Self { bytes, at, number: 0, separators: None }
    }

    /// Where the next segment begins.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// The next segment; none at the end of the file.
    ///
    /// # Errors
    ///
    /// A header that cannot be read; a segment that is not ended or too long. Nothing can be read after it.
    pub(super) fn next(&mut self) -> Result<Option<Segment<'a>>, Fault> {
        self.skip_blank();
        if self.at >= self.bytes.len() {
            return Ok(None);
        }
        if self.rest().starts_with(b"ISA") {
            self.separators = Some(self.header()?);
        }
        let Some(separators) = self.separators else {
            return Err(self.broken(Reason::EnvelopeTruncated));
        };
        let end = self.rest().iter().take(BYTES + 1).position(|byte| *byte == separators.segment);
        let header = self.rest().get(..end.unwrap_or(BYTES)).and_then(next_header);
        if let Some(before) = header {
            let fault = self.broken(Reason::EnvelopeTruncated);
            self.at += before;
            return Err(fault);
        }
        let Some(length) = end else {
            let too_long = self.rest().len() > BYTES;
            let reason = if too_long { Reason::LimitExceeded } else { Reason::EnvelopeTruncated };
            return Err(self.broken(reason));
        };
        let (offset, body) = (self.at, self.rest().get(..length).unwrap_or_default());
        self.at += length + 1;
        self.number += 1;
        let parts: Vec<Cow<'a, str>> =
            body.split(|byte| *byte == separators.element).take(ELEMENTS + 2).map(text).collect();
        let segment = Segment { number: self.number, offset, parts };
        if segment.parts.len() > ELEMENTS + 1 {
            return Err(segment.fault(0, Reason::LimitExceeded));
        }
        Ok(Some(segment))
    }

    /// Leaves everything up to the next header, which begins a line or follows a segment's end; none is left:
    /// the end of the file.
    pub(super) fn resume(&mut self) {
        let from = (self.at + 1).min(self.bytes.len());
        let rest = self.bytes.get(from..).unwrap_or_default();
        let found = rest.windows(4).position(begins_header);
        self.at = found.map_or(self.bytes.len(), |place| from + place);
        self.separators = None;
    }

    /// Reads the separators from an ISA segment. Its elements are of fixed lengths, but some pad none and some
    /// wrap lines within it; so separators are counted: the component separator follows the sixteenth, the
    /// end of segments is what follows that.
    fn header(&self) -> Result<Separators, Fault> {
        let element = *self.rest().get(3).ok_or_else(|| self.broken(Reason::EnvelopeTruncated))?;
        let mut significant =
            self.rest().iter().enumerate().filter(|(_, byte)| !is_break(**byte)).take(400);
        let mut left = 16;
        let component = loop {
            let Some((_, byte)) = significant.next() else {
                return Err(self.broken(Reason::EnvelopeTruncated));
            };
            left -= usize::from(*byte == element);
            if left == 0 {
                break significant.next().ok_or_else(|| self.broken(Reason::EnvelopeTruncated))?;
            }
        };
        let after = self.rest().get(component.0 + 1..).unwrap_or_default();
        let segment = match after {
            // A line break ends segments where it stands in the place of their end.
            [b'\r', b'\n', ..] => b'\n',
            [end, ..] => *end,
            [] => return Err(self.broken(Reason::EnvelopeTruncated)),
        };
        let all = [element, *component.1, segment];
        let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b' ' || !byte.is_ascii();
        let same = all[0] == all[1] || all[0] == all[2] || all[1] == all[2];
        if same || all.iter().any(word) || is_break(element) {
            return Err(self.broken(Reason::SeparatorsAmbiguous));
        }
        Ok(Separators { element, segment })
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn skip_blank(&mut self) {
        let blank = |byte: &&u8| byte.is_ascii_whitespace() || **byte == 0 || **byte == 0x1A;
        self.at += self.rest().iter().take_while(blank).count();
    }

    fn broken(&self, reason: Reason) -> Fault {
        let (segment, number) = (String::new(), self.number + 1);
        Fault { segment, segment_number: number, element: 0, byte_offset: self.at, reason }
    }
}

/// Whether these four bytes begin an interchange header.
fn begins_header(bytes: &[u8]) -> bool {
    matches!(bytes, [b'I', b'S', b'A', after] if !after.is_ascii_alphanumeric() && *after != b' ')
}

/// The line break within what should be one segment after which an interchange begins: the one before it was
/// cut off.
fn next_header(bytes: &[u8]) -> Option<usize> {
    bytes.windows(5).position(|window| match window {
        [first, rest @ ..] => is_break(*first) && begins_header(rest),
        [] => false,
    })
}

fn is_break(byte: u8) -> bool {
    byte == b'\r' || byte == b'\n'
}

/// An element as text: without line breaks, which are no part of it, and byte by byte where it is no UTF-8.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    if bytes.iter().copied().any(is_break) {
        let kept: Vec<u8> = bytes.iter().copied().filter(|byte| !is_break(*byte)).collect();
        return Cow::Owned(text(&kept).into_owned());
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
    }
}
