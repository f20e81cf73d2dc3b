//! The closed lists of words that shipments, scans and traces are described with, each with its stable name
//! (tables, filters, data files) and its form in events. "Not told" is not among them: it is an `Option`.

use std::collections::BTreeSet;

pub use kefu_api_events::Channel;
use kefu_api_events::{v1 as events, words};

words! {
    /// Where a shipment is on its journey. Orders by rank: of two scans at one instant the higher counts.
    ShipmentStatus as ShipmentStatus {
        /// No scan has told anything yet.
        Unknown = "unknown",
        /// The carrier knows of it and does not have it.
        InfoReceived = "info_received",
        /// The carrier has it.
        PickedUp = "picked_up",
        /// It is on its way.
        InTransit = "in_transit",
        /// It is on its last way, or at the receiver's door.
        OutForDelivery = "out_for_delivery",
        /// It was not handed over.
        AttemptFailed = "attempt_failed",
        /// The receiver can fetch it.
        AvailableForPickup = "available_for_pickup",
        /// Something keeps it from going on.
        Exception = "exception",
        /// It is on its way back.
        Returning = "returning",
        /// The receiver has it.
        Delivered = "delivered",
        /// The sender has it again.
        Returned = "returned",
        /// It was called off before it began.
        Cancelled = "cancelled",
        /// It was given up.
        Lost = "lost",
        /// It does not exist any more.
        Destroyed = "destroyed",
    }
}

words! {
    /// What is true of a shipment beside its status.
    ShipmentFlag as ShipmentFlag {
        /// It will be later than promised.
        Delayed = "delayed",
        /// Somebody keeps it back.
        Held = "held",
        /// A scan or a trace told of damage.
        Damaged = "damaged",
        /// A scan or a trace told that part of it is missing.
        Short = "short",
        /// Its pieces do not stand alike.
        Partial = "partial",
        /// It is with customs.
        Customs = "customs",
        /// The cash on delivery was not there, was disputed or was not asked for.
        CodProblem = "cod_problem",
        /// A trace of it is open.
        UnderTrace = "under_trace",
        /// It goes to another receiver than at first.
        Reconsigned = "reconsigned",
        /// Two sources disagree on how it ended.
        Conflict = "conflict",
        /// No scan came for longer than its lane allows.
        Stale = "stale",
        /// A person's override counts, not a carrier's scan.
        Overridden = "overridden",
    }
}

words! {
    /// Of what sort a told event is. Only what happened moves a status.
    EventClass as EventClass {
        /// It happened.
        Actual = "actual",
        /// It is expected at that time.
        Estimated = "estimated",
        /// It is agreed for that time.
        Planned = "planned",
        /// Somebody asked for it.
        Requested = "requested",
    }
}

words! {
    /// In what form a scan came.
    ScanFormat as ScanFormat {
        /// By Kefu's API, in its own words.
        Api = "api",
        /// In a carrier's own words.
        Carrier = "carrier",
        /// A file of X12 transaction set 214.
        X12214 = "x12_214",
        /// A file of UN/EDIFACT IFTSTA.
        EdifactIftsta = "edifact_iftsta",
        /// A GS1 EPCIS 2.0 document.
        Epcis = "epcis",
        /// A table with a mapping file.
        Csv = "csv",
        /// A member of the staff.
        Manual = "manual",
    }
}

words! {
    /// How it is known which zone a scan's local time is in.
    ZoneBasis as ZoneBasis {
        /// The scan said so.
        Carrier = "carrier",
        /// From the place of the scan.
        Location = "location",
        /// The carrier's usual zone.
        CarrierDefault = "carrier_default",
        /// Nobody knows; for its place among other scans it is taken for UTC.
        Unknown = "unknown",
    }
}

words! {
    /// How exact a scan's time is.
    TimePrecision as TimePrecision {
        /// The day.
        Date = "date",
        /// The minute.
        Minute = "minute",
        /// The second, or finer.
        Second = "second",
    }
}

words! {
    /// Who has to answer for something that went wrong.
    ResponsibleParty as ResponsibleParty {
        /// The carrier, or one that works for it.
        Carrier = "carrier",
        /// Who sends.
        Shipper = "shipper",
        /// Who receives.
        Consignee = "consignee",
        /// Customs or another authority.
        Customs = "customs",
        /// Who had to pay.
        Payer = "payer",
        /// An outlet or department of the company.
        Outlet = "outlet",
        /// An insurer.
        Insurer = "insurer",
        /// Force majeure.
        Nobody = "nobody",
        /// Somebody else.
        Other = "other",
    }
}

words! {
    /// What a reason asks to be done.
    NextStep as NextStep {
        /// Nothing.
        None = "none",
        /// The customer is told.
        Notify = "notify",
        /// A ticket is opened.
        OpenTicket = "open_ticket",
        /// The customer is offered to file a claim.
        SuggestClaim = "suggest_claim",
        /// A trace is opened.
        OpenTrace = "open_trace",
    }
}

words! {
    /// What became of a scan when it was read by a code map.
    ScanReading as ScanReading {
        /// Its code is known.
        Mapped = "mapped",
        /// Its code is not known; it is kept, counted and moves nothing.
        UnknownCode = "unknown_code",
        /// It is dated more than a day ahead; it moves nothing until its time has come.
        Quarantined = "quarantined",
    }
}

words! {
    /// Why a scan does not count any more.
    RetractionReason as RetractionReason {
        /// It never happened.
        DidNotOccur = "did_not_occur",
        /// It happened otherwise.
        IncorrectData = "incorrect_data",
    }
}

/// What is true of a shipment beside its status, in ascending order.
pub type Flags = BTreeSet<ShipmentFlag>;

impl ShipmentStatus {
    /// Whether the journey is over.
    pub const fn is_ended(self) -> bool {
        matches!(
            self,
            Self::Delivered | Self::Returned | Self::Cancelled | Self::Lost | Self::Destroyed
        )
    }

    /// Whether the carrier has it, or had it.
    pub const fn is_under_way(self) -> bool {
        !matches!(self, Self::Unknown | Self::InfoReceived | Self::Cancelled)
    }

    /// Whether it will never reach anybody.
    pub const fn is_gone(self) -> bool {
        matches!(self, Self::Lost | Self::Destroyed)
    }

    /// Whether a scan that tells `next` moves what stands so. What has ended stays so, except that what was
    /// delivered may be on its way back, returned or lost.
    pub const fn admits(self, next: Self) -> bool {
        match self {
            Self::Delivered => matches!(next, Self::Returning | Self::Returned | Self::Lost),
            ended => !ended.is_ended(),
        }
    }
}

impl ShipmentFlag {
    /// Whether only Kefu itself can say it, and no code map.
    pub const fn is_derived(self) -> bool {
        matches!(self, Self::UnderTrace | Self::Conflict | Self::Stale | Self::Overridden)
    }
}

/// Flags as events carry them; unset where there are none.
pub fn flags_event(flags: &Flags) -> Option<events::ShipmentFlags> {
    let words = flags.iter().map(|flag| flag.to_wire());
    (!flags.is_empty()).then(|| events::ShipmentFlags { flags: words.collect() })
}
