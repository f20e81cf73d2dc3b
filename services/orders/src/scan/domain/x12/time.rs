//! Dates, times and zones of an AT7 segment, by release.
//!
//! From 4010 on: AT705 date CCYYMMDD, AT706 time, AT707 zone. In 3070: AT705 date YYMMDD, AT706 century, AT707
//! time, AT708 zone. A zone that is left out is not guessed; `LT` (local time) says nothing more either.

use super::segments::Segment;
use super::{Fault, Reason};
use crate::scan::domain::RawTime;

/// The first release that has the date with its century.
const CENTURY_IN_DATE: u32 = 4010;

/// The time of an AT7 segment.
pub(super) fn read(segment: &Segment<'_>, release: u32) -> Result<RawTime, Fault> {
    let old = release < CENTURY_IN_DATE;
    let (date, time_at) = if old {
        (format!("{}{}", segment.get(6), segment.get(5)), 7)
    } else {
        (segment.get(5).to_owned(), 6)
    };
    let day = day(&date).ok_or_else(|| segment.fault(5, Reason::DateInvalid))?;
    let time = segment.get(time_at);
    let text = if time.is_empty() {
        day
    } else {
        let time = time_of_day(time).ok_or_else(|| segment.fault(time_at, Reason::DateInvalid))?;
        format!("{day}T{time}")
    };
    let (offset_minutes, time_zone) = match segment.get(time_at + 1) {
        "" => (None, ""),
        code => zone(code).ok_or_else(|| segment.fault(time_at + 1, Reason::CodeInvalid))?,
    };
    Ok(RawTime::Local { text, offset_minutes, time_zone: time_zone.to_owned() })
}

/// `20260310` as `2026-03-10`, where there is such a day.
fn day(date: &str) -> Option<String> {
    let digits = date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit());
    let text = format!("{}-{}-{}", date.get(..4)?, date.get(4..6)?, date.get(6..)?);
    let known: Result<kefu_kernel::Day, _> = text.parse();
    (digits && known.is_ok()).then_some(text)
}

/// `0405` as `04:05`, with seconds and their decimals where they are told.
fn time_of_day(time: &str) -> Option<String> {
    let digits = (4..=8).contains(&time.len()) && time.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || time.len() == 5 || time.get(..2)? > "23" || time.get(2..4)? > "59" {
        return None;
    }
    let minutes = format!("{}:{}", time.get(..2)?, time.get(2..4)?);
    Some(match (time.get(4..6), time.get(6..)) {
        (Some(seconds), Some("")) if seconds <= "59" => format!("{minutes}:{seconds}"),
        (Some(seconds), Some(part)) if seconds <= "59" => format!("{minutes}:{seconds}.{part}"),
        (Some(_), _) => return None,
        (None, _) => minutes,
    })
}

/// Minutes east of UTC, and the zone's name, of a time code (X12 element 623).
fn zone(code: &str) -> Option<(Option<i32>, &'static str)> {
    let hours = |hours: i32| Some((Some(hours * 60), ""));
    let named = |name| Some((None, name));
    match code {
        "LT" => named(""),
        "GM" | "UT" => hours(0),
        "ET" => named("America/New_York"),
        "CT" => named("America/Chicago"),
        "MT" => named("America/Denver"),
        "PT" => named("America/Los_Angeles"),
        "AT" => named("America/Anchorage"),
        "HT" => named("Pacific/Honolulu"),
        "TT" => named("America/Halifax"),
        "NT" => named("America/St_Johns"),
        "ED" | "TS" => hours(-4),
        "ES" | "CD" => hours(-5),
        "CS" | "MD" => hours(-6),
        "MS" | "PD" => hours(-7),
        "PS" | "AD" => hours(-8),
        "AS" | "HD" => hours(-9),
        "HS" => hours(-10),
        "TD" => hours(-3),
        "NS" => Some((Some(-210), "")),
        "ND" => Some((Some(-150), "")),
        // Equivalents of ISO P01 to P12 and M12 to M01.
        _ => match code.parse::<i32>() {
            Ok(number @ 1..=12) if code.len() == 2 => hours(number),
            Ok(number @ 13..=24) if code.len() == 2 => hours(number - 25),
            _ => None,
        },
    }
}
