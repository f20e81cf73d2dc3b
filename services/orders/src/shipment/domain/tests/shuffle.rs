//! Any order, repetition, lateness or batching of the same scans comes to the same status, flags and reason.

use proptest::prelude::*;

use super::super::{Shipment, Standing};
use super::support::{api, at, ended, read, scan, ship_with};
use crate::domain::Context;
use crate::domain::testing::check_events;
use crate::domain::words::RetractionReason;
use crate::scan::domain::{Declaration, Scan};
use crate::shipment::store::aggregate::stored;

/// A scan that may be told: of several codes, minutes, sources and pieces, with or without an id of its own,
/// and, where they may, at times one that takes another back.
fn any_scan(declaring: bool) -> impl Strategy<Value = Scan> {
    let code = prop::sample::select(vec![
        "AF", "X4", "X6", "AP", "AH", "D1", "A3", "CA", "SD", "BO", "RH", "A9", "AG", "QQ", "PA",
    ]);
    let source = prop::sample::select(vec!["edi", "poll"]);
    let label = prop::sample::select(vec!["", "", "P1", "P2", "P9"]);
    let declared = prop::option::weighted(0.25, (0..4_u8, prop::bool::ANY));
    (code, source, label, 0..40_i64, prop::option::of(0..4_u8), declared).prop_map(
        move |(code, source, label, minute, id, declared)| {
            let mut raw = ended(source, code, minute * 13).raw;
            raw.piece_label = label.into();
            raw.source_event_id = id.map(|id| format!("e{id}")).unwrap_or_default();
            raw.declaration = declared.filter(|_| declaring).map(|(id, corrects)| Declaration {
                source_event_id: format!("e{id}"),
                reason: if corrects {
                    RetractionReason::IncorrectData
                } else {
                    RetractionReason::DidNotOccur
                },
            });
            read(raw)
        },
    )
}

/// Scans in the order, with the repetitions and in the batches that they come in.
fn arrivals(declaring: bool) -> impl Strategy<Value = (Vec<Scan>, Vec<Scan>, Vec<usize>)> {
    prop::collection::vec(any_scan(declaring), 1..14).prop_flat_map(|scans| {
        let repeated: Vec<Scan> = scans.iter().chain(&scans[..scans.len() / 2]).cloned().collect();
        let shuffled = Just(repeated).prop_shuffle();
        (Just(scans), shuffled, prop::collection::vec(1..5_usize, 20))
    })
}

fn batches(scans: &[Scan], sizes: &[usize]) -> Shipment {
    let mut shipment = ship_with(&["P1", "P2"]);
    let mut rest = scans;
    for (index, size) in sizes.iter().cycle().enumerate() {
        if rest.is_empty() {
            break;
        }
        let (batch, later) = rest.split_at(rest.len().min(*size));
        let now = at(i64::try_from(index).unwrap());
        let context = Context { now, actor: "system_edi" };
        let (after, told, _) = shipment.ingest(&context, batch.to_vec()).unwrap();
        check_events(Some(&shipment), &after, &told);
        shipment = after;
        rest = later;
    }
    shipment.refold(&Context { now: at(10_000), actor: "service:orders" }).unwrap().0
}

/// What may not depend on how scans came.
fn comparable(standing: &Standing) -> Standing {
    Standing { estimates: Vec::new(), ..standing.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn no_way_of_arriving_makes_a_difference((scans, shuffled, sizes) in arrivals(true)) {
        let once = batches(&scans, &[scans.len()]);
        let other = batches(&shuffled, &sizes);
        prop_assert_eq!(comparable(&once.standing), comparable(&other.standing));
        prop_assert_eq!(once.scans.len(), other.scans.len());
    }

    #[test]
    fn what_is_stored_is_what_the_fold_comes_to((_, shuffled, sizes) in arrivals(true)) {
        let shipment = batches(&shuffled, &sizes);
        let now = at(10_000).max(shipment.head.updated_at);
        prop_assert_eq!(&shipment.fold(now), &shipment.standing);
        let (_, told) = shipment.refold(&Context { now, actor: "service:orders" }).unwrap();
        prop_assert!(told.is_empty());
    }

    #[test]
    fn what_comes_back_from_the_tables_is_what_was_kept((_, shuffled, sizes) in arrivals(true)) {
        let mut shipment = batches(&shuffled, &sizes);
        shipment.head.updated_at = at(10_000);
        prop_assert_eq!(stored(&shipment).unwrap(), shipment);
    }

    #[test]
    fn what_is_taken_back_by_hand_is_as_if_it_never_was(
        (scans, shuffled, sizes) in arrivals(false),
        chosen: prop::sample::Index,
    ) {
        // No scan declares anything here: such a one does more than tell of itself.
        let shipment = batches(&shuffled, &sizes);
        let gone = chosen.get(&shipment.scans).clone();
        let context = Context { now: at(10_000), actor: "person_agent" };
        let reason = RetractionReason::DidNotOccur;
        let (without, _) = shipment.retract(&context, gone.id, reason, None).unwrap();
        let others: Vec<Scan> =
            scans.into_iter().filter(|scan| scan.identity != gone.identity).collect();
        let never = batches(&others, &[3]);
        prop_assert_eq!(comparable(&without.standing), comparable(&never.standing));
        // And coming again does not bring it back.
        let (again, told, _) = without.ingest(&context, vec![gone]).unwrap();
        prop_assert_eq!((again.standing, told.len()), (without.standing, 0));
    }
}

#[test]
fn a_correction_may_come_before_what_it_corrects() {
    let mut wrong = scan("D1", 10);
    wrong.raw.source_event_id = "e1".into();
    let mut right = scan("AP", 10);
    right.raw.source_event_id = "e1".into();
    let reason = RetractionReason::IncorrectData;
    right.raw.declaration = Some(Declaration { source_event_id: "e1".into(), reason });
    let (wrong, right) = (read(wrong.raw), read(right.raw));
    let context = Context { now: at(60), actor: "system_edi" };
    let forth = ship_with(&[""]).ingest(&context, vec![wrong.clone(), right.clone()]).unwrap().0;
    let back = ship_with(&[""]).ingest(&context, vec![right.clone()]).unwrap().0;
    let back = back.ingest(&context, vec![wrong.clone()]).unwrap().0;
    for shipment in [forth, back] {
        assert_eq!(shipment.standing.deciding, Some(right.id));
        let taken = shipment.scan(wrong.id).unwrap().taken_back.clone().unwrap();
        assert_eq!(taken.replaced_by, Some(right.id));
        assert_eq!(shipment.scan(right.id).unwrap().replaces, Some(wrong.id));
    }
}

#[test]
fn one_of_many_corrections_of_one_scan_is_left() {
    let reason = RetractionReason::IncorrectData;
    let corrections: Vec<Scan> = [10, 11, 12]
        .into_iter()
        .map(|minute| {
            let mut raw = api("in_transit", minute).raw;
            raw.source_event_id = "e1".into();
            raw.declaration = Some(Declaration { source_event_id: "e1".into(), reason });
            read(raw)
        })
        .collect();
    let context = Context { now: at(60), actor: "system_edi" };
    let shipment = ship_with(&[""]).ingest(&context, corrections).unwrap().0;
    assert_eq!(shipment.standing.scans, 1);
    assert_eq!(shipment.standing.last_scan_at, Some(at(12)));
}
