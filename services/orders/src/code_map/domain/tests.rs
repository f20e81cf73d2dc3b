//! Facts about code maps: what the shipped ones read, which entry holds, and a version's life.

use kefu_kernel::{Fault, Timestamp};
use uuid::Uuid;

use super::{CodeMap, CodeMapState, CodeMeaning, Entries, New, Reasons, shipped};
use crate::domain::Context;
use crate::domain::ids::CodeMapId;
use crate::domain::words::{EventClass, NextStep, ScanFormat, ShipmentFlag, ShipmentStatus};
use crate::scan::domain::tests::raw;

fn x12() -> Entries {
    let all = shipped::shipped().unwrap();
    all.into_iter().find(|(format, _)| *format == ScanFormat::X12214).unwrap().1
}

fn context() -> Context<'static> {
    Context { now: Timestamp::from_millis(1), actor: "person_admin" }
}

fn new(version: u8, carrier: &str, source: &str, entries: Entries) -> New {
    New {
        id: Uuid::from_u128(version.into()).into(),
        format: ScanFormat::X12214,
        carrier: carrier.into(),
        source: source.into(),
        version: version.into(),
        note: String::new(),
        entries,
        based_on: None,
        dropped_codes: Vec::new(),
    }
}

fn code(raw_code: &str, status: Option<ShipmentStatus>) -> CodeMeaning {
    let toml = format!("code = [{{ raw_code = '{raw_code}' }}]");
    let mut entry = shipped::parse(&toml).unwrap().codes.remove(0);
    entry.status = status;
    entry
}

#[test]
fn the_shipped_data_hold_together() {
    assert!(Reasons::shipped().iter().count() > 50);
    for reason in Reasons::shipped().iter() {
        for language in ["en", "es", "zh"] {
            assert!(reason.names.contains_key(language), "{} in {language}", reason.code);
        }
    }
    assert_eq!(shipped::shipped().unwrap().len(), 2);
}

#[test]
fn codes_that_sound_alike_mean_what_the_standard_says() {
    use ShipmentStatus::{AttemptFailed, Delivered, InTransit, InfoReceived, OutForDelivery};
    let table = [
        ("X3", Some(InfoReceived)),
        ("X1", Some(OutForDelivery)),
        ("D1", Some(Delivered)),
        ("CD", None),
        ("X4", Some(InTransit)),
        ("AP", Some(AttemptFailed)),
        ("SD", None),
    ];
    for (raw_code, status) in table {
        assert_eq!(x12().read(&raw(raw_code, "")).unwrap().status, status, "{raw_code}");
    }
    assert_eq!(x12().read(&raw("QQ", "")), None, "what is not known is not guessed");
}

#[test]
fn cash_that_is_not_there_is_the_reason_and_a_flag() {
    let read = x12().read(&raw("AP", "C9")).unwrap();
    assert_eq!(read.reason, "payment.cod_cash_unavailable");
    assert!(read.sets.contains(&ShipmentFlag::CodProblem));
    assert_eq!(read.next_step, NextStep::OpenTicket);
    let read = x12().read(&raw("AP", "??")).unwrap();
    assert!(read.reason.is_empty() && read.reason_unknown);
}

#[test]
fn a_return_has_ended_at_the_shipper_only() {
    let mut scan = raw("A3", "");
    assert_eq!(x12().read(&scan).unwrap().status, Some(ShipmentStatus::Returning));
    scan.place = Some(Default::default());
    scan.place.as_mut().unwrap().role = "shipper".into();
    assert_eq!(x12().read(&scan).unwrap().status, Some(ShipmentStatus::Returned));
}

#[test]
fn an_estimate_is_one_whatever_the_scan_says_of_itself() {
    let mut scan = raw("AG", "");
    scan.class = Some(EventClass::Actual);
    assert_eq!(x12().read(&scan).unwrap().class, EventClass::Estimated);
}

