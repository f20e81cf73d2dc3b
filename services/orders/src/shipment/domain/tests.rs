//! Facts about shipments: what the fold comes to, what its verbs tell and refuse, and that no order, number or
//! lateness of scans makes a difference.

mod shuffle;
mod support;
mod verbs;

use kefu_api_events::v1 as events;
use kefu_kernel::Timestamp;

use self::support::{Told, at, carrier, ended, ingest, names, new, scan, ship, ship_with};
use super::{Intake, Shipment, Traced};
use crate::domain::Context;
use crate::domain::words::{ShipmentFlag as Flag, ShipmentStatus as Status};
use crate::scan::domain::Scan;

fn fold_of(scans: Vec<Scan>) -> Shipment {
    ingest(&ship(), scans, 60).0
}

#[test]
fn the_last_scan_by_instant_decides_and_not_the_last_that_came() {
    let shipment = fold_of(vec![scan("D1", 30), scan("X6", 20), scan("AF", 10)]);
    assert_eq!(shipment.standing.status, Status::Delivered);
    assert_eq!(shipment.standing.delivered_at, Some(at(30)));
    assert_eq!(shipment.standing.picked_up_at, Some(at(10)));
}

#[test]
fn at_one_instant_the_higher_rank_counts() {
    let shipment = fold_of(vec![scan("D1", 10), scan("AF", 10)]);
    assert_eq!(shipment.standing.status, Status::Delivered);
}

#[test]
fn what_was_delivered_is_left_by_a_return_only() {
    let shipment = fold_of(vec![scan("D1", 10), scan("X4", 20)]);
    assert_eq!(shipment.standing.status, Status::Delivered, "a scan timed after it is history");
    let shipment = fold_of(vec![scan("D1", 10), scan("A3", 20)]);
    assert_eq!(shipment.standing.status, Status::Returning);
    assert_eq!(shipment.standing.delivered_at, None);
}

#[test]
fn an_unknown_code_is_kept_and_moves_nothing() {
    let before = fold_of(vec![scan("X4", 10)]);
    let (after, told) = ingest(&before, vec![scan("QQ", 20)], 60);
    assert_eq!(names(&told), ["ShipmentScanRecorded"]);
    assert_eq!((after.standing.status, after.standing.scans), (Status::InTransit, 1));
    assert_eq!(after.standing.last_scan_at, Some(at(10)), "nor is anything seen by it");
    let recorded = told.first::<events::ShipmentScanRecorded>();
    assert_eq!(recorded.reading(), events::ScanReading::UnknownCode);
}

#[test]
fn what_is_ahead_waits_until_its_time_has_come() {
    let before = fold_of(vec![scan("X4", 10)]);
    let (after, _) = ingest(&before, vec![scan("D1", 60 + 25 * 60)], 60);
    assert_eq!(after.standing.status, Status::InTransit);
    let wakes_at = after.wakes_at().unwrap();
    assert_eq!(wakes_at, at(60 + 60));
    let context = Context { now: wakes_at, actor: "service:orders" };
    let (after, told) = after.refold(&context).unwrap();
    assert_eq!((after.standing.status, after.wakes_at()), (Status::Delivered, None));
    assert_eq!(names(&Told(told)), ["ShipmentStatusChanged"]);
    assert!(after.refold(&context).unwrap().1.is_empty(), "a timer may fire twice");
}

#[test]
fn flags_stand_beside_the_status() {
    let shipment = fold_of(vec![scan("X4", 10), scan("SD", 11), scan("BO", 12)]);
    assert_eq!(shipment.standing.status, Status::InTransit);
    assert_eq!(shipment.standing.flags, [Flag::Delayed, Flag::Held].into());
    let shipment = ingest(&shipment, vec![scan("D1", 20)], 60).0;
    assert!(shipment.standing.flags.is_empty());
}

