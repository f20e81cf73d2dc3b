//! Interchanges, groups and sets: one message after the other, each for itself.

use super::segments::{Segment, Segments};
use super::set_214::{self, Told};
use super::{Fault, Reason};

/// The most faults that are told of a file beyond its messages.
const FAULTS: usize = 100;

/// The most segments of a set.
const SEGMENTS: usize = 20_000;

/// What a file holds.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// Its messages, in order.
    pub messages: Vec<Message>,
    /// What is wrong beyond them, at most 100.
    pub faults: Vec<Fault>,
}

/// One transaction set, from ST to SE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its place in the file, from 1.
    pub number: usize,
    /// The control number of its interchange (ISA13).
    pub interchange_control: String,
    /// The control number of its group (GS06).
    pub group_control: String,
    /// Its own control number (ST02).
    pub set_control: String,
    /// What it tells, with what is wrong with single scans; or why it is rejected as a whole.
    pub told: Result<Told, Vec<Fault>>,
}

/// Where in the envelopes the reading is.
#[derive(Default)]
struct Envelope<'a> {
    interchange: Option<Segment<'a>>,
    groups: usize,
    group: Option<Segment<'a>>,
    sets: usize,
    /// The segments of the set that is open, ST first.
    set: Vec<Segment<'a>>,
}

/// Reads a file. What is wrong in one message stops no other.
pub fn read(bytes: &[u8]) -> Files {
    let mut segments = Segments::new(bytes);
    let (mut files, mut envelope) = (Files::default(), Envelope::default());
    loop {
        match segments.next() {
            Ok(Some(segment)) => envelope.take(segment, &mut files),
            Ok(None) => break,
            Err(fault) => {
                envelope.close(Reason::EnvelopeTruncated, &mut files);
                files.wrong(fault);
                segments.resume();
            }
        }
    }
    envelope.close(Reason::EnvelopeTruncated, &mut files);
    if files.messages.is_empty() && files.faults.is_empty() {
        let (segment, byte_offset) = (String::new(), segments.offset());
        let reason = Reason::EnvelopeTruncated;
        files.wrong(Fault { segment, segment_number: 0, element: 0, byte_offset, reason });
    }
    files
}

impl Files {
    fn wrong(&mut self, fault: Fault) {
        if self.faults.len() < FAULTS {
            self.faults.push(fault);
        }
    }
}

impl<'a> Envelope<'a> {
    fn take(&mut self, segment: Segment<'a>, files: &mut Files) {
        match segment.tag() {
            "ISA" => {
                self.close(Reason::EnvelopeTruncated, files);
                self.interchange = Some(segment);
            }
            "GS" => {
                self.close_group(Reason::EnvelopeTruncated, files);
                self.groups += 1;
                (self.group, self.sets) = (Some(segment), 0);
            }
            "ST" => {
                self.close_set(None, files);
                self.sets += 1;
                self.set.push(segment);
            }
            "SE" if !self.set.is_empty() => self.close_set(Some(&segment), files),
            "GE" => self.end_group(&segment, files),
            "IEA" => self.end_interchange(&segment, files),
            _ if self.set.is_empty() => files.wrong(segment.fault(0, Reason::EnvelopeTruncated)),
            _ => self.set.push(segment),
        }
    }

    /// The set ends: rightly with its SE, or because something else begins.
    fn close_set(&mut self, end: Option<&Segment<'a>>, files: &mut Files) {
        let Some(begin) = self.set.first() else { return };
        let told = self.check_set(begin, end).and_then(|release| {
            set_214::read(self.set.get(1..).unwrap_or_default(), begin, release)
        });
        let control = |segment: &Option<Segment<'_>>, element| {
            segment.as_ref().map(|segment| segment.get(element).to_owned()).unwrap_or_default()
        };
        files.messages.push(Message {
            number: files.messages.len() + 1,
            interchange_control: control(&self.interchange, 13),
            group_control: control(&self.group, 6),
            set_control: begin.get(2).to_owned(),
            told,
        });
        self.set.clear();
    }

    /// Whether the set is one that is read, and whole; its release.
    fn check_set(&self, begin: &Segment<'_>, end: Option<&Segment<'_>>) -> Result<u32, Vec<Fault>> {
        let mut faults = Vec::new();
        match end {
            None => faults.push(begin.fault(0, Reason::EnvelopeTruncated)),
            Some(end) => {
                if end.get(1).parse() != Ok(self.set.len() + 1) {
                    faults.push(end.fault(1, Reason::SegmentCountDiffers));
                }
                if end.get(2) != begin.get(2) {
                    faults.push(end.fault(2, Reason::ControlNumberDiffers));
                }
            }
        }
        if self.group.is_none() {
            faults.push(begin.fault(0, Reason::EnvelopeTruncated));
        }
        if self.set.len() > SEGMENTS {
            faults.push(begin.fault(0, Reason::LimitExceeded));
        }
        if begin.get(1) != "214" {
            faults.push(begin.fault(1, Reason::Not214));
        }
        match self.release() {
            Some(release) if faults.is_empty() => Ok(release),
            Some(_) => Err(faults),
            None => {
                let group = self.group.as_ref().unwrap_or(begin);
                faults.push(group.fault(8, Reason::ReleaseNotSupported));
                Err(faults)
            }
        }
    }

    /// The release, such as 4010: of the group, else of the interchange. From 3070 on.
    fn release(&self) -> Option<u32> {
        let number = |text: &str| text.get(..6).unwrap_or(text).parse::<u32>().ok();
        let of_group = self.group.as_ref().and_then(|group| number(group.get(8)));
        // The interchange tells five digits, without the last of the release.
        let of_interchange = || {
            let interchange = self.interchange.as_ref()?;
            number(interchange.get(12)).map(|release| release * 10)
        };
        of_group.or_else(of_interchange).filter(|release| *release >= 3070)
    }

    fn end_group(&mut self, end: &Segment<'_>, files: &mut Files) {
        self.close_set(None, files);
        match self.group.take() {
            None => files.wrong(end.fault(0, Reason::EnvelopeTruncated)),
            Some(begin) => {
                if end.get(1).parse() != Ok(self.sets) {
                    files.wrong(end.fault(1, Reason::SegmentCountDiffers));
                }
                if end.get(2) != begin.get(6) {
                    files.wrong(end.fault(2, Reason::ControlNumberDiffers));
                }
            }
        }
    }

    fn end_interchange(&mut self, end: &Segment<'_>, files: &mut Files) {
        self.close_group(Reason::EnvelopeTruncated, files);
        match self.interchange.take() {
            None => files.wrong(end.fault(0, Reason::EnvelopeTruncated)),
            Some(begin) => {
                if end.get(1).parse() != Ok(self.groups) {
                    files.wrong(end.fault(1, Reason::SegmentCountDiffers));
                }
                if end.get(2) != begin.get(13) {
                    files.wrong(end.fault(2, Reason::ControlNumberDiffers));
                }
            }
        }
        self.groups = 0;
    }

    /// A group that has not ended ends here.
    fn close_group(&mut self, reason: Reason, files: &mut Files) {
        self.close_set(None, files);
        if let Some(begin) = self.group.take() {
            files.wrong(begin.fault(0, reason));
        }
    }

    /// Whatever is open ends here.
    fn close(&mut self, reason: Reason, files: &mut Files) {
        self.close_group(reason, files);
        if let Some(begin) = self.interchange.take() {
            files.wrong(begin.fault(0, reason));
        }
        self.groups = 0;
    }
}
