//! One transaction set 214: header, parties, and the status details of each lading line, to scans.

use super::segments::Segment;
use super::{Fault, Reason, time};
use crate::domain::words::ScanFormat;
use crate::scan::domain::{RawPlace, RawScan};

/// The most faults that are told of a message.
const FAULTS: usize = 100;

/// Grams of a pound.
const POUND_G: f64 = 453.592_37;

/// What a set tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The carrier's own reference (B1001).
    pub carrier_reference: String,
    /// The shipper's reference (B1002).
    pub shipper_reference: String,
    /// The carrier's SCAC (B1003).
    pub scac: String,
    /// Its scans, each with its place among the AT7 segments of the set, from 1. They name the carrier's
    /// reference as their number, else the shipper's; source and carrier are left to who takes them in.
    pub scans: Vec<(usize, RawScan)>,
    /// What is wrong with the scans that are not among them, at most 100.
    pub faults: Vec<Fault>,
}

/// A party's place, to tell whose place a status is at.
#[derive(Default)]
struct Party {
    role: &'static str,
    city: String,
    region: String,
}

/// The state of the reading.
struct Reader<'s, 'a> {
    release: u32,
    told: Told,
    parties: Vec<Party>,
    /// The AT7 segments so far.
    statuses: usize,
    /// The scans of the present lading line, the last at the end.
    line: Vec<(usize, RawScan)>,
    /// What makes the whole set be rejected.
    rejected: Vec<Fault>,
    waybill: String,
    begin: &'s Segment<'a>,
}

