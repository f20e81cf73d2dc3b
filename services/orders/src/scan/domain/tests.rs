//! Facts about scans: what makes two one, and when they happened.

use kefu_kernel::{Fault, Timestamp, Zone};
use proptest::prelude::*;

use super::{RawEstimate, RawPlace, RawScan, RawTime, ScanTime};
use crate::domain::words::{RetractionReason, ScanFormat, TimePrecision, ZoneBasis};

/// A scan of an X12 file with this code and reason, at an instant.
pub(crate) fn raw(raw_code: &str, raw_reason: &str) -> RawScan {
    RawScan {
        source: "edi".into(),
        carrier: "dhx".into(),
        waybill: "WB1".into(),
        piece_label: String::new(),
        source_event_id: String::new(),
        format: ScanFormat::X12214,
        raw_code: raw_code.into(),
        raw_reason: raw_reason.into(),
        raw_text: String::new(),
        time: RawTime::Instant(Timestamp::from_millis(0)),
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
    }
}

fn local(text: &str, offset_minutes: Option<i32>, time_zone: &str) -> RawScan {
    let time = RawTime::Local { text: text.into(), offset_minutes, time_zone: time_zone.into() };
    RawScan { time, ..raw("X4", "") }
}

fn utc(text: &str) -> Timestamp {
    ScanTime::read(&local(text, Some(0), ""), None).unwrap().ordered_at
}

#[test]
fn the_list_of_zones_is_read_whole() {
    let (named, known) = super::time::countries();
    assert!(named > 200 && named == known, "{known} of {named}");
}

#[test]
fn a_zone_is_taken_from_the_scan_then_its_place_then_the_carrier() {
    let shanghai = Zone::named("Asia/Shanghai").unwrap();
    let mut scan = local("2026-03-10T08:50", Some(-300), "Asia/Tokyo");
    let read = |scan: &RawScan, usual| ScanTime::read(scan, usual).unwrap();
    assert_eq!(read(&scan, Some(&shanghai)).occurred_at, Some(utc("2026-03-10T13:50")));
    scan = local("2026-03-10T08:50", None, "Asia/Tokyo");
    assert_eq!(read(&scan, Some(&shanghai)).occurred_at, Some(utc("2026-03-09T23:50")));
    scan = local("2026-03-10T08:50", None, "");
    scan.place = Some(RawPlace { country: "SG".into(), ..RawPlace::default() });
    let found = read(&scan, Some(&shanghai));
    assert_eq!(
        (found.occurred_at, found.basis),
        (Some(utc("2026-03-10T00:50")), ZoneBasis::Location)
    );
    let (code, code_list) = ("HKHKG".into(), "unlocode".into());
    scan.place = Some(RawPlace { code, code_list, ..RawPlace::default() });
    assert_eq!(read(&scan, None).basis, ZoneBasis::Location);
    scan.place = Some(RawPlace { country: "US".into(), ..RawPlace::default() });
    let found = read(&scan, Some(&shanghai));
    assert_eq!(
        (found.ordered_at, found.basis),
        (utc("2026-03-10T00:50"), ZoneBasis::CarrierDefault)
    );
}

#[test]
fn where_nobody_knows_the_zone_the_instant_is_not_told() {
    let read = ScanTime::read(&local("2026-03-10T08:50", None, ""), None).unwrap();
    assert_eq!((read.occurred_at, read.basis), (None, ZoneBasis::Unknown));
    assert_eq!(read.ordered_at, utc("2026-03-10T08:50"));
}

#[test]
fn times_are_as_exact_as_they_are_written() {
    let table = [
        ("2026-03-10", TimePrecision::Date, "2026-03-10T00:00"),
        ("2026-03-10T08:50", TimePrecision::Minute, "2026-03-10T08:50:00"),
        ("2026-03-10T08:50:12.1234567", TimePrecision::Second, "2026-03-10T08:50:12.123"),
        ("2026-03-10T23:59:60", TimePrecision::Second, "2026-03-10T23:59:59"),
    ];
    for (text, precision, same) in table {
        let read = ScanTime::read(&local(text, Some(0), ""), None).unwrap();
        assert_eq!((read.precision, read.ordered_at), (precision, utc(same)), "{text}");
    }
}

#[test]
fn changes_of_offset_are_kept() {
    let at =
        |text| ScanTime::read(&local(text, None, "America/New_York"), None).unwrap().ordered_at;
    assert_eq!(at("2026-03-08T01:30"), utc("2026-03-08T06:30"));
    assert_eq!(at("2026-03-08T12:00"), utc("2026-03-08T16:00"), "after the clocks went forward");
    assert_eq!(at("2026-11-01T12:00"), utc("2026-11-01T17:00"), "after they went back");
}

#[test]
fn what_is_no_time_is_refused() {
    for text in
        ["2026-03-10 08:50", "2026-13-10", "2026-03-10T25:00", "2026-03-10T08:5", "10.3.2026 8h"]
    {
        let refused = ScanTime::read(&local(text, None, ""), None).unwrap_err();
        assert_eq!(refused.reason(), "VALIDATION_FAILED", "{text}");
    }
    let nowhere = ScanTime::read(&local("2026-03-10", None, "Mars/Olympus"), None).unwrap_err();
    assert_eq!(nowhere.reason(), "TIME_ZONE_UNKNOWN");
}

#[test]
fn two_scans_are_one_only_where_all_that_decides_is_the_same() {
    let scan = raw("X4", "NS");
    let with = |change: &dyn Fn(&mut RawScan)| {
        let mut other = scan.clone();
        change(&mut other);
        other.identity() == scan.identity()
    };
    assert!(with(&|scan| scan.raw_text = "At the hub".into()));
    assert!(with(&|scan| scan.source_event_id = "e2".into()), "sources use ids again");
    assert!(with(&|scan| scan.pieces = 3));
    assert!(!with(&|scan| scan.raw_reason = String::new()));
    assert!(!with(&|scan| scan.piece_label = "P1".into()));
    assert!(!with(&|scan| scan.time = RawTime::Instant(Timestamp::from_millis(1))));
    assert!(!with(&|scan| scan.place = Some(RawPlace::default())));
    let reason = RetractionReason::DidNotOccur;
    assert!(!with(&|scan| {
        scan.declaration = Some(super::Declaration { source_event_id: "e1".into(), reason });
    }));
}

proptest! {
    #[test]
    fn texts_never_run_into_each_other(
        one in proptest::array::uniform3("[ab]{0,3}"),
        two in proptest::array::uniform3("[ab]{0,3}"),
    ) {
        let of = |[source, carrier, waybill]: &[String; 3]| {
            let (source, carrier) = (source.clone(), carrier.clone());
            RawScan { source, carrier, waybill: waybill.clone(), ..raw("X", "") }.identity()
        };
        prop_assert_eq!(of(&one) == of(&two), one == two);
    }

    #[test]
    fn no_text_breaks_the_reading_of_times(text in "\\PC{0,45}") {
        let _ = ScanTime::read(&local(&text, None, ""), None);
    }
}

#[test]
fn what_comes_again_fills_gaps_and_changes_nothing_else() {
    let mut known = raw("D1", "");
    known.signed_by = "Chen".into();
    let estimate = RawEstimate { from: Timestamp::EPOCH, until: Timestamp::EPOCH, date_only: true };
    let mut again = RawScan { estimate: Some(estimate), ..known.clone() };
    again.signed_by = "Wang".into();
    assert!(known.enrich(&again));
    assert_eq!((known.signed_by.as_str(), known.estimate), ("Chen", Some(estimate)));
    assert!(!known.enrich(&again));
}
