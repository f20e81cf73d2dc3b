//! The table of scans, to its rows and back.

pub mod scan;

use std::collections::BTreeSet;

use kefu_kernel::{Id, Money, Timestamp};
use kefu_store::StoreError;
use kefu_store::row::{broken, instant, millis};
use uuid::Uuid;

use self::scan::Model;
use super::domain::{
    Declaration, RawEstimate, RawPlace, RawScan, RawTime, Scan, ScanTime, TakenBack,
};
use crate::code_map::domain::Meaning;
use crate::domain::ids::{ScanFileId, ScanId};
use crate::domain::words::{
    EventClass, Flags, NextStep, RetractionReason, ScanFormat, ShipmentFlag, ShipmentStatus,
    TimePrecision, ZoneBasis,
};

/// The row of a scan of this shipment, or of none.
pub fn row(scan: &Scan, shipment: Option<Uuid>) -> Model {
    let (raw, time) = (&scan.raw, &scan.time);
    let (told_at, local) = match &raw.time {
        RawTime::Instant(at) => (Some(at.as_millis()), (String::new(), None, String::new())),
        RawTime::Local { text, offset_minutes, time_zone } => {
            (None, (text.clone(), *offset_minutes, time_zone.clone()))
        }
    };
    let place = raw.place.clone().unwrap_or_default();
    let (declared, taken) = (raw.declaration.as_ref(), scan.taken_back.as_ref());
    let ids: Vec<&str> = scan.source_event_ids.iter().map(String::as_str).collect();
    Model {
        id: scan.id.uuid(),
        shipment_id: shipment,
        source: raw.source.clone(),
        carrier: raw.carrier.clone(),
        waybill: raw.waybill.clone(),
        piece_label: raw.piece_label.clone(),
        source_event_id: raw.source_event_id.clone(),
        source_event_ids: ids.join("\n"),
        format: raw.format.name().to_owned(),
        raw_code: raw.raw_code.clone(),
        raw_reason: raw.raw_reason.clone(),
        raw_text: raw.raw_text.clone(),
        told_at,
        local_text: local.0,
        local_offset: local.1,
        local_zone: local.2,
        told_precision: raw.precision.map_or("", TimePrecision::name).to_owned(),
        recorded_at: millis(raw.recorded_at),
        told_class: raw.class.map_or("", EventClass::name).to_owned(),
        has_place: raw.place.is_some(),
        place_raw: place.raw,
        place_code: place.code,
        place_code_list: place.code_list,
        place_country: place.country,
        latitude_e7: place.latitude_e7,
        longitude_e7: place.longitude_e7,
        place_role: place.role,
        signed_by: raw.signed_by.clone(),
        proof_reference: raw.proof_reference.clone(),
        cash_minor: raw.cash_collected.map(Money::minor),
        cash_currency: raw.cash_collected.map(|cash| cash.currency().code().to_owned()),
        estimate_from: millis(raw.estimate.map(|estimate| estimate.from)),
        estimate_until: millis(raw.estimate.map(|estimate| estimate.until)),
        estimate_date_only: raw.estimate.is_some_and(|estimate| estimate.date_only),
        scanned_pieces: raw.pieces,
        weight_grams: raw.weight_grams,
        declares_event_id: declared.map(|of| of.source_event_id.clone()).unwrap_or_default(),
        declares_reason: declared.map_or("", |of| of.reason.name()).to_owned(),
        identity: scan.identity.to_vec(),
        scan_file_id: scan.file.as_ref().map(|(file, _)| file.uuid()),
        file_position: scan.file.clone().map(|(_, position)| position).unwrap_or_default(),
        occurred_at: millis(time.occurred_at),
        ordered_at: time.ordered_at.as_millis(),
        zone_basis: time.basis.name().to_owned(),
        precision: time.precision.name().to_owned(),
        code_map_version: scan.code_map_version,
        priority: scan.priority,
        received_at: scan.received_at.as_millis(),
        repeats: scan.repeats,
        late: scan.late,
        replaces_id: scan.replaces.map(Id::uuid),
        taken_at: millis(taken.map(|taken| taken.at)),
        taken_reason: taken.map_or("", |taken| taken.reason.name()).to_owned(),
        taken_by: taken.map(|taken| taken.by.clone()).unwrap_or_default(),
        replaced_by_id: taken.and_then(|taken| taken.replaced_by).map(Id::uuid),
        ..scan.meaning.as_ref().map(meaning_columns).unwrap_or_default()
    }
}

/// The columns of what a code map reads in it, and nothing else.
fn meaning_columns(read: &Meaning) -> Model {
    Model {
        class: read.class.name().to_owned(),
        status: read.status.map_or(0, ShipmentStatus::to_wire),
        substatus: read.substatus.clone(),
        reason: read.reason.clone(),
        reason_unknown: read.reason_unknown,
        sets_flags: flag_names(&read.sets),
        clears_flags: flag_names(&read.clears),
        next_step: read.next_step.name().to_owned(),
        ..Model::default()
    }
}

