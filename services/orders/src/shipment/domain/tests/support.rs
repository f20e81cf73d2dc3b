//! A carrier, a shipment and scans to test with.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use kefu_kernel::{NewEvent, Timestamp};
use prost::{Message, Name};
use uuid::Uuid;

use super::super::{New, NewPiece, Shipment};
use crate::carrier::domain::{self as carriers, Carrier, WaybillCheck};
use crate::code_map::domain::{Entries, shipped};
use crate::domain::Context;
use crate::domain::words::ScanFormat;
use crate::scan::domain::{Identity, RawScan, RawTime, Reader, Scan, tests::raw};

/// Events that were told.
pub struct Told(pub Vec<NewEvent>);

impl Told {
    pub fn first<M: Message + Default>(&self) -> M {
        M::decode(self.0.first().unwrap().payload.as_slice()).unwrap()
    }

    /// The last of a kind.
    pub fn last<M: Message + Name + Default>(&self) -> M {
        let found = self.0.iter().rfind(|event| event.type_name == M::full_name());
        M::decode(found.unwrap().payload.as_slice()).unwrap()
    }
}

/// The events' short names.
pub fn names(told: &Told) -> Vec<&str> {
    crate::domain::testing::names(&told.0)
}

/// So many minutes after the shipment was registered. Not near the epoch, which stands for none in events.
pub fn at(minute: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + minute * 60_000)
}

/// A hash that is good enough to tell test scans apart.
pub fn identify(bytes: &[u8]) -> Identity {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let mut identity = [0; 32];
    identity[..8].copy_from_slice(&hasher.finish().to_be_bytes());
    identity
}

pub fn carrier() -> Carrier {
    let new = carriers::New {
        id: Uuid::from_u128(1).into(),
        code: "dhx".into(),
        name: "DHX".into(),
        scac: String::new(),
        waybill_check: WaybillCheck::None,
        waybill_min_length: 0,
        waybill_max_length: 0,
        waybill_days: 0,
        time_zone: String::new(),
        source_priority: Vec::new(),
    };
    Carrier::create(&Context { now: at(0), actor: "person_admin" }, new).unwrap().0
}

pub fn new() -> New {
    New {
        id: Uuid::from_u128(2).into(),
        order: None,
        customer: None,
        waybill: "WB1".into(),
        valid_from: None,
        source: String::new(),
        external_id: None,
        service: String::new(),
        origin_code: String::new(),
        destination_code: String::new(),
        pieces: vec![piece(10, "")],
        cod: None,
        promised_until: None,
        branch: None,
        historic: false,
    }
}

pub fn piece(id: u128, label: &str) -> NewPiece {
    NewPiece {
        id: Uuid::from_u128(id).into(),
        label: label.into(),
        goods_lines: Vec::new(),
        weight_grams: 0,
        length_mm: 0,
        width_mm: 0,
        height_mm: 0,
    }
}

/// A shipment of one piece.
pub fn ship() -> Shipment {
    ship_with(&[""])
}

/// A shipment of pieces with these labels.
pub fn ship_with(labels: &[&str]) -> Shipment {
    let context = Context { now: at(0), actor: "person_agent" };
    let pieces = labels.iter().zip(10..).map(|(label, id)| piece(id, label)).collect();
    Shipment::create(&context, &carrier(), New { pieces, ..new() }, Vec::new()).unwrap().0
}

/// A scan of an X12 file, read by the shipped map.
pub fn scan(raw_code: &str, minute: i64) -> Scan {
    read(RawScan { time: RawTime::Instant(at(minute)), ..raw(raw_code, "") })
}

/// The same from another source.
pub fn ended(source: &str, raw_code: &str, minute: i64) -> Scan {
    let time = RawTime::Instant(at(minute));
    read(RawScan { time, source: source.into(), ..raw(raw_code, "") })
}

/// A scan in Kefu's own words.
pub fn api(raw_code: &str, minute: i64) -> Scan {
    let (time, format) = (RawTime::Instant(at(minute)), ScanFormat::Api);
    read(RawScan { time, format, ..raw(raw_code, "") })
}

/// A scan that was changed, as if it had come so.
pub fn reread(scan: Scan) -> Scan {
    read(scan.raw)
}

pub fn read(raw: RawScan) -> Scan {
    static MAPS: LazyLock<Vec<(ScanFormat, Entries)>> =
        LazyLock::new(|| shipped::shipped().unwrap());
    let map = MAPS.iter().find(|(format, _)| *format == raw.format).map(|(_, map)| (map, 1));
    let reader = Reader { map, zone: None, priority: 0, identify: &identify };
    let id = u128::from_be_bytes(identify(&raw.identity())[..16].try_into().unwrap());
    Scan::read(Uuid::from_u128(id).into(), raw, &reader, at(0)).unwrap()
}

/// Takes scans in at a minute. Labels may have been set since they were read: they are read anew.
pub fn ingest(shipment: &Shipment, scans: Vec<Scan>, minute: i64) -> (Shipment, Told) {
    let scans = scans.into_iter().map(reread).collect();
    let context = Context { now: at(minute), actor: "system_edi" };
    let (shipment, told, _) = shipment.ingest(&context, scans).unwrap();
    (shipment, Told(told))
}
