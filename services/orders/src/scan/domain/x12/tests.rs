//! Files as partners send them: every variant and fault that is known, by table; and that no bytes break the
//! reader.

use kefu_kernel::Timestamp;
use proptest::prelude::*;

use super::{Fault, Files, Message, Reason, read};
use crate::code_map::domain::shipped;
use crate::domain::words::{ScanFormat, ShipmentFlag, ShipmentStatus, ZoneBasis};
use crate::scan::domain::{RawScan, Reader, Scan};

/// Our own sample: one shipment, two statuses, of which the second has no zone.
const SAMPLE: &str = "\
ISA*00*          *00*          *02*ACME           *ZZ*CUSTSVC        *260310*0912*U*00401*000000417*0*T*>~\
GS*QM*ACME*CUSTSVC*20260310*0912*417*X*004010~ST*214*0001~B10*PRO778812*WB2603100041*ACME~L11*C-20931*CR~\
LX*1~AT7*X4*NS***20260310*0405*ET~MS1*NEWARK*NJ*US~LX*2~AT7*AP*C9***20260310*0850*LT~MS1*HOBOKEN*NJ*US~\
L11*COD*ZZ~AT8*G*K*12.4*1~SE*12*0001~GE*1*417~IEA*1*000000417~";

/// An interchange of one group with these sets, each without ST and SE.
fn file(release: &str, sets: &[&str]) -> String {
    let mut text = format!(
        "ISA*00*          *00*          *02*ACME           *ZZ*CUSTSVC        *260310*0912*U*00401*000000417*0*T*>~\
         GS*QM*ACME*CUSTSVC*20260310*0912*417*X*{release}~"
    );
    for (index, set) in sets.iter().enumerate() {
        let (control, count) = (index + 1, set.matches('~').count() + 2);
        text += &format!("ST*214*{control:04}~{set}SE*{count}*{control:04}~");
    }
    text + &format!("GE*{}*417~IEA*1*000000417~", sets.len())
}

const GOOD: &str = "B10*PRO1*BOL1*ACME~LX*1~AT7*X4*NS***20260310*0405*ET~";

fn scans(message: &Message) -> Vec<&RawScan> {
    message.told.as_ref().unwrap().scans.iter().map(|(_, scan)| scan).collect()
}

fn rejection(message: &Message) -> &Fault {
    &message.told.as_ref().unwrap_err()[0]
}

/// Everything that was read of a file but the places of faults.
fn content(files: &Files) -> Vec<(String, Vec<RawScan>)> {
    let of = |message: &Message| scans(message).into_iter().cloned().collect();
    files.messages.iter().map(|message| (message.set_control.clone(), of(message))).collect()
}

fn meaning(scan: &RawScan) -> Scan {
    let maps = shipped::shipped().unwrap();
    let map =
        maps.iter().find(|(format, _)| *format == ScanFormat::X12214).map(|(_, map)| (map, 1));
    let identify = |_: &[u8]| [0; 32];
    let reader = Reader { map, zone: None, priority: 0, identify: &identify };
    let id = uuid::Uuid::nil().into();
    Scan::read(id, scan.clone(), &reader, Timestamp::EPOCH).unwrap()
}

#[test]
fn the_sample_is_read_as_its_sender_means_it() {
    let files = read(SAMPLE.as_bytes());
    assert!(files.faults.is_empty(), "{:?}", files.faults);
    let message = &files.messages[0];
    let controls = (&*message.interchange_control, &*message.group_control, &*message.set_control);
    assert_eq!(controls, ("000000417", "417", "0001"));
    let told = message.told.as_ref().unwrap();
    assert_eq!((&*told.shipper_reference, &*told.scac), ("WB2603100041", "ACME"));
    let all = scans(message);
    let [hub, door] = all.as_slice() else { panic!("two statuses") };
    assert_eq!((&*hub.waybill, &*door.waybill), ("PRO778812", "PRO778812"));
    assert_eq!((door.weight_grams, door.pieces, hub.pieces), (12_400, 1, 0));
    let (hub, door) = (meaning(hub), meaning(door));
    let read = hub.meaning.unwrap();
    assert_eq!((read.status, &*read.substatus), (Some(ShipmentStatus::InTransit), "arrived_hub"));
    let utc: i64 = 1_773_129_900_000; // 2026-03-10T08:05Z: New York is four hours behind by then.
    assert_eq!(hub.time.occurred_at, Some(Timestamp::from_millis(utc)));
    assert_eq!((door.time.occurred_at, door.time.basis), (None, ZoneBasis::Unknown));
    let read = door.meaning.unwrap();
    assert_eq!(read.status, Some(ShipmentStatus::AttemptFailed));
    assert_eq!(read.reason, "payment.cod_cash_unavailable");
    assert!(read.sets.contains(&ShipmentFlag::CodProblem));
}