#[test]
fn the_entry_with_the_most_conditions_holds() {
    let mut plain = code("ZZ", Some(ShipmentStatus::InTransit));
    let mut reasoned = code("ZZ", Some(ShipmentStatus::Exception));
    let mut placed = code("ZZ", Some(ShipmentStatus::Delivered));
    (reasoned.raw_reason, placed.place_role) = ("R".into(), "consignee".into());
    plain.note = "any".into();
    let entries = Entries { codes: vec![placed, plain, reasoned], reasons: Vec::new() };
    let status = |reason: &str, role: &str| {
        let mut scan = raw("ZZ", reason);
        scan.place = Some(Default::default());
        scan.place.as_mut().unwrap().role = role.into();
        entries.read(&scan).unwrap().status.unwrap()
    };
    assert_eq!(status("", ""), ShipmentStatus::InTransit);
    assert_eq!(status("R", ""), ShipmentStatus::Exception);
    assert_eq!(status("", "consignee"), ShipmentStatus::Delivered);
    assert_eq!(status("R", "consignee"), ShipmentStatus::Exception);
}

#[test]
fn entries_that_contradict_each_other_are_refused() {
    let twice = Entries { codes: vec![code("A", None), code("A", None)], reasons: Vec::new() };
    let refused = CodeMap::create(&context(), new(1, "", "", twice)).unwrap_err();
    assert_eq!(refused.reason(), "CODE_MAP_AMBIGUOUS");
    let mut unknown = code("A", None);
    unknown.reason = "carrier.bored".into();
    let entries = Entries { codes: vec![unknown], reasons: Vec::new() };
    let refused = CodeMap::create(&context(), new(1, "", "", entries)).unwrap_err();
    assert_eq!(refused.reason(), "UNKNOWN_REFERENCE");
    let mut derived = code("A", Some(ShipmentStatus::Unknown));
    derived.sets_flags = vec![ShipmentFlag::Overridden];
    let entries = Entries { codes: vec![derived], reasons: Vec::new() };
    let refused = CodeMap::create(&context(), new(1, "", "", entries)).unwrap_err();
    assert_eq!(refused.field_violations().len(), 2);
}

#[test]
fn a_version_takes_over_what_it_does_not_say_otherwise() {
    let mut next = new(2, "", "", Entries { codes: vec![code("CD", None)], reasons: Vec::new() });
    next.entries.codes[0].status = Some(ShipmentStatus::Delivered);
    next.based_on = Some(x12());
    next.dropped_codes = vec!["BR".into()];
    let (map, _) = CodeMap::create(&context(), next).unwrap();
    let read = |raw_code: &str| map.entries.read(&raw(raw_code, "")).map(|meaning| meaning.status);
    assert_eq!(read("CD"), Some(Some(ShipmentStatus::Delivered)));
    assert_eq!(read("BR"), None);
    assert_eq!(read("X4"), Some(Some(ShipmentStatus::InTransit)));
}

#[test]
fn one_version_reads_and_the_one_before_retires() {
    let (map, _) = CodeMap::create(&context(), new(1, "", "", x12())).unwrap();
    assert_eq!(map.state, CodeMapState::Draft);
    let (map, told) = map.activate(&context(), None, None).unwrap();
    assert_eq!((map.state, told.len()), (CodeMapState::Active, 1));
    let again = map.activate(&context(), None, None).unwrap_err();
    assert_eq!(again.reason(), "CODE_MAP_ACTIVE");
    let (map, _) = map.retire(&context());
    assert!(map.retired_at.is_some());
    let (map, _) = map.activate(&context(), Some(CodeMapId::from(Uuid::nil())), None).unwrap();
    assert_eq!((map.state, map.retired_at), (CodeMapState::Active, None));
}

#[test]
fn the_narrowest_version_reads() {
    let of = |version, carrier, source| {
        CodeMap::create(&context(), new(version, carrier, source, x12())).unwrap().0
    };
    let maps = [of(1, "", ""), of(2, "", "edi"), of(3, "dhx", ""), of(4, "dhx", "edi")];
    let version = |carrier, source| {
        CodeMap::narrowest(&maps, carrier, source).map(|map| map.version).unwrap()
    };
    assert_eq!(version("dhx", "edi"), 4);
    assert_eq!(version("dhx", "poll"), 3);
    assert_eq!(version("ups", "edi"), 2);
    assert_eq!(version("ups", "poll"), 1);
}