/// Reads the segments between ST and SE.
///
/// # Errors
///
/// What is missing without which nothing of the set can be taken.
pub(super) fn read(
    segments: &[Segment<'_>],
    begin: &Segment<'_>,
    release: u32,
) -> Result<Told, Vec<Fault>> {
    let mut reader = Reader {
        release,
        told: Told::default(),
        parties: Vec::new(),
        statuses: 0,
        line: Vec::new(),
        rejected: Vec::new(),
        waybill: String::new(),
        begin,
    };
    reader.header(segments);
    for segment in segments {
        reader.take(segment);
    }
    reader.end_line();
    if reader.rejected.is_empty() { Ok(reader.told) } else { Err(reader.rejected) }
}

impl Reader<'_, '_> {
    /// The header comes first and names the shipment.
    fn header(&mut self, segments: &[Segment<'_>]) {
        let Some(header) = segments.first().filter(|segment| segment.tag() == "B10") else {
            return self.reject(self.begin.fault(0, Reason::MandatoryMissing));
        };
        self.told.carrier_reference = header.get(1).to_owned();
        self.told.shipper_reference = header.get(2).to_owned();
        self.told.scac = header.get(3).to_owned();
        let numbers = [header.get(1), header.get(2)];
        match numbers.into_iter().find_map(waybill) {
            Some(number) => self.waybill = number,
            None => self.reject(header.fault(1, Reason::WaybillMissing)),
        }
    }

    fn take(&mut self, segment: &Segment<'_>) {
        match segment.tag() {
            "N1" => self.parties.push(Party { role: role(segment.get(1)), ..Party::default() }),
            "N4" => {
                if let Some(party) = self.parties.last_mut() {
                    party.city = segment.get(1).to_uppercase();
                    party.region = segment.get(2).to_uppercase();
                }
            }
            "LX" => self.end_line(),
            "AT7" => self.status(segment),
            "MS1" => {
                let place = self.place(segment);
                if let Some((_, scan)) = self.line.last_mut() {
                    scan.place = Some(place);
                }
            }
            "MAN" => self.of_line(|scan| {
                let label = waybill(segment.get(2)).unwrap_or_default();
                scan.piece_label = label;
            }),
            "K1" => self.of_line(|scan| {
                let text = [&scan.raw_text, segment.get(1), segment.get(2)];
                let said: Vec<&str> = text.into_iter().filter(|text| !text.is_empty()).collect();
                scan.raw_text = said.join(" ").chars().take(2000).collect();
            }),
            "AT8" => self.of_line(|scan| {
                scan.weight_grams = grams(segment).unwrap_or(scan.weight_grams);
                let pieces = segment.get(4).parse().ok().filter(|n| (1..=100_000).contains(n));
                scan.pieces = pieces.unwrap_or(scan.pieces);
            }),
            _ => {}
        }
    }

    /// A status (AT701 with AT702) or an appointment (AT703 with AT704): one of both.
    fn status(&mut self, segment: &Segment<'_>) {
        self.statuses += 1;
        let (status, appointment) = (segment.get(1), segment.get(3));
        let (code, reason, reason_at) = match (status.is_empty(), appointment.is_empty()) {
            (false, true) => (status, segment.get(2), 2),
            (true, false) => (appointment, segment.get(4), 4),
            (true, true) => return self.reject(segment.fault(1, Reason::MandatoryMissing)),
            (false, false) => return self.refuse(segment.fault(3, Reason::CodeInvalid)),
        };
        // With a status, 4010 and 4020 ask for its reason; later releases do not.
        if reason.is_empty() && !status.is_empty() && (4010..4030).contains(&self.release) {
            return self.reject(segment.fault(reason_at, Reason::MandatoryMissing));
        }
        if segment.get(5).is_empty() {
            return self.reject(segment.fault(5, Reason::MandatoryMissing));
        }
        if code.chars().count() > 60 || reason.chars().count() > 60 {
            return self.refuse(segment.fault(1, Reason::CodeInvalid));
        }
        match time::read(segment, self.release) {
            Err(fault) => self.refuse(fault),
            Ok(time) => {
                let scan = RawScan {
                    source: String::new(),
                    carrier: String::new(),
                    waybill: self.waybill.clone(),
                    piece_label: String::new(),
                    source_event_id: String::new(),
                    format: ScanFormat::X12214,
                    raw_code: code.to_owned(),
                    raw_reason: reason.to_owned(),
                    raw_text: String::new(),
                    time,
                    precision: None,
                    recorded_at: None,
                    class: None,
                    place: None,
                    signed_by: String::new(),
                    proof_reference: String::new(),
                    cash_collected: None,
                    estimate: None,
                    pieces: 0,
                    weight_grams: 0,
                    declaration: None,
                };
                self.line.push((self.statuses, scan));
            }
        }
    }

    /// The place of a status, and whose it is where one party alone is in that town.
    fn place(&self, segment: &Segment<'_>) -> RawPlace {
        let told: Vec<&str> =
            (1..=3).map(|part| segment.get(part)).filter(|part| !part.is_empty()).collect();
        let (city, region) = (segment.get(1).to_uppercase(), segment.get(2).to_uppercase());
        let there = |party: &&Party| {
            !party.role.is_empty()
                && !city.is_empty()
                && (&party.city, &party.region) == (&city, &region)
        };
        let mut roles: Vec<&str> =
            self.parties.iter().filter(there).map(|party| party.role).collect();
        roles.dedup();
        let letters = |text: &&str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
        RawPlace {
            raw: told.join(", ").chars().take(300).collect(),
            country: Some(segment.get(3)).filter(letters).unwrap_or_default().to_owned(),
            role: if let [role] = roles.as_slice() { (*role).to_owned() } else { String::new() },
            ..RawPlace::default()
        }
    }

    /// Changes what the present lading line tells of all its statuses.
    fn of_line(&mut self, change: impl Fn(&mut RawScan)) {
        self.line.iter_mut().for_each(|(_, scan)| change(scan));
    }

    fn end_line(&mut self) {
        self.told.scans.append(&mut self.line);
    }

    /// The whole set cannot be taken.
    fn reject(&mut self, fault: Fault) {
        if self.rejected.len() < FAULTS {
            self.rejected.push(fault);
        }
    }

    /// One scan cannot be taken.
    fn refuse(&mut self, fault: Fault) {
        if self.told.faults.len() < FAULTS {
            self.told.faults.push(fault);
        }
    }
}

/// Whose place a party's is, of those that matter to the meaning of a status.
fn role(entity: &str) -> &'static str {
    match entity {
        "SH" | "SF" => "shipper",
        "CN" | "ST" => "consignee",
        _ => "",
    }
}

/// A number as shipments have it: capitals and digits without spaces; none where it cannot be one.
fn waybill(text: &str) -> Option<String> {
    let plain: String =
        text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
    let good = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    let fits = (3..=50).contains(&plain.len())
        && plain.starts_with(good)
        && plain.chars().all(|c| good(c) || "_./-".contains(c));
    fits.then_some(plain)
}

/// The weight of an AT8 segment, in kilograms (K) or pounds (L).
fn grams(segment: &Segment<'_>) -> Option<i64> {
    let each = match segment.get(2) {
        "K" => 1000.0,
        "L" => POUND_G,
        _ => return None,
    };
    let weight: f64 = segment.get(3).parse().ok()?;
    let grams = (weight * each).round();
    // Within the bounds of a scan's weight, so that the cast is exact.
    (0.0..=1e11).contains(&grams).then_some(grams as i64)
}