#[test]
fn separators_and_line_breaks_make_no_difference() {
    let plain = content(&read(SAMPLE.as_bytes()));
    let wrapped: String = SAMPLE
        .as_bytes()
        .chunks(80)
        .map(|line| format!("{}\r\n", String::from_utf8_lossy(line)))
        .collect();
    let header: Vec<&str> = SAMPLE.split('*').map(str::trim_end).collect();
    let variants = [
        ("line breaks after segments", SAMPLE.replace('~', "~\r\n")),
        ("line feeds as ends", SAMPLE.replace('~', "\n")),
        ("CR LF as ends", SAMPLE.replace('~', "\r\n")),
        ("wrapped at 80 columns", wrapped),
        ("bars", SAMPLE.replace('*', "|")),
        ("control characters", SAMPLE.replace('*', "\x1d").replace('~', "\x1c")),
        ("a header that is not padded", header.join("*")),
        ("a byte order mark", format!("\u{feff}{SAMPLE}")),
        ("blanks and an end of file", format!("\n\n{SAMPLE}\n\x1a")),
    ];
    for (name, text) in variants {
        let files = read(text.as_bytes());
        assert!(files.faults.is_empty(), "{name}: {:?}", files.faults);
        assert_eq!(content(&files), plain, "{name}");
    }
}

#[test]
fn a_bad_set_stops_no_other() {
    let bad = [
        ("AT7*X4*NS***20260310*0405*ET~", Reason::MandatoryMissing, "ST", 0),
        ("B10***ACME~LX*1~AT7*X4*NS***20260310~", Reason::WaybillMissing, "B10", 1),
        ("B10*PRO1~AT7*****20260310~", Reason::MandatoryMissing, "AT7", 1),
        ("B10*PRO1~AT7*X4****20260310~", Reason::MandatoryMissing, "AT7", 2),
        ("B10*PRO1~AT7*X4*NS~", Reason::MandatoryMissing, "AT7", 5),
    ];
    for (set, reason, segment, element) in bad {
        let files = read(file("004010", &[GOOD, set, GOOD]).as_bytes());
        assert_eq!(files.messages.len(), 3, "{set}");
        let fault = rejection(&files.messages[1]);
        assert_eq!(
            (fault.reason, &*fault.segment, fault.element),
            (reason, segment, element),
            "{set}"
        );
        for good in [0, 2] {
            assert_eq!(scans(&files.messages[good]).len(), 1, "{set}");
        }
    }
}

#[test]
fn a_bad_scan_stops_no_other_of_its_set() {
    let bad = [
        ("AT7*X4*NS***20260230*0405*ET~", Reason::DateInvalid, 5),
        ("AT7*X4*NS***260310*0405*ET~", Reason::DateInvalid, 5),
        ("AT7*X4*NS***20260310*2505*ET~", Reason::DateInvalid, 6),
        ("AT7*X4*NS***20260310*0405*XX~", Reason::CodeInvalid, 7),
        ("AT7*X4*NS*AA*NA*20260310~", Reason::CodeInvalid, 3),
    ];
    for (segment, reason, element) in bad {
        let files = read(file("004010", &[&format!("{GOOD}{segment}")]).as_bytes());
        let told = files.messages[0].told.as_ref().unwrap();
        assert_eq!(told.scans.len(), 1, "{segment}");
        let fault = &told.faults[0];
        assert_eq!((fault.reason, fault.element, fault.segment_number), (reason, element, 7));
    }
}

#[test]
fn counts_and_control_numbers_are_compared() {
    let two = file("004010", &[GOOD, GOOD]);
    let files = read(two.replace("SE*5*0001", "SE*6*0001").as_bytes());
    assert_eq!(rejection(&files.messages[0]).reason, Reason::SegmentCountDiffers);
    assert_eq!(scans(&files.messages[1]).len(), 1);
    let files = read(two.replace("SE*5*0002", "SE*5*0009").as_bytes());
    assert_eq!(rejection(&files.messages[1]).reason, Reason::ControlNumberDiffers);
    for (from, to, reason) in [
        ("GE*2*", "GE*3*", Reason::SegmentCountDiffers),
        ("GE*2*417", "GE*2*418", Reason::ControlNumberDiffers),
        ("IEA*1*", "IEA*2*", Reason::SegmentCountDiffers),
        ("IEA*1*000000417", "IEA*1*000000418", Reason::ControlNumberDiffers),
    ] {
        let files = read(two.replace(from, to).as_bytes());
        assert_eq!((files.faults.len(), files.faults[0].reason), (1, reason), "{to}");
        assert_eq!(files.messages.iter().filter(|message| message.told.is_ok()).count(), 2);
    }
}

