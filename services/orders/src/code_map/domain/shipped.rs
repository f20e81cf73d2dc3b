//! The code maps that Kefu ships, as version 1 of their form for every carrier and source.

use super::{Entries, ReasonMeaning, Reasons, version};
use crate::domain::words::ScanFormat;

const X12_214: &str = include_str!("x12_214.toml");
const API: &str = include_str!("api.toml");

/// The shipped entries, by form.
///
/// # Errors
///
/// A sentence: what is wrong with the data.
pub fn shipped() -> Result<Vec<(ScanFormat, Entries)>, String> {
    let mut api = parse(API)?;
    // By the API every reason may be named as it is.
    let known: Vec<String> = api.reasons.iter().map(|known| known.raw_reason.clone()).collect();
    let others = Reasons::shipped().iter().filter(|reason| !known.contains(&reason.code));
    api.reasons.extend(others.map(|reason| ReasonMeaning {
        raw_reason: reason.code.clone(),
        reason: reason.code.clone(),
        sets_flags: Vec::new(),
        note: String::new(),
    }));
    Ok(vec![(ScanFormat::X12214, parse(X12_214)?), (ScanFormat::Api, api)])
}

/// Entries written in TOML, checked as a new version is.
///
/// # Errors
///
/// A sentence.
pub fn parse(toml: &str) -> Result<Entries, String> {
    let entries: Entries = toml::from_str(toml).map_err(|error| format!("code map: {error}"))?;
    version::check(&entries).map_err(|error| format!("code map: {error}"))?;
    Ok(entries)
}
