//! Facts about carriers: numbers that pass and that do not, and what an update tells.

use kefu_kernel::{Fault, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use super::{Carrier, New, Patch, WaybillCheck};
use crate::domain::Context;

fn carrier(check: WaybillCheck) -> Carrier {
    let new = New {
        id: Uuid::from_u128(1).into(),
        code: "dhx".into(),
        name: "DHX".into(),
        scac: "DHXX".into(),
        waybill_check: check,
        waybill_min_length: 0,
        waybill_max_length: 0,
        waybill_days: 0,
        time_zone: "Asia/Shanghai".into(),
        source_priority: vec!["edi".into(), "poll".into()],
    };
    let context = Context { now: Timestamp::EPOCH, actor: "person_admin" };
    Carrier::create(&context, new).unwrap().0
}

/// A good number of each check.
const GOOD: [(WaybillCheck, &str); 6] = [
    (WaybillCheck::S10, "RB123456785GB"),
    (WaybillCheck::Sscc, "340123450000000000"),
    (WaybillCheck::AirWaybill, "160-12345675"),
    (WaybillCheck::Luhn, "79927398713"),
    (WaybillCheck::Mod7, "1234567891"),
    (WaybillCheck::Ups1z, "1Z999AA10123456784"),
];

#[test]
fn numbers_with_their_check_digit_pass() {
    for (check, waybill) in GOOD {
        assert_eq!(carrier(check).check_waybill(waybill), Ok(()), "{waybill}");
    }
}

#[test]
fn a_wrong_check_digit_is_refused() {
    for (check, waybill) in GOOD {
        let place = waybill.rfind(|c: char| c.is_ascii_digit()).unwrap();
        for digit in '0'..='9' {
            let mut other = waybill.to_owned();
            other.replace_range(place..=place, &digit.to_string());
            let passes = carrier(check).check_waybill(&other).is_ok();
            assert_eq!(passes, other == waybill, "{other}");
        }
    }
}

#[test]
fn a_number_of_another_form_is_refused() {
    for (check, _) in GOOD {
        for waybill in ["", "X", "ABCDEFGHIJKLM", "RB12345678XGB", "1Z", "ÄÖ123456785GB"] {
            let error = carrier(check).check_waybill(waybill).unwrap_err();
            assert_eq!(error.reason(), "WAYBILL_INVALID", "{waybill}");
        }
    }
    let mut bounded = carrier(WaybillCheck::None);
    (bounded.waybill_min_length, bounded.waybill_max_length) = (4, 6);
    assert!(bounded.check_waybill("ABC").is_err() && bounded.check_waybill("ABCDEFG").is_err());
    assert_eq!(bounded.check_waybill("ABCD"), Ok(()));
}

proptest! {
    #[test]
    fn no_text_breaks_a_check(text in "\\PC{0,20}") {
        for check in WaybillCheck::ALL {
            let _ = check.check(&text);
        }
    }
}

#[test]
fn an_update_tells_what_it_changed_and_nothing_else() {
    let before = carrier(WaybillCheck::None);
    let patch = Patch { name: Some("DHX Express".into()), ..Patch::default() };
    let (after, told) = before.update(patch.clone()).unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].changed, ["name"]);
    assert!(after.update(patch).unwrap().1.is_empty(), "what is so already is no change");
    let nowhere = Patch { time_zone: Some("Mars/Olympus".into()), ..Patch::default() };
    assert_eq!(before.update(nowhere).unwrap_err().reason(), "TIME_ZONE_UNKNOWN");
    let short =
        Patch { waybill_min_length: Some(9), waybill_max_length: Some(3), ..Patch::default() };
    assert_eq!(before.update(short).unwrap_err().reason(), "VALIDATION_FAILED");
}

#[test]
fn named_sources_come_before_others_in_their_order() {
    let carrier = carrier(WaybillCheck::None);
    assert!(carrier.priority_of("edi") > carrier.priority_of("poll"));
    assert!(carrier.priority_of("poll") > carrier.priority_of("someone"));
}