/// The scan of a row.
///
/// # Errors
///
/// A row that no rule of ours has written.
pub fn scan_of(row: Model) -> Result<Scan, StoreError> {
    let meaning = meaning(&row)?;
    let taken_back = taken_back(&row)?;
    let time = ScanTime {
        occurred_at: instant(row.occurred_at),
        ordered_at: Timestamp::from_millis(row.ordered_at),
        basis: word(ZoneBasis::from_name(&row.zone_basis), "basis of a zone")?,
        precision: word(TimePrecision::from_name(&row.precision), "precision")?,
    };
    let ids = row.source_event_ids.split('\n').filter(|id| !id.is_empty());
    let source_event_ids: BTreeSet<String> = ids.map(str::to_owned).collect();
    let identity = row.identity.as_slice().try_into().map_err(|_| broken("scan's identity"))?;
    Ok(Scan {
        id: ScanId::from(row.id),
        identity,
        source_event_ids,
        file: row.scan_file_id.map(|file| (ScanFileId::from(file), row.file_position.clone())),
        time,
        code_map_version: row.code_map_version,
        meaning,
        priority: row.priority,
        received_at: Timestamp::from_millis(row.received_at),
        repeats: row.repeats,
        late: row.late,
        replaces: row.replaces_id.map(ScanId::from),
        taken_back,
        raw: raw(row)?,
    })
}

fn raw(row: Model) -> Result<RawScan, StoreError> {
    let time = match instant(row.told_at) {
        Some(at) => RawTime::Instant(at),
        None => RawTime::Local {
            text: row.local_text,
            offset_minutes: row.local_offset,
            time_zone: row.local_zone,
        },
    };
    let place = row.has_place.then_some(RawPlace {
        raw: row.place_raw,
        code: row.place_code,
        code_list: row.place_code_list,
        country: row.place_country,
        latitude_e7: row.latitude_e7,
        longitude_e7: row.longitude_e7,
        role: row.place_role,
    });
    let cash = row.cash_minor.zip(row.cash_currency);
    let cash = cash.map(|(minor, code)| Money::from_code(minor, &code)).transpose();
    let estimate = instant(row.estimate_from).zip(instant(row.estimate_until));
    let date_only = row.estimate_date_only;
    let reason = RetractionReason::from_name(&row.declares_reason);
    let source_event_id = row.declares_event_id;
    Ok(RawScan {
        source: row.source,
        carrier: row.carrier,
        waybill: row.waybill,
        piece_label: row.piece_label,
        source_event_id: row.source_event_id,
        format: word(ScanFormat::from_name(&row.format), "form of a scan")?,
        raw_code: row.raw_code,
        raw_reason: row.raw_reason,
        raw_text: row.raw_text,
        time,
        precision: TimePrecision::from_name(&row.told_precision),
        recorded_at: instant(row.recorded_at),
        class: EventClass::from_name(&row.told_class),
        place,
        signed_by: row.signed_by,
        proof_reference: row.proof_reference,
        cash_collected: cash.map_err(|_| broken("currency"))?,
        estimate: estimate.map(|(from, until)| RawEstimate { from, until, date_only }),
        pieces: row.scanned_pieces,
        weight_grams: row.weight_grams,
        declaration: reason.map(|reason| Declaration { source_event_id, reason }),
    })
}

fn meaning(row: &Model) -> Result<Option<Meaning>, StoreError> {
    if row.class.is_empty() {
        return Ok(None);
    }
    Ok(Some(Meaning {
        class: word(EventClass::from_name(&row.class), "class of a scan")?,
        status: ShipmentStatus::from_wire(row.status),
        substatus: row.substatus.clone(),
        reason: row.reason.clone(),
        reason_unknown: row.reason_unknown,
        sets: flags(&row.sets_flags)?,
        clears: flags(&row.clears_flags)?,
        next_step: word(NextStep::from_name(&row.next_step), "next step")?,
    }))
}

fn taken_back(row: &Model) -> Result<Option<TakenBack>, StoreError> {
    let Some(at) = instant(row.taken_at) else { return Ok(None) };
    Ok(Some(TakenBack {
        at,
        reason: word(RetractionReason::from_name(&row.taken_reason), "retraction")?,
        by: row.taken_by.clone(),
        replaced_by: row.replaced_by_id.map(ScanId::from),
    }))
}

/// Flags as one column has them.
pub fn flag_names(flags: &Flags) -> String {
    flags.iter().map(|flag| flag.name()).collect::<Vec<_>>().join(",")
}

fn flags(names: &str) -> Result<Flags, StoreError> {
    let names = names.split(',').filter(|name| !name.is_empty());
    names.map(|name| word(ShipmentFlag::from_name(name), "flag")).collect()
}

fn word<T>(word: Option<T>, what: &str) -> Result<T, StoreError> {
    word.ok_or_else(|| broken(what))
}
