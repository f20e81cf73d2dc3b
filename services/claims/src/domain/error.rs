//! Everything that a rule of claims can refuse, with its stable reason.

use kefu_kernel::clock::ClockError;
use kefu_kernel::money::MoneyError;
use kefu_kernel::{
    Fault, FaultKind, FieldViolation, Id, InvalidFields, Timestamp, UnknownReference,
};

use super::ids::{ClaimId, DecisionId, OfferId};
use super::words::{DecisionState, OfferState, PaymentState, State};

/// Why a rule said no. The text is for the caller and free of personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Fields of the request do not fit each other or the state.
    #[error(transparent)]
    Invalid(#[from] InvalidFields),
    /// A code or id that names nothing.
    #[error(transparent)]
    Unknown(#[from] UnknownReference),
    /// A change of a claim names the version that its caller has seen.
    #[error("a change of a claim needs the etag that the caller has seen")]
    EtagRequired,
    /// A part of the claim that it does not have.
    #[error("the claim has no such {kind}")]
    NoSuchPart {
        /// What it would be, as ids begin: `offer`.
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// The source's id, the trace's claim, a file or a bank's reference is known already.
    #[error("it is known already")]
    Exists {
        /// What exists, as ids begin.
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// Amounts that do not go together.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The claim's state does not allow this.
    #[error("a claim that is `{}` does not allow this", .0.name())]
    StateRefuses(State),
    /// It lacks what it needs to be filed.
    #[error("the claim lacks {}", .0.join(", "))]
    Incomplete(Vec<&'static str>),
    /// It came too late, and that was not waived.
    #[error("the claim came after the time that is allowed, and that was not waived")]
    OutOfTime,
    /// Nobody works on it.
    #[error("no specialist works on the claim")]
    HandlerRequired,
    /// An appeal goes to somebody who neither handled nor signed it.
    #[error("an appeal goes to a specialist who neither handled nor signed the claim")]
    SecondHandlerRequired,
    /// It is with that specialist already.
    #[error("the claim is with them already")]
    AlreadyAssigned,
    /// The time to appeal is over.
    #[error("the time to appeal was over on {0}")]
    AppealTooLate(Timestamp),
    /// It was appealed as often as its type allows.
    #[error("the claim was appealed as often as its type allows")]
    AppealsUsedUp,
    /// Required items are neither there nor waived.
    #[error("the checklist is open: {}", .0.join(", "))]
    ChecklistOpen(Vec<String>),
    /// The evidence was withdrawn before.
    #[error("the evidence was withdrawn before")]
    EvidenceWithdrawn,
    /// The evidence was destroyed.
    #[error("the evidence was destroyed")]
    EvidenceDestroyed,
    /// Shares of liability that do not come to the whole.
    #[error("the shares come to 10,000, each party once")]
    SharesInvalid,
    /// The claim cannot end so.
    #[error("the claim cannot end so: {0}")]
    ResolutionNotTrue(&'static str),
    /// A link to itself, or a circle.
    #[error("the link is not allowed: {0}")]
    LinkNotAllowed(&'static str),
    /// The link exists already.
    #[error("the link exists already")]
    LinkExists(ClaimId),
    /// There is no such link.
    #[error("there is no such link")]
    LinkNotFound(ClaimId),
    /// An offer is open.
    #[error("an offer is open; it is answered or taken back first")]
    OfferOpen(OfferId),
    /// The offer is over.
    #[error("the offer is `{}`", .0.name())]
    OfferNotOpen(OfferState),
    /// A decision of the kind waits.
    #[error("a decision of the kind waits for a signature")]
    DecisionPending(DecisionId),
    /// The decision does not wait.
    #[error("the decision is `{}`", .0.name())]
    DecisionNotPending(DecisionState),
    /// Not proposed so.
    #[error("such a decision is not proposed so: {0}")]
    DecisionKindInvalid(&'static str),
    /// Above the authority of whoever decides.
    #[error("the sum of decisions is above the authority that there is")]
    AuthorityExceeded {
        /// The limit; none: there is none that holds.
        limit: Option<i64>,
        /// What is held against it.
        cumulative: i64,
        /// In which currency.
        currency: &'static str,
    },
    /// Not independent.
    #[error("the signer is not independent: {0}")]
    SignerNotIndependent(&'static str),
    /// Not theirs to take back.
    #[error("only who proposed a decision takes it back")]
    NotTheProposer,
    /// No delegation that covers this.
    #[error("the delegation does not do: {0}")]
    DelegationInvalid(&'static str),
    /// The limit contradicts itself or others.
    #[error("the limit does not do: {0}")]
    LimitInvalid(&'static str),
    /// The limit has an end.
    #[error("the limit has an end already")]
    LimitEnded,
    /// It needs a permission beside that of the call.
    #[error("this needs the permission `{0}`")]
    NeedsPermission(&'static str),
    /// More than claimed.
    #[error("it is more than what is claimed")]
    AboveClaimed,
    /// More than the cap.
    #[error("it is more than the cap")]
    AboveCap {
        /// The cap.
        cap: i64,
        /// In which currency.
        currency: &'static str,
    },
    /// More than granted.
    #[error("it is more than what is granted and not ordered yet")]
    AboveApproved,
    /// It waits for a signature.
    #[error("the amount waits for a signature and cannot be spent")]
    AmountPending(DecisionId),
    /// The bank tells another amount.
    #[error("another amount was ordered")]
    AmountDiffers,
    /// More than set aside.
    #[error("it is more than what is set aside")]
    ReserveTooSmall {
        /// What is set aside.
        available: i64,
        /// In which currency.
        currency: &'static str,
    },
    /// Less than used.
    #[error("the reserve would be less than what was paid and ordered of it")]
    ReserveBelowUsed,
    /// Money is still on the way.
    #[error("the ledger is not clear: {0}")]
    LedgerNotClear(&'static str),
    /// Reversed before, or a reversal.
    #[error("the posting was reversed before, or is a reversal")]
    PostingReversed,
    /// Put right by other verbs.
    #[error("such a posting is not reversed: {0}")]
    PostingNotReversible(&'static str),
    /// The payment's state does not allow this.
    #[error("the payment is `{}`", .0.name())]
    PaymentStateRefuses(PaymentState),
    /// Account or bank code do not do.
    #[error("the payee does not do: {0}")]
    PayeeInvalid(&'static str),
    /// Who named the payee does not pay them.
    #[error("who named the payee does not order the payment")]
    PayeeNotIndependent,
    /// A release is asked for.
    #[error("a signed release is asked for first")]
    ReleaseRequired,
    /// The conversion does not come to the amount.
    #[error("the conversion does not do: {0}")]
    ConversionInvalid(&'static str),
    /// Freight was given back before.
    #[error("the freight of the shipment was given back before")]
    FreightAlreadyRefunded(ClaimId),
    /// More than was paid.
    #[error("it is more than was paid")]
    RecoveryAbovePaid,
    /// The recovery is over.
    #[error("the recovery is over")]
    RecoveryClosed,
    /// It closes short without a reason.
    #[error("a recovery that closes short says why")]
    ShortReasonRequired,
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

    /// A part that the claim does not have.
    pub fn no_such<I: Id>(id: I) -> Self {
        Self::NoSuchPart { kind: I::PREFIX, id: id.to_string() }
    }

    /// A thing that is known already.
    pub fn exists<I: Id>(id: I) -> Self {
        Self::Exists { kind: I::PREFIX, id: id.to_string() }
    }

    fn code(&self) -> (FaultKind, &'static str) {
        use FaultKind::{Exists, Forbidden, Invalid, NotFound, RuleBroken};
        match self {
            Self::Invalid(error) => (error.kind(), error.reason()),
            Self::Unknown(error) => (error.kind(), error.reason()),
            Self::EtagRequired => (Invalid, "ETAG_REQUIRED"),
            Self::NoSuchPart { .. } | Self::LinkNotFound(_) => (NotFound, "RESOURCE_NOT_FOUND"),
            Self::Exists { .. } => (Exists, "RESOURCE_EXISTS"),
            Self::Money(error) => (error.kind(), error.reason()),
            Self::StateRefuses(_) => (RuleBroken, "CLAIM_STATE_REFUSES"),
            Self::Incomplete(_) => (RuleBroken, "CLAIM_INCOMPLETE"),
            Self::OutOfTime => (RuleBroken, "CLAIM_OUT_OF_TIME"),
            Self::HandlerRequired => (RuleBroken, "HANDLER_REQUIRED"),
            Self::SecondHandlerRequired => (RuleBroken, "SECOND_HANDLER_REQUIRED"),
            Self::AlreadyAssigned => (RuleBroken, "ALREADY_ASSIGNED"),
            Self::AppealTooLate(_) => (RuleBroken, "APPEAL_TOO_LATE"),
            Self::AppealsUsedUp => (RuleBroken, "APPEALS_USED_UP"),
            Self::ChecklistOpen(_) => (RuleBroken, "CHECKLIST_OPEN"),
            Self::EvidenceWithdrawn => (RuleBroken, "EVIDENCE_WITHDRAWN"),
            Self::EvidenceDestroyed => (RuleBroken, "EVIDENCE_DESTROYED"),
            Self::SharesInvalid => (Invalid, "SHARES_INVALID"),
            Self::ResolutionNotTrue(_) => (RuleBroken, "RESOLUTION_NOT_TRUE"),
            Self::LinkNotAllowed(_) => (RuleBroken, "LINK_NOT_ALLOWED"),
            Self::LinkExists(_) => (Exists, "LINK_EXISTS"),
            Self::OfferOpen(_) => (RuleBroken, "OFFER_OPEN"),
            Self::OfferNotOpen(_) => (RuleBroken, "OFFER_NOT_OPEN"),
            Self::DecisionPending(_) => (RuleBroken, "DECISION_PENDING"),
            Self::DecisionNotPending(_) => (RuleBroken, "DECISION_NOT_PENDING"),
            Self::DecisionKindInvalid(_) => (Invalid, "DECISION_KIND_INVALID"),
            Self::AuthorityExceeded { .. } => (Forbidden, "AUTHORITY_EXCEEDED"),
            Self::SignerNotIndependent(_) => (Forbidden, "SIGNER_NOT_INDEPENDENT"),
            Self::NotTheProposer => (Forbidden, "NOT_THE_PROPOSER"),
            Self::DelegationInvalid(_) => (RuleBroken, "DELEGATION_INVALID"),
            Self::LimitInvalid(_) => (Invalid, "LIMIT_INVALID"),
            Self::LimitEnded => (RuleBroken, "LIMIT_ENDED"),
            Self::NeedsPermission(_) => (Forbidden, "TRANSITION_NEEDS_PERMISSION"),
            _ => self.code_of_money(),
        }
    }

    fn code_of_money(&self) -> (FaultKind, &'static str) {
        use FaultKind::{Bug, Forbidden, Invalid, RuleBroken};
        match self {
            Self::AboveClaimed => (RuleBroken, "AMOUNT_ABOVE_CLAIMED"),
            Self::AboveCap { .. } => (RuleBroken, "AMOUNT_ABOVE_CAP"),
            Self::AboveApproved => (RuleBroken, "AMOUNT_ABOVE_APPROVED"),
            Self::AmountPending(_) => (RuleBroken, "AMOUNT_PENDING"),
            Self::AmountDiffers => (RuleBroken, "AMOUNT_DIFFERS"),
            Self::ReserveTooSmall { .. } => (RuleBroken, "RESERVE_TOO_SMALL"),
            Self::ReserveBelowUsed => (RuleBroken, "RESERVE_BELOW_USED"),
            Self::LedgerNotClear(_) => (RuleBroken, "LEDGER_NOT_CLEAR"),
            Self::PostingReversed => (RuleBroken, "POSTING_REVERSED"),
            Self::PostingNotReversible(_) => (RuleBroken, "POSTING_NOT_REVERSIBLE"),
            Self::PaymentStateRefuses(_) => (RuleBroken, "PAYMENT_STATE_REFUSES"),
            Self::PayeeInvalid(_) => (Invalid, "PAYEE_INVALID"),
            Self::PayeeNotIndependent => (Forbidden, "PAYEE_NOT_INDEPENDENT"),
            Self::ReleaseRequired => (RuleBroken, "RELEASE_REQUIRED"),
            Self::ConversionInvalid(_) => (Invalid, "CONVERSION_INVALID"),
            Self::FreightAlreadyRefunded(_) => (RuleBroken, "FREIGHT_ALREADY_REFUNDED"),
            Self::RecoveryAbovePaid => (RuleBroken, "RECOVERY_ABOVE_PAID"),
            Self::RecoveryClosed => (RuleBroken, "RECOVERY_CLOSED"),
            Self::ShortReasonRequired => (Invalid, "SHORT_REASON_REQUIRED"),
            Self::Clock(error) => (error.kind(), error.reason()),
            _ => (Bug, "INTERNAL"),
        }
    }
}

impl Fault for Error {
    fn kind(&self) -> FaultKind {
        self.code().0
    }

    fn reason(&self) -> &'static str {
        self.code().1
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        let one = |key, value: &dyn ToString| vec![(key, value.to_string())];
        match self {
            Self::Unknown(error) => error.metadata(),
            Self::StateRefuses(state) => one("state", &state.name()),
            Self::Incomplete(fields) => one("fields", &fields.join(",")),
            Self::AppealTooLate(until) => one("until", until),
            Self::ChecklistOpen(items) => one("items", &items.join(",")),
            Self::OfferOpen(id) => one("offer_id", id),
            Self::OfferNotOpen(state) => one("state", &state.name()),
            Self::DecisionPending(id) | Self::AmountPending(id) => one("decision_id", id),
            Self::DecisionNotPending(state) => one("state", &state.name()),
            Self::AuthorityExceeded { limit, cumulative, currency } => vec![
                ("limit_minor_units", limit.map(|limit| limit.to_string()).unwrap_or_default()),
                ("cumulative_minor_units", cumulative.to_string()),
                ("currency", (*currency).to_owned()),
            ],
            Self::SignerNotIndependent(obstacle) => one("obstacle", obstacle),
            Self::NeedsPermission(permission) => one("permission", permission),
            Self::AboveCap { cap, currency } => {
                vec![("cap_minor_units", cap.to_string()), ("currency", (*currency).to_owned())]
            }
            Self::ReserveTooSmall { available, currency } => vec![
                ("available_minor_units", available.to_string()),
                ("currency", (*currency).to_owned()),
            ],
            Self::LedgerNotClear(what) => one("what", what),
            Self::PaymentStateRefuses(state) => one("state", &state.name()),
            Self::FreightAlreadyRefunded(claim) => one("claim_id", claim),
            Self::Clock(error) => error.metadata(),
            _ => Vec::new(),
        }
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        match self {
            Self::Invalid(error) => error.field_violations(),
            Self::Unknown(error) => error.field_violations(),
            Self::EtagRequired => {
                vec![FieldViolation::new("etag", "required", "is needed to change a claim")]
            }
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<std::time::Duration> {
        match self {
            Self::Clock(error) => error.retry_after(),
            _ => None,
        }
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        match self {
            Self::NoSuchPart { kind, id } | Self::Exists { kind, id } => Some((kind, id.clone())),
            Self::LinkExists(claim) | Self::LinkNotFound(claim) => {
                Some((ClaimId::PREFIX, claim.to_string()))
            }
            _ => None,
        }
    }
}
