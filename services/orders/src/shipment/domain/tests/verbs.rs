//! Facts about the verbs of shipments: what they tell, and each refusal.

use kefu_api_events::v1 as events;
use kefu_kernel::{Fault, Money};
use uuid::Uuid;

use super::super::{Decision, New, NewNumber, OrderOf, Override, Patch, Shipment, Window, Windows};
use super::support::{
    Told, at, carrier, identify, ingest, names, new, piece, read as support_read, reread, scan,
    ship,
};
use crate::domain::Context;
use crate::domain::ids::ShipmentId;
use crate::domain::words::{
    EventClass, RetractionReason, ShipmentFlag, ShipmentStatus, TimePrecision,
};
use crate::scan::domain::{RawEstimate, RawPlace, RawTime};
use crate::shipment::store::aggregate::stored;

fn context(minute: i64) -> Context<'static> {
    Context { now: at(minute), actor: "person_agent" }
}

fn cny(minor: i64) -> Option<Money> {
    Some(Money::from_code(minor, "CNY").unwrap())
}

fn order() -> OrderOf {
    OrderOf {
        id: Uuid::from_u128(70).into(),
        customer: Some(Uuid::from_u128(71).into()),
        branch: Some(Uuid::from_u128(72).into()),
        cod: cny(100),
        cod_of_others: 60,
        goods_lines: 2,
    }
}

fn overridden(shipment: &Shipment, status: ShipmentStatus, minute: i64) -> Decision {
    let said = Override {
        id: Uuid::from_u128(800 + u128::try_from(minute).unwrap()).into(),
        status,
        reason: "consignee.absent".into(),
        occurred_at: Some(at(minute)),
        note: "The receiver called".into(),
    };
    shipment.override_status(&context(60), said, &identify)
}

#[track_caller]
fn refused(decision: Decision, reason: &str) {
    assert_eq!(decision.unwrap_err().reason(), reason);
}

#[test]
fn a_new_shipment_takes_the_scans_that_wait_for_it() {
    let waiting = vec![scan("AF", -30), scan("X4", -10)];
    let (shipment, told) = Shipment::create(&context(0), &carrier(), new(), waiting).unwrap();
    let expected = [
        "ShipmentCreated",
        "ShipmentScanRecorded",
        "ShipmentScanRecorded",
        "ShipmentStatusChanged",
    ];
    assert_eq!(names(&Told(told)), expected);
    assert_eq!(shipment.standing.status, ShipmentStatus::InTransit);
}

#[test]
fn a_shipment_of_an_order_is_the_orders_customers() {
    let of = New { order: Some(order()), cod: cny(40), ..new() };
    let (shipment, told) = Shipment::create(&context(0), &carrier(), of, Vec::new()).unwrap();
    let facts = Told(told).first::<events::ShipmentCreated>().facts.unwrap();
    assert_eq!(shipment.customer, order().customer);
    assert_eq!(facts.branch_id, order().branch.unwrap().to_string());
    assert_eq!((facts.cod_currency.as_str(), facts.cod_minor_units), ("CNY", 40));
}

#[test]
fn what_cannot_be_is_not_registered() {
    let create = |change: &dyn Fn(&mut New)| {
        let mut new = New { order: Some(order()), ..new() };
        change(&mut new);
        Shipment::create(&context(0), &carrier(), new, Vec::new())
    };
    refused(create(&|new| new.cod = cny(41)), "COD_EXCEEDS_ORDER");
    refused(
        create(&|new| new.cod = Some(Money::from_code(1, "EUR").unwrap())),
        "CURRENCY_MISMATCH",
    );
    refused(create(&|new| new.cod = cny(0)), "VALIDATION_FAILED");
    refused(create(&|new| new.pieces.clear()), "VALIDATION_FAILED");
    refused(create(&|new| new.pieces = vec![piece(1, "P1"), piece(2, "P1")]), "VALIDATION_FAILED");
    refused(create(&|new| new.pieces[0].goods_lines = vec![3]), "VALIDATION_FAILED");
    refused(create(&|new| new.valid_from = Some(at(31 * 24 * 60))), "VALIDATION_FAILED");
    let mut gone = carrier();
    gone.active = false;
    let told = Shipment::create(&context(0), &gone, new(), Vec::new());
    refused(told, "UNKNOWN_REFERENCE");
    let mut strict = carrier();
    strict.waybill_min_length = 10;
    refused(Shipment::create(&context(0), &strict, new(), Vec::new()), "WAYBILL_INVALID");
}

