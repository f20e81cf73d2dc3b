//! Everything that a rule of orders can refuse, with its stable reason.

use std::time::Duration;

use kefu_kernel::clock::ClockError;
use kefu_kernel::field::FieldsInvalid;
use kefu_kernel::money::MoneyError;
use kefu_kernel::zone::ZoneError;
use kefu_kernel::{Fault, FaultKind, FieldViolation, Id, InvalidFields, Money, UnknownReference};

use super::ids::{
    CarrierId, CodeMapId, FollowUpId, OrderId, OrderPaymentId, ScanId, ShipmentId, TraceId,
};
use super::words::ShipmentStatus;

/// Why a rule said no. The text is for the caller and free of personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Fields of the request do not fit each other or the state.
    #[error(transparent)]
    Invalid(#[from] InvalidFields),
    /// Fields that are not of the type, or have a value of another kind.
    #[error(transparent)]
    Fields(#[from] FieldsInvalid),
    /// A code or id that names nothing.
    #[error(transparent)]
    Unknown(#[from] UnknownReference),
    /// The order's state, by the rules of its type, does not allow this.
    #[error("an order in the state `{state}` does not allow this")]
    OrderStateRefuses {
        /// The order.
        order: OrderId,
        /// Its state.
        state: &'static str,
    },
    /// The rules of its type allow it to holders of a permission.
    #[error("this needs the permission `{0}`")]
    NeedsPermission(String),
    /// The order lacks what its type asks for before it is confirmed.
    #[error("the order lacks {}", .0.join(", "))]
    OrderIncomplete(Vec<String>),
    /// Checks with the customer are missing or were not passed.
    #[error("these checks were not passed: {}", .0.join(", "))]
    ChecksMissing(Vec<&'static str>),
    /// A check that was not passed says why.
    #[error("a check that was not passed needs a note")]
    CheckNoteRequired,
    /// The order may be the same as others.
    #[error("the order may be the same as {} others; say that it is not", .0.len())]
    MaybeDuplicate(Vec<OrderId>),
    /// The customer may not order so much in this way.
    #[error("credit is refused: {}", .0.join(", "))]
    CreditRefused(Vec<&'static str>),
    /// A prepaid order is handed over when it is paid.
    #[error("{0} of the price are not paid yet")]
    NotPaid(Money),
    /// More would be paid than the order costs.
    #[error("more would be paid than the order costs")]
    PaymentExceedsPrice(OrderId),
    /// A full payment pays all that is open, a deposit or part does not.
    #[error("{0}")]
    PaymentKindInvalid(&'static str),
    /// The payment was taken back before.
    #[error("the payment was taken back before")]
    PaymentReversed(OrderPaymentId),
    /// There is no such payment.
    #[error("the order has no such payment")]
    PaymentNotFound(OrderPaymentId),
    /// The number has not the form, length or check digit of the carrier's.
    #[error("the number is none of the carrier `{carrier}`: {why}")]
    WaybillInvalid {
        /// The carrier's code.
        carrier: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The number means another shipment of that carrier in that time.
    #[error("the number means another shipment in that time")]
    WaybillTaken(ShipmentId),
    /// Another carrier has that code.
    #[error("another carrier has that code")]
    CodeTaken(CarrierId),
    /// The shipments would collect more than the order's cash on delivery.
    #[error("its shipments would collect more than the order's cash on delivery")]
    CodExceedsOrder(OrderId),
    /// The shipment was delivered, returned, cancelled, lost or destroyed.
    #[error("the shipment has ended: it is `{}`", .status.name())]
    ShipmentEnded {
        /// The shipment.
        shipment: ShipmentId,
        /// Where it is.
        status: ShipmentStatus,
    },
    /// The carrier has the shipment already.
    #[error("the carrier has the shipment: it is `{}`", .status.name())]
    ShipmentUnderWay {
        /// The shipment.
        shipment: ShipmentId,
        /// Where it is.
        status: ShipmentStatus,
    },
    /// The scan was taken back or replaced before.
    #[error("the scan was taken back before")]
    ScanRetracted(ScanId),
    /// There is no such scan.
    #[error("the shipment has no such scan")]
    ScanNotFound(ScanId),
    /// Two entries of a code map have the same conditions.
    #[error("two entries for `{0}` have the same conditions")]
    CodeMapAmbiguous(String),
    /// The code map reads already.
    #[error("the code map reads already")]
    CodeMapActive(CodeMapId),
    /// The follow-up is done or cancelled.
    #[error("the follow-up has ended")]
    FollowUpEnded(FollowUpId),
    /// One of that kind is open for the order or shipment.
    #[error("a follow-up of that kind is open")]
    FollowUpOpen(FollowUpId),
    /// It is with that person already.
    #[error("it is with them already")]
    AlreadyAssigned,
    /// The trace's state does not allow this.
    #[error("a trace in the state `{state}` does not allow this")]
    TraceStateRefuses {
        /// The trace.
        trace: TraceId,
        /// Its state.
        state: &'static str,
    },
    /// A trace that is not inconclusive is concluded from a finding.
    #[error("only an inconclusive trace is concluded without a finding")]
    FindingRequired(TraceId),
    /// More damaged or wrong than were counted, or a conclusion that its counts contradict.
    #[error("{0}")]
    CountsInvalid(&'static str),
    /// A proof of damage or of a discrepancy has two signatures at least.
    #[error("a proof of damage or of a discrepancy has two signatures at least")]
    ProofNotSigned,
    /// The trace has a file of that hash.
    #[error("the trace has a file of that hash already")]
    EvidenceExists(TraceId),
    /// What the trace found is nothing to claim for.
    #[error("what the trace found is nothing to claim for")]
    ClaimNotSuggested(TraceId),
    /// Amounts that cannot be put together.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A name of no zone.
    #[error(transparent)]
    Zone(#[from] ZoneError),
    /// A clock cannot be reckoned.
    #[error(transparent)]
    Clock(#[from] ClockError),
}

impl Error {
    /// One wrong field.
    pub fn invalid(field: impl Into<String>, reason: &str, description: impl Into<String>) -> Self {
        InvalidFields::one(field, reason, description).into()
    }

    /// A code or id that names nothing.
    pub fn unknown(field: &'static str, value: &str) -> Self {
        UnknownReference::new(field, value).into()
    }

    /// The refusal of the kernel that this one is.
    fn inner(&self) -> Option<&dyn Fault> {
        Some(match self {
            Self::Invalid(inner) => inner,
            Self::Fields(inner) => inner,
            Self::Unknown(inner) => inner,
            Self::Money(inner) => inner,
            Self::Zone(inner) => inner,
            Self::Clock(inner) => inner,
            _ => return None,
        })
    }
}

impl Fault for Error {
    fn kind(&self) -> FaultKind {
        use FaultKind::{Exists, Forbidden, Invalid, NotFound, RuleBroken};
        match self {
            Self::CheckNoteRequired
            | Self::PaymentKindInvalid(_)
            | Self::WaybillInvalid { .. }
            | Self::CodeMapAmbiguous(_)
            | Self::CountsInvalid(_)
            | Self::ProofNotSigned => Invalid,
            Self::NeedsPermission(_) => Forbidden,
            Self::PaymentNotFound(_) | Self::ScanNotFound(_) => NotFound,
            Self::WaybillTaken(_)
            | Self::EvidenceExists(_)
            | Self::CodeTaken(_)
            | Self::FollowUpOpen(_) => Exists,
            _ => self.inner().map_or(RuleBroken, Fault::kind),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::OrderStateRefuses { .. } => "ORDER_STATE_REFUSES",
            Self::NeedsPermission(_) => "TRANSITION_NEEDS_PERMISSION",
            Self::OrderIncomplete(_) => "ORDER_INCOMPLETE",
            Self::ChecksMissing(_) => "ORDER_CHECKS_MISSING",
            Self::CheckNoteRequired => "CHECK_NOTE_REQUIRED",
            Self::MaybeDuplicate(_) => "ORDER_MAYBE_DUPLICATE",
            Self::CreditRefused(_) => "CREDIT_REFUSED",
            Self::NotPaid(_) => "ORDER_NOT_PAID",
            Self::PaymentExceedsPrice(_) => "PAYMENT_EXCEEDS_PRICE",
            Self::PaymentKindInvalid(_) => "PAYMENT_KIND_INVALID",
            Self::PaymentReversed(_) => "PAYMENT_REVERSED",
            Self::PaymentNotFound(_) | Self::ScanNotFound(_) => "RESOURCE_NOT_FOUND",
            Self::WaybillInvalid { .. } => "WAYBILL_INVALID",
            Self::WaybillTaken(_) => "WAYBILL_TAKEN",
            Self::CodeTaken(_) => "CODE_TAKEN",
            Self::CodExceedsOrder(_) => "COD_EXCEEDS_ORDER",
            Self::ShipmentEnded { .. } => "SHIPMENT_ENDED",
            Self::ShipmentUnderWay { .. } => "SHIPMENT_UNDER_WAY",
            Self::ScanRetracted(_) => "SCAN_RETRACTED",
            Self::CodeMapAmbiguous(_) => "CODE_MAP_AMBIGUOUS",
            Self::CodeMapActive(_) => "CODE_MAP_ACTIVE",
            Self::FollowUpEnded(_) => "FOLLOW_UP_ENDED",
            Self::AlreadyAssigned => "ALREADY_ASSIGNED",
            Self::TraceStateRefuses { .. } => "TRACE_STATE_REFUSES",
            Self::FindingRequired(_) => "TRACE_FINDING_REQUIRED",
            Self::CountsInvalid(_) => "TRACE_COUNTS_INVALID",
            Self::ProofNotSigned => "PROOF_NOT_SIGNED",
            Self::EvidenceExists(_) | Self::FollowUpOpen(_) => "RESOURCE_EXISTS",
            Self::ClaimNotSuggested(_) => "CLAIM_NOT_SUGGESTED",
            Self::Invalid(_)
            | Self::Fields(_)
            | Self::Unknown(_)
            | Self::Money(_)
            | Self::Zone(_)
            | Self::Clock(_) => self.inner().map_or("INTERNAL", Fault::reason),
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::OrderStateRefuses { state, .. } | Self::TraceStateRefuses { state, .. } => {
                vec![("state", (*state).to_owned())]
            }
            Self::NeedsPermission(permission) => vec![("permission", permission.clone())],
            Self::OrderIncomplete(fields) => vec![("fields", fields.join(","))],
            Self::ChecksMissing(checks) => vec![("checks", checks.join(","))],
            Self::MaybeDuplicate(orders) => {
                let ids: Vec<String> = orders.iter().map(ToString::to_string).collect();
                vec![("ids", ids.join(","))]
            }
            Self::CreditRefused(refusals) => vec![("refusals", refusals.join(","))],
            Self::NotPaid(open) => vec![
                ("open_minor_units", open.minor().to_string()),
                ("currency", open.currency().code().to_owned()),
            ],
            Self::WaybillInvalid { carrier, .. } => vec![("carrier", carrier.clone())],
            Self::WaybillTaken(shipment) => vec![("id", shipment.to_string())],
            Self::CodeTaken(carrier) => vec![("id", carrier.to_string())],
            Self::ShipmentEnded { status, .. } | Self::ShipmentUnderWay { status, .. } => {
                vec![("status", status.name().to_owned())]
            }
            Self::CodeMapAmbiguous(raw_code) => vec![("raw_code", raw_code.clone())],
            _ => self.inner().map(Fault::metadata).unwrap_or_default(),
        }
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        let (field, reason) = match self {
            Self::WaybillInvalid { .. } => ("waybill", "waybill"),
            Self::CheckNoteRequired => ("note", "required"),
            Self::PaymentKindInvalid(_) => ("kind", "kind"),
            Self::ProofNotSigned => ("signatures", "min_items"),
            Self::CountsInvalid(_) => ("counts", "counts"),
            Self::CodeMapAmbiguous(_) => ("codes", "unique"),
            _ => return self.inner().map(Fault::field_violations).unwrap_or_default(),
        };
        vec![FieldViolation::new(field, reason, self.to_string())]
    }

    fn retry_after(&self) -> Option<Duration> {
        self.inner().and_then(Fault::retry_after)
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        fn of<I: Id>(id: &I) -> Option<(&'static str, String)> {
            Some((I::PREFIX, id.to_string()))
        }
        match self {
            Self::OrderStateRefuses { order, .. }
            | Self::PaymentExceedsPrice(order)
            | Self::CodExceedsOrder(order) => of(order),
            Self::PaymentReversed(payment) | Self::PaymentNotFound(payment) => of(payment),
            Self::WaybillTaken(shipment)
            | Self::ShipmentEnded { shipment, .. }
            | Self::ShipmentUnderWay { shipment, .. } => of(shipment),
            Self::ScanRetracted(scan) | Self::ScanNotFound(scan) => of(scan),
            Self::CodeMapActive(map) => of(map),
            Self::CodeTaken(carrier) => of(carrier),
            Self::FollowUpEnded(follow_up) | Self::FollowUpOpen(follow_up) => of(follow_up),
            Self::TraceStateRefuses { trace, .. }
            | Self::FindingRequired(trace)
            | Self::EvidenceExists(trace)
            | Self::ClaimNotSuggested(trace) => of(trace),
            _ => None,
        }
    }
}