#[test]
fn envelopes_that_do_not_close_are_told_with_their_place() {
    let whole = file("004010", &[GOOD]);
    let files = read(whole.split("GE*").next().unwrap().as_bytes());
    let faults: Vec<_> = files.faults.iter().map(|fault| (&*fault.segment, fault.reason)).collect();
    let truncated = Reason::EnvelopeTruncated;
    assert_eq!(faults, [("GS", truncated), ("ISA", truncated)]);
    assert_eq!(scans(&files.messages[0]).len(), 1, "the set was whole");
    let files = read(whole.split("SE*").next().unwrap().as_bytes());
    assert_eq!(rejection(&files.messages[0]).reason, truncated);
    // The next interchange is read all the same, with separators of its own.
    let cut = whole.get(..whole.len() - 40).unwrap();
    let files = read(format!("{cut}\n{}", SAMPLE.replace('*', "|")).as_bytes());
    assert_eq!(scans(files.messages.last().unwrap()).len(), 2);
}

#[test]
fn what_is_no_interchange_is_told() {
    let table = [
        ("", Reason::EnvelopeTruncated),
        ("hello", Reason::EnvelopeTruncated),
        ("ISA*00*  ", Reason::EnvelopeTruncated),
        (&SAMPLE.replace(">~", "**"), Reason::SeparatorsAmbiguous),
        (&SAMPLE.replace('*', "A"), Reason::SeparatorsAmbiguous),
    ];
    for (text, reason) in table {
        let files = read(text.as_bytes());
        assert_eq!((files.messages.len(), files.faults[0].reason), (0, reason), "{text:.20}");
    }
}

#[test]
fn releases_have_their_own_form() {
    let of = |release, set: &str| {
        let files = read(file(release, &[set]).as_bytes());
        files.messages[0].told.clone().map(|told| meaning(&told.scans[0].1).time.ordered_at)
    };
    let new = of("004010", "B10*PRO1~AT7*X4*NS***20260310*0405*UT~").unwrap();
    let old = of("003070", "B10*PRO1~AT7*X4*NS***260310*20*0405*UT~").unwrap();
    assert_eq!(new, old);
    assert!(of("004030", "B10*PRO1~AT7*X4****20260310*0405*UT~").is_ok(), "no reason asked for");
    assert!(of("", GOOD).is_ok() && of("ABC", GOOD).is_ok(), "the interchange tells it");
    assert_eq!(of("003050", GOOD).unwrap_err()[0].reason, Reason::ReleaseNotSupported);
    let other = SAMPLE.replace("ST*214", "ST*210");
    assert_eq!(rejection(&read(other.as_bytes()).messages[0]).reason, Reason::Not214);
}

#[test]
fn appointments_estimates_and_places_of_parties_are_read() {
    let set = "B10*PRO1~N1*SH*SENDER~N4*NEWARK*NJ~N1*CN*RECEIVER~N4*HOBOKEN*NJ~\
               LX*1~AT7***AB*NA*20260311*0800*PS~AT7*A3*NS***20260310*0405*05~MS1*Newark*NJ*US~\
               MAN*GM*00340123450000000000~K1*LEFT AT*THE DOOR~";
    let files = read(file("004010", &[set]).as_bytes());
    let all = scans(&files.messages[0]);
    assert_eq!((&*all[0].raw_code, &*all[0].raw_reason), ("AB", "NA"));
    assert_eq!(all[1].place.as_ref().unwrap().role, "shipper");
    assert_eq!(all[1].piece_label, "00340123450000000000");
    assert_eq!(all[1].raw_text, "LEFT AT THE DOOR");
    let back = meaning(all[1]);
    assert_eq!(back.meaning.unwrap().status, Some(ShipmentStatus::Returned));
    assert_eq!(back.time.basis, ZoneBasis::Carrier);
    let index = |message: &Message| message.told.as_ref().unwrap().scans[1].0;
    assert_eq!(index(&files.messages[0]), 2);
}

#[test]
fn a_file_that_comes_again_is_the_same_scans() {
    let identities = |text: &str| -> Vec<Vec<u8>> {
        let files = read(text.as_bytes());
        files.messages.iter().flat_map(scans).map(RawScan::identity).collect()
    };
    let again = SAMPLE.replace("000000417", "000000418").replace("*417", "*418");
    assert_eq!(identities(SAMPLE), identities(&again));
}

proptest! {
    #[test]
    fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read(&bytes);
    }

    #[test]
    fn a_file_that_was_damaged_still_tells_its_whole_sets(
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = file("004010", &[GOOD, GOOD, GOOD]).into_bytes();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        bytes.truncate(cut.index(bytes.len()) + 1);
        let files = read(&bytes);
        prop_assert!(files.messages.len() <= 4);
        for message in &files.messages {
            if let Err(faults) = &message.told {
                prop_assert!(faults.iter().all(|fault| fault.byte_offset <= bytes.len()));
            }
        }
    }
}
