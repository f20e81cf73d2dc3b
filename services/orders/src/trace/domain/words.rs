//! The closed lists of words that traces are described with.

use kefu_api_events::words;

words! {
    /// How a trace stands.
    TraceState as TraceState {
        /// An agent asked for it.
        Requested = "requested",
        /// The outlet or carrier that has to look was asked.
        Sent = "sent",
        /// At least one finding came in.
        Found = "found",
        /// What is true was settled; the asking agent has to be told.
        Concluded = "concluded",
        /// The asking agent has the answer; the customer has to be told.
        Answered = "answered",
        /// The customer was told. It never changes again.
        Closed = "closed",
        /// Nothing is to be found any more. It never changes again.
        Cancelled = "cancelled",
    }
}

words! {
    /// What a trace looks for.
    TraceKind as TraceKind {
        /// Where the goods are.
        Whereabouts = "whereabouts",
        /// Whether the goods are whole.
        Condition = "condition",
        /// Whether all of them are there, and the right ones.
        Count = "count",
        /// Who received them, and when.
        ProofOfDelivery = "proof_of_delivery",
        /// What they weigh and measure.
        Weight = "weight",
    }
}

words! {
    /// What a trace found to be true.
    TraceOutcome as TraceOutcome {
        /// Everything is there and whole.
        Intact = "intact",
        /// The goods were missing and are found.
        Found = "found",
        /// They are damaged.
        Damaged = "damaged",
        /// Part of them is missing.
        Short = "short",
        /// They cannot be found.
        Lost = "lost",
        /// They are others than those sent.
        WrongGoods = "wrong_goods",
        /// The receiver has them.
        Delivered = "delivered",
        /// They are told to be delivered and are not.
        NotDelivered = "not_delivered",
        /// It cannot be told.
        Inconclusive = "inconclusive",
    }
}

impl TraceState {
    /// Whether it never changes again.
    pub const fn is_ended(self) -> bool {
        matches!(self, Self::Closed | Self::Cancelled)
    }
}

impl TraceOutcome {
    /// Whether it is something to claim for.
    pub const fn is_a_loss(self) -> bool {
        matches!(
            self,
            Self::Damaged | Self::Short | Self::Lost | Self::WrongGoods | Self::NotDelivered
        )
    }
}