#[test]
fn a_reason_tells_who_answers_and_what_is_to_be_done() {
    let mut failed = scan("AP", 10);
    failed.raw.raw_reason = "C9".into();
    let (shipment, told) = ingest(&ship(), vec![support::reread(failed)], 60);
    assert_eq!(shipment.standing.reason, "payment.cod_cash_unavailable");
    assert_eq!((shipment.standing.attempts, shipment.standing.flags.len()), (1, 1));
    let moved = told.last::<events::ShipmentStatusChanged>();
    assert_eq!(moved.next_step(), events::NextStep::OpenTicket);
    assert_eq!(moved.facts.unwrap().responsible(), events::ResponsibleParty::Payer);
}

#[test]
fn of_several_pieces_the_least_advanced_decides() {
    let mut delivered = scan("D1", 20);
    delivered.raw.piece_label = "P1".into();
    let shipment = ingest(&ship_with(&["P1", "P2"]), vec![scan("X4", 10), delivered], 60).0;
    assert_eq!(shipment.standing.status, Status::InTransit);
    assert_eq!(shipment.standing.flags, [Flag::Partial].into());
    let mut damaged = scan("A9", 30);
    damaged.raw.piece_label = "P2".into();
    let shipment = ingest(&shipment, vec![damaged], 60).0;
    assert_eq!(shipment.standing.status, Status::Exception);
    assert_eq!(shipment.standing.flags, [Flag::Damaged, Flag::Partial].into());
}

#[test]
fn a_lost_piece_leaves_the_others_to_decide() {
    let lost = |label: &str, minute| {
        let mut scan = support::api("lost", minute);
        scan.raw.piece_label = label.into();
        scan
    };
    let shipment = ship_with(&["P1", "P2"]);
    let shipment = ingest(&shipment, vec![scan("D1", 20), lost("P1", 10)], 60).0;
    assert_eq!(shipment.standing.status, Status::Delivered);
    assert_eq!(shipment.standing.flags, [Flag::Partial].into());
    let shipment = ingest(&ship_with(&["P1", "P2"]), vec![lost("P1", 10), lost("P2", 11)], 60).0;
    assert_eq!(shipment.standing.status, Status::Lost);
}

#[test]
fn two_sources_that_disagree_for_hours_are_a_conflict() {
    let (one, other) = (scan("CA", 10), ended("other", "D1", 20));
    let shipment = ingest(&ship(), vec![one, other], 60).0;
    assert!(!shipment.standing.flags.contains(&Flag::Conflict));
    let wakes_at = shipment.wakes_at().unwrap();
    assert_eq!(wakes_at, at(20 + 6 * 60));
    let (shipment, told) =
        shipment.refold(&Context { now: wakes_at, actor: "service:orders" }).unwrap();
    assert!(shipment.standing.flags.contains(&Flag::Conflict));
    assert_eq!(names(&Told(told)), ["ShipmentFlagsChanged"]);
}

#[test]
fn estimates_are_kept_and_move_nothing() {
    let mut estimate = scan("AG", 5_000);
    estimate.raw.recorded_at = Some(at(10));
    let (shipment, told) = ingest(&ship(), vec![scan("X4", 10), estimate], 60);
    assert_eq!(shipment.standing.status, Status::InTransit);
    assert_eq!(
        told.last::<events::ShipmentEstimateChanged>().made_at.unwrap().seconds,
        1_800_000_600
    );
    let mut better = scan("AG", 4_000);
    better.raw.recorded_at = Some(at(20));
    let mut stale = scan("AG", 9_000);
    stale.raw.recorded_at = Some(at(5));
    let shipment = ingest(&shipment, vec![better, stale], 60).0;
    let told: Vec<Timestamp> =
        shipment.standing.estimates.iter().map(|estimate| estimate.window.until).collect();
    assert_eq!(told, [at(4_000), at(5_000), at(9_000)]);
}