#[test]
fn a_persons_word_outranks_the_same_instant_and_what_was_before() {
    let shipment = ingest(&ship(), vec![scan("D1", 10)], 60).0;
    let (shipment, told) = overridden(&shipment, ShipmentStatus::AttemptFailed, 10).unwrap();
    let expected = ["ShipmentScanRecorded", "ShipmentStatusChanged", "ShipmentFlagsChanged"];
    assert_eq!(names(&Told(told)), expected);
    assert_eq!(shipment.standing.status, ShipmentStatus::AttemptFailed);
    assert!(shipment.standing.flags.contains(&ShipmentFlag::Overridden));
    let shipment = ingest(&shipment, vec![scan("X6", 9)], 60).0;
    assert_eq!(shipment.standing.status, ShipmentStatus::AttemptFailed);
    let shipment = ingest(&shipment, vec![scan("D1", 20)], 60).0;
    assert_eq!(shipment.standing.status, ShipmentStatus::Delivered, "what is later goes on");
    assert!(!shipment.standing.flags.contains(&ShipmentFlag::Overridden));
    let mut nowhere = Override {
        id: Uuid::from_u128(1).into(),
        status: ShipmentStatus::Lost,
        reason: "carrier.bored".into(),
        occurred_at: None,
        note: String::new(),
    };
    refused(
        shipment.override_status(&context(60), nowhere.clone(), &identify),
        "UNKNOWN_REFERENCE",
    );
    (nowhere.reason, nowhere.occurred_at) = (String::new(), Some(at(61)));
    refused(shipment.override_status(&context(60), nowhere, &identify), "VALIDATION_FAILED");
}

#[test]
fn only_what_the_carrier_does_not_have_is_called_off() {
    let cancel = |shipment: &Shipment| {
        shipment.cancel(&context(60), Uuid::from_u128(900).into(), "no_goods", &identify)
    };
    let (shipment, told) = cancel(&ship()).unwrap();
    assert_eq!(names(&Told(told)), ["ShipmentScanRecorded", "ShipmentStatusChanged"]);
    assert!(shipment.standing.flags.is_empty(), "that is no override");
    refused(cancel(&shipment), "SHIPMENT_ENDED");
    refused(cancel(&ingest(&ship(), vec![scan("AF", 10)], 60).0), "SHIPMENT_UNDER_WAY");
}

#[test]
fn a_scan_is_taken_back_once() {
    let shipment = ingest(&ship(), vec![scan("X4", 5), scan("D1", 10)], 60).0;
    let id = shipment.standing.deciding.unwrap();
    let reason = RetractionReason::IncorrectData;
    let mut right = scan("AP", 10);
    right.raw.raw_reason = "C9".into();
    let (after, told) = shipment.retract(&context(61), id, reason, Some(reread(right))).unwrap();
    assert_eq!(after.standing.status, ShipmentStatus::AttemptFailed);
    let expected = [
        "ShipmentScanRecorded",
        "ShipmentScanRetracted",
        "ShipmentStatusChanged",
        "ShipmentFlagsChanged",
    ];
    assert_eq!(names(&Told(told)), expected);
    refused(after.retract(&context(62), id, reason, None), "SCAN_RETRACTED");
    let nowhere = Uuid::from_u128(12_345).into();
    refused(after.retract(&context(62), nowhere, reason, None), "RESOURCE_NOT_FOUND");
}

#[test]
fn by_another_number_another_journey_begins() {
    let shipment = ingest(&ship(), vec![scan("X4", 10)], 60).0;
    let number =
        || NewNumber { waybill: "WB2".into(), valid_from: None, reason: "label_lost".into() };
    let mut waiting = scan("AF", 30);
    waiting.raw.waybill = "WB2".into();
    let waiting = vec![reread(waiting)];
    let (after, told) =
        shipment.replace_waybill(&context(60), &carrier(), number(), waiting).unwrap();
    assert_eq!(after.standing.status, ShipmentStatus::PickedUp);
    assert_eq!((after.standing.scans, after.scans.len()), (1, 2));
    assert_eq!(names(&Told(told))[0], "ShipmentWaybillReplaced");
    let again = after.replace_waybill(&context(60), &carrier(), number(), Vec::new());
    refused(again, "VALIDATION_FAILED");
    let ended = ingest(&ship(), vec![scan("D1", 10)], 60).0;
    let late = ended.replace_waybill(&context(60), &carrier(), number(), Vec::new());
    refused(late, "SHIPMENT_ENDED");
}

