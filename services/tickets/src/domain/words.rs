//! The closed lists of words that tickets are described with, each with its stable name (tables,
//! filters, data files) and its form in events. "Not told" is not among them: what may be untold is an
//! `Option`, or has a default.

pub use kefu_api_events::Channel;
use kefu_api_events::words;

words! {
    /// Which kind of state a ticket is in; each type names its own states within these.
    Category as StatusCategory {
        /// Registered, nobody has taken it up. Never entered again once left.
        New = "new",
        /// Somebody works on it.
        Open = "open",
        /// Waits for the customer.
        Pending = "pending",
        /// Waits for somebody else.
        OnHold = "on_hold",
        /// Answered; the customer may come back and reopen it.
        Solved = "solved",
        /// Over for good; it never changes again.
        Closed = "closed",
    }
}

words! {
    /// In which order matters are taken up.
    Priority as Priority {
        /// When there is time.
        Low = "low",
        /// In its turn.
        Normal = "normal",
        /// Before the others.
        High = "high",
        /// At once.
        Urgent = "urgent",
    }
}

words! {
    /// A grade of impact or urgency.
    Level {
        /// Little.
        Low = "low",
        /// As usual.
        Medium = "medium",
        /// Much.
        High = "high",
    }
}

words! {
    /// What one ticket is to another.
    LinkKind as LinkKind {
        /// The other ticket is the greater matter that this one is part of.
        Parent = "parent",
        /// The other ticket is about the same matter and was first.
        Duplicate = "duplicate",
        /// Both have to do with each other.
        Related = "related",
        /// The other ticket's matter brought this one about.
        CausedBy = "caused_by",
        /// The other ticket is closed; the customer came back, and this one goes on.
        FollowUp = "follow_up",
    }
}

words! {
    /// What a clock measures.
    ClockKind as ClockKind {
        /// From the ring of a call, or the beginning of a chat, to a person answering.
        FirstAnswer = "first_answer",
        /// From a customer's message to the next public reply.
        NextReply = "next_reply",
        /// From the beginning of an episode to its first public reply.
        FirstResponse = "first_response",
        /// From the beginning of an episode to its solution.
        Resolution = "resolution",
        /// From the registration to the answer that the law asks for; it never stands still.
        Legal = "legal",
    }
}

words! {
    /// Who speaks in a message, and to whom.
    MessageKind {
        /// The department to the customer.
        PublicReply = "public_reply",
        /// Staff to staff; the customer never sees it.
        InternalNote = "internal_note",
        /// The customer to the department.
        CustomerMessage = "customer_message",
    }
}

impl Priority {
    /// The priority that follows from how much a matter touches and how soon it must be done.
    pub const fn of(impact: Level, urgency: Level) -> Self {
        match (impact, urgency) {
            (Level::High, Level::High) => Self::Urgent,
            (Level::High, Level::Medium) | (Level::Medium, Level::High) => Self::High,
            (Level::Low, Level::Low) => Self::Low,
            (Level::Low, Level::Medium) | (Level::Medium, Level::Low) => Self::Low,
            (Level::Medium, Level::Medium)
            | (Level::High, Level::Low)
            | (Level::Low, Level::High) => Self::Normal,
        }
    }
}

impl Category {
    /// Whether the matter is still to be dealt with.
    pub const fn is_active(self) -> bool {
        !matches!(self, Self::Solved | Self::Closed)
    }

    /// Whether the ticket waits for somebody outside the desk.
    pub const fn is_waiting(self) -> bool {
        matches!(self, Self::Pending | Self::OnHold)
    }
}
