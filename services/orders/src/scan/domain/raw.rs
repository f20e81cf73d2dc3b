//! A scan as it came: every word of its source, and nothing of ours.

use kefu_kernel::{Money, Timestamp};

use crate::domain::words::{EventClass, RetractionReason, ScanFormat, TimePrecision};

/// What came, word for word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawScan {
    /// Who tells: a system or partner. A code.
    pub source: String,
    /// The carrier's code.
    pub carrier: String,
    /// The shipment's number at the carrier.
    pub waybill: String,
    /// What stands on the piece's label; empty: the whole shipment.
    pub piece_label: String,
    /// The scan's id at the source; empty: none.
    pub source_event_id: String,
    /// In what form it came.
    pub format: ScanFormat,
    /// The code as the source has it.
    pub raw_code: String,
    /// The code of the reason as the source has it; empty: none.
    pub raw_reason: String,
    /// What the source says in words. Personal data.
    pub raw_text: String,
    /// When it happened, as the source wrote it.
    pub time: RawTime,
    /// How exact that time is; none: as it is written.
    pub precision: Option<TimePrecision>,
    /// When the source recorded it.
    pub recorded_at: Option<Timestamp>,
    /// Of what sort it is; none: what its code means, else that it happened.
    pub class: Option<EventClass>,
    /// Where it happened.
    pub place: Option<RawPlace>,
    /// Who signed. Personal data.
    pub signed_by: String,
    /// Where the proof of delivery is kept. Personal data.
    pub proof_reference: String,
    /// Cash that was collected.
    pub cash_collected: Option<Money>,
    /// When delivery is expected.
    pub estimate: Option<RawEstimate>,
    /// How many pieces were scanned; 0: not told.
    pub pieces: i32,
    /// What was weighed, in grams; 0: nothing was.
    pub weight_grams: i64,
    /// That another scan of the same source does not hold.
    pub declaration: Option<Declaration>,
}

/// A time as a source wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RawTime {
    /// An instant: its zone is known.
    Instant(Timestamp),
    /// A time of day at the place.
    Local {
        /// ISO 8601 date, or date and time without an offset.
        text: String,
        /// Minutes east of UTC. Before the zone, where both are told.
        offset_minutes: Option<i32>,
        /// IANA name of the zone; empty: not told.
        time_zone: String,
    },
}

/// A place as a source wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawPlace {
    /// As the source has it. Personal data.
    pub raw: String,
    /// Its code; empty: none.
    pub code: String,
    /// From which list that code is; empty: the carrier's.
    pub code_list: String,
    /// ISO 3166-1 letters of the country; empty: not told.
    pub country: String,
    /// Latitude in ten-millionths of a degree. Personal data.
    pub latitude_e7: Option<i32>,
    /// Longitude in ten-millionths of a degree. Personal data.
    pub longitude_e7: Option<i32>,
    /// Whose place it is, such as `consignee`; empty: not told.
    pub role: String,
}

/// When delivery is expected, as a source tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawEstimate {
    /// The beginning of the window.
    pub from: Timestamp,
    /// Its end, not before its beginning.
    pub until: Timestamp,
    /// Whether only the day is meant.
    pub date_only: bool,
}

/// That another scan does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// Which, by its id at the source.
    pub source_event_id: String,
    /// Why. What did not occur is only taken back; of incorrect data this scan takes the place.
    pub reason: RetractionReason,
}

impl RawScan {
    /// What makes two scans one, in a form that no other scan has: who tells of what, when, where, and what
    /// it declares, as it came. Everything that decides a status is in it, so that whichever of two equal
    /// scans comes first is all the same. The id at the source is not: sources use ids again.
    ///
    /// It covers the text of a place, so it is kept as a keyed hash only.
    pub fn identity(&self) -> Vec<u8> {
        let mut form = Form(Vec::new());
        form.text(&self.source).text(&self.carrier).text(&self.waybill).text(&self.piece_label);
        form.text(self.format.name()).text(&self.raw_code).text(&self.raw_reason);
        match &self.time {
            RawTime::Instant(at) => form.text("instant").number(at.as_millis()),
            RawTime::Local { text, offset_minutes, time_zone } => form
                .text("local")
                .text(text)
                .text(&offset_minutes.map(|offset| offset.to_string()).unwrap_or_default())
                .text(time_zone),
        };
        form.text(self.class.map_or("", EventClass::name));
        if let Some(place) = &self.place {
            form.text("place").text(&place.raw).text(&place.code).text(&place.code_list);
            form.text(&place.country).text(&place.role);
        }
        if let Some(declaration) = &self.declaration {
            form.text("declares").text(&declaration.source_event_id);
            form.text(declaration.reason.name());
        }
        form.0
    }

    /// Takes over from the same scan, come again, what was not known of it. Answers whether anything was.
    pub fn enrich(&mut self, again: &Self) -> bool {
        let before = self.clone();
        fill(&mut self.source_event_id, &again.source_event_id);
        fill(&mut self.raw_text, &again.raw_text);
        fill(&mut self.signed_by, &again.signed_by);
        fill(&mut self.proof_reference, &again.proof_reference);
        fill(&mut self.pieces, &again.pieces);
        fill(&mut self.weight_grams, &again.weight_grams);
        fill(&mut self.precision, &again.precision);
        fill(&mut self.recorded_at, &again.recorded_at);
        fill(&mut self.cash_collected, &again.cash_collected);
        fill(&mut self.estimate, &again.estimate);
        if let (Some(place), Some(told)) = (&mut self.place, &again.place) {
            fill(&mut place.latitude_e7, &told.latitude_e7);
            fill(&mut place.longitude_e7, &told.longitude_e7);
        }
        *self != before
    }
}

/// Takes a value over where there is none yet.
fn fill<T: Clone + Default + PartialEq>(known: &mut T, told: &T) {
    if *known == T::default() {
        known.clone_from(told);
    }
}

/// A sequence of texts and numbers of which no two have the same bytes.
struct Form(Vec<u8>);

impl Form {
    fn text(&mut self, text: &str) -> &mut Self {
        self.number(i64::try_from(text.len()).unwrap_or(i64::MAX));
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    fn number(&mut self, number: i64) -> &mut Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }
}
