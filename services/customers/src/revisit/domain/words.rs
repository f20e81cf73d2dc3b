//! The closed lists of words that revisits are described with.

use kefu_api_events::words;

words! {
    /// What a revisit follows on.
    Occasion as RevisitOccasion {
        /// A complaint was closed.
        ComplaintClosed = "complaint_closed",
        /// A complaint is still open on its third day: a courtesy call.
        ComplaintOpen = "complaint_open",
        /// A shipment was delivered.
        Delivered = "delivered",
        /// A claim was closed.
        ClaimClosed = "claim_closed",
        /// A customer became a member.
        Member = "member",
        /// A person planned it.
        Irregular = "irregular",
    }
}

words! {
    /// How a revisit stands.
    State as RevisitState {
        /// Its day has not come.
        Scheduled = "scheduled",
        /// It can be made now.
        Open = "open",
        /// The customer was tried, gave no answers, and is tried again.
        Attempted = "attempted",
        /// The customer answered; the department's answer or the close is still owed.
        Answered = "answered",
        /// It is over.
        Closed = "closed",
        /// The attempts that the policy asks for reached nobody.
        GivenUp = "given_up",
        /// It is not owed any more.
        Cancelled = "cancelled",
    }
}

words! {
    /// What a customer said of the service.
    Verdict as Verdict {
        /// Satisfied.
        Satisfied = "satisfied",
        /// Neither.
        Neutral = "neutral",
        /// Dissatisfied.
        Dissatisfied = "dissatisfied",
    }
}

words! {
    /// What came of a try.
    Outcome as AttemptOutcome {
        /// The customer answered.
        Reached = "reached",
        /// Nobody answered.
        NoAnswer = "no_answer",
        /// The customer did not want to talk.
        Refused = "refused",
        /// The customer chose another hour.
        Rescheduled = "rescheduled",
        /// The contact is not the customer's.
        WrongContact = "wrong_contact",
    }
}

words! {
    /// What a customer said in a revisit.
    OpinionKind as OpinionKind {
        /// A suggestion.
        Suggestion = "suggestion",
        /// A complaint.
        Complaint = "complaint",
        /// A wish.
        Request = "request",
        /// Praise, or a remark that asks for nothing.
        Remark = "remark",
    }
}

impl State {
    /// Whether the customer is still to be reached.
    pub const fn is_owed(self) -> bool {
        matches!(self, Self::Scheduled | Self::Open | Self::Attempted)
    }

    /// Whether nothing is to be done any more.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::GivenUp | Self::Cancelled)
    }
}