#[test]
fn everything_that_a_scan_may_hold_is_kept() {
    let mut full = scan("D1", 10).raw;
    let (text, offset_minutes, time_zone) =
        ("2027-01-15T08:00".into(), Some(480), "Asia/Tokyo".into());
    full.time = RawTime::Local { text, offset_minutes, time_zone };
    full.precision = Some(TimePrecision::Date);
    full.recorded_at = Some(at(3));
    full.class = Some(EventClass::Actual);
    full.place = Some(RawPlace {
        raw: "Newark".into(),
        code: "USEWR".into(),
        code_list: "unlocode".into(),
        country: "US".into(),
        latitude_e7: Some(407_356_570),
        longitude_e7: Some(-741_723_670),
        role: "consignee".into(),
    });
    full.signed_by = "Chen".into();
    full.proof_reference = "POD-1".into();
    full.raw_text = "Left with Chen".into();
    full.cash_collected = cny(5_000);
    full.estimate = Some(RawEstimate { from: at(1), until: at(2), date_only: true });
    (full.pieces, full.weight_grams, full.piece_label) = (2, 900, "P1".into());
    let mut full = support_read(full);
    full.file = Some((Uuid::from_u128(5).into(), "1/2/3/4".into()));
    let told = Shipment::create(&context(0), &carrier(), new(), vec![full]).unwrap();
    let shipment = overridden(&told.0, ShipmentStatus::Returning, 30).unwrap().0;
    let number = NewNumber { waybill: "WB2".into(), valid_from: None, reason: "label_lost".into() };
    let (mut shipment, _) =
        shipment.replace_waybill(&context(61), &carrier(), number, Vec::new()).unwrap();
    shipment.head.updated_at = at(61);
    assert_eq!(stored(&shipment).unwrap(), shipment);
}

#[test]
fn an_update_keeps_pieces_by_their_label() {
    let of = New { pieces: vec![piece(1, "P1"), piece(2, "")], ..new() };
    let (shipment, _) = Shipment::create(&context(0), &carrier(), of, Vec::new()).unwrap();
    let pieces = Some(vec![piece(8, "P2"), piece(9, "P1")]);
    let (after, told) =
        shipment.update(&context(1), None, Patch { pieces, ..Patch::default() }).unwrap();
    let ids: Vec<_> = after.pieces.iter().map(|piece| piece.id).collect();
    assert_eq!(ids, [Uuid::from_u128(8).into(), Uuid::from_u128(1).into()]);
    assert_eq!(told[0].changed, ["pieces"]);
    assert!(after.update(&context(2), None, Patch::default()).unwrap().1.is_empty());
    let patch = Patch { cod: Some(cny(41)), ..Patch::default() };
    refused(after.update(&context(2), Some(&order()), patch), "COD_EXCEEDS_ORDER");
    let patch = Patch { customer: Some(None), ..Patch::default() };
    refused(after.update(&context(2), Some(&order()), patch), "VALIDATION_FAILED");
}

#[test]
fn a_number_means_one_shipment_at_a_time() {
    let id = |number: u128| ShipmentId::from(Uuid::from_u128(number));
    let day = |day: i64| at(day * 24 * 60);
    let mut windows = Windows::default();
    windows.claim(id(1), Window::of_days(day(0), 120)).unwrap();
    windows.claim(id(2), Window::of_days(day(120), 120)).unwrap();
    let taken = windows.claim(id(3), Window::of_days(day(100), 10)).unwrap_err();
    assert_eq!(
        (taken.reason(), taken.metadata()[0].1.clone()),
        ("WAYBILL_TAKEN", id(1).to_string())
    );
    assert_eq!(windows.owner(day(119)), Some(id(1)));
    assert_eq!(windows.owner(day(120)), Some(id(2)));
    assert_eq!(windows.owner(day(-10)), Some(id(1)), "carriers tell of a pickup before");
    assert_eq!(windows.owner(day(-11)), None);
    assert_eq!(windows.owner(day(240)), None);
    windows.release(id(1), day(50));
    assert_eq!(windows.owner(day(60)), None);
    windows.claim(id(3), Window::of_days(day(60), 60)).unwrap();
    assert_eq!(windows.owner(day(55)), Some(id(3)));
}