#[test]
fn what_came_before_is_known_and_fills_gaps() {
    let shipment = fold_of(vec![scan("D1", 10)]);
    let mut again = scan("D1", 10);
    again.id = uuid::Uuid::from_u128(9_999).into();
    let context = Context { now: at(60), actor: "system_edi" };
    let (same, told, results) = shipment.ingest(&context, vec![again.clone()]).unwrap();
    assert_eq!(results, [Intake::Duplicate(shipment.scans[0].id)]);
    assert_eq!((same, told.len()), (shipment.clone(), 0), "a repeat is no change");
    again.raw.signed_by = "Chen".into();
    let (richer, told, _) = shipment.ingest(&context, vec![again]).unwrap();
    assert_eq!(richer.standing.signed_by, "Chen");
    assert_eq!(names(&Told(told)), ["ShipmentUpdated"]);
}

#[test]
fn scans_are_told_before_what_they_move() {
    let mut damaged = scan("A9", 20);
    damaged.raw.raw_reason = "AK".into();
    let (_, told) = ingest(&ship(), vec![scan("X4", 10), support::reread(damaged)], 60);
    let expected = [
        "ShipmentScanRecorded",
        "ShipmentScanRecorded",
        "ShipmentStatusChanged",
        "ShipmentFlagsChanged",
    ];
    assert_eq!(names(&told), expected);
    let first = told.first::<events::ShipmentScanRecorded>().facts.unwrap();
    assert_eq!(first.status(), events::ShipmentStatus::Unknown, "nothing has moved yet");
}

#[test]
fn cash_is_told_in_the_currency_that_was_asked_for() {
    let mut paid = scan("D1", 10);
    paid.raw.cash_collected = Some(kefu_kernel::Money::from_code(5_000, "CNY").unwrap());
    let mut asked = new();
    asked.cod = paid.raw.cash_collected;
    let context = Context { now: at(0), actor: "person_agent" };
    let (shipment, _) = Shipment::create(&context, &carrier(), asked, Vec::new()).unwrap();
    let (_, told) = ingest(&shipment, vec![paid.clone()], 60);
    assert_eq!(told.last::<events::ShipmentCashCollected>().amount_minor_units, 5_000);
    let (_, told) = ingest(&ship(), vec![paid], 60);
    assert!(!names(&told).contains(&"ShipmentCashCollected"), "nothing was asked for");
}

#[test]
fn what_a_trace_found_is_a_flag() {
    let traced = Traced { open: true, ..Traced::default() };
    let context = Context { now: at(60), actor: "service:orders" };
    let (shipment, told) = ship().mark_traced(&context, traced).unwrap();
    assert_eq!(shipment.standing.flags, [Flag::UnderTrace].into());
    assert_eq!(names(&Told(told)), ["ShipmentFlagsChanged"]);
    let traced = Traced { damaged: true, ..Traced::default() };
    let (shipment, _) = shipment.mark_traced(&context, traced).unwrap();
    assert_eq!(shipment.standing.flags, [Flag::Damaged].into());
    assert!(shipment.mark_traced(&context, traced).unwrap().1.is_empty());
}

#[test]
fn what_is_personal_is_overwritten_and_the_status_stays() {
    let mut signed = scan("D1", 10);
    (signed.raw.signed_by, signed.raw.raw_text) = ("Chen".into(), "Left with Chen".into());
    let shipment = fold_of(vec![signed.clone()]);
    assert_eq!(shipment.standing.signed_by, "Chen");
    let context = Context { now: at(60), actor: "service:orders" };
    let (erased, told) = shipment.erase(&context).unwrap();
    assert_eq!(names(&Told(told)), ["ShipmentErased"]);
    assert!(!format!("{erased:?}").contains("Chen"));
    assert_eq!(erased.fold(at(60)), erased.standing);
    let (again, told, results) = erased.ingest(&context, vec![signed.clone()]).unwrap();
    assert_eq!(results, [Intake::Duplicate(signed.id)], "it is known by its hash");
    assert!(told.is_empty() && again == erased);
}
