//! The closed lists of words that claims are described with, each with its stable name (tables, filters, data
//! files) and its form in events. "Not told" is not among them: what may be untold is an `Option`.

pub use kefu_api_events::Channel;
use kefu_api_events::words;

words! {
    /// What a claim is for.
    ClaimType as ClaimType {
        /// The goods are gone.
        Loss = "loss",
        /// The goods are damaged.
        Damage = "damage",
        /// Part of the goods is missing.
        Shortage = "shortage",
        /// The goods came too late.
        Delay = "delay",
        /// Other goods came than were sent.
        WrongGoods = "wrong_goods",
        /// Cash on delivery was collected and not handed on.
        CodUnremitted = "cod_unremitted",
        /// More was charged than agreed.
        Overcharge = "overcharge",
    }
}

words! {
    /// How a claim stands.
    State as ClaimState {
        /// It is being written; no clock runs.
        Draft = "draft",
        /// The claimant filed it.
        Submitted = "submitted",
        /// The claimant was told that it is in hand.
        Acknowledged = "acknowledged",
        /// It is found out what happened and who has to answer for it.
        Investigating = "investigating",
        /// The claimant has to hand something in.
        AwaitingDocuments = "awaiting_documents",
        /// Liability, cap and amounts are settled on our side.
        Assessed = "assessed",
        /// An offer is open, or was answered.
        Negotiating = "negotiating",
        /// A decision on the matter waits for a signature.
        DecisionPending = "decision_pending",
        /// The whole of what was claimed is granted.
        Approved = "approved",
        /// A part of it is granted.
        PartlyApproved = "partly_approved",
        /// Nothing is granted.
        Denied = "denied",
        /// The payee is known; what is granted has to be paid.
        SettlementDue = "settlement_due",
        /// A part of what is granted was paid.
        PartlyPaid = "partly_paid",
        /// All that is granted was paid.
        Paid = "paid",
        /// What was paid is asked back of who has to answer for it.
        Recovery = "recovery",
        /// The claimant does not accept the decision; another specialist looks at it.
        Appealed = "appealed",
        /// The claimant gave it up.
        Withdrawn = "withdrawn",
        /// It is over. Only a reopening changes it.
        Closed = "closed",
        /// It was taken up again.
        Reopened = "reopened",
    }
}

words! {
    /// How a claim came about.
    Origin as ClaimOrigin {
        /// An agent filed it for the customer.
        Agent = "agent",
        /// The customer filed it.
        Customer = "customer",
        /// Another system filed it.
        System = "system",
        /// It was prepared from a trace.
        Trace = "trace",
    }
}

words! {
    /// By what an exposure is covered.
    CoverKind as CoverKind {
        /// What the law or the contract makes the carrier liable for, up to its cap.
        Liability = "liability",
        /// A declared value or interest.
        DeclaredValue = "declared_value",
        /// An insurance.
        Insurance = "insurance",
        /// Nothing; the company pays because it wants to.
        Goodwill = "goodwill",
    }
}

words! {
    /// Of what kind money is.
    CostKind as CostKind {
        /// What makes the loss good.
        Indemnity = "indemnity",
        /// What finding out and settling costs.
        Expense = "expense",
        /// What is paid without being owed.
        ExGratia = "ex_gratia",
        /// Freight that is given back.
        FreightRefund = "freight_refund",
    }
}

words! {
    /// Who has to answer for a loss.
    Party as ResponsibleParty {
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
    /// Of what sort a line is.
    LineKind {
        /// Goods that are gone, damaged, short or wrong.
        Goods = "goods",
        /// Cash on delivery that was not handed on.
        Cash = "cash",
        /// Freight that is asked back.
        Freight = "freight",
        /// What the claimant had to spend because of it.
        Expense = "expense",
    }
}

words! {
    /// What one claim is to another.
    LinkKind as ClaimLinkKind {
        /// The other claim is about the same loss and was first.
        DuplicateOf = "duplicate_of",
        /// Both claim part of the same goods or money.
        Overlaps = "overlaps",
        /// Both have to do with each other.
        Related = "related",
    }
}

words! {
    /// How a claim ended.
    Resolution as ClaimResolution {
        /// It was paid.
        Settled = "settled",
        /// Nothing was granted, and no appeal is open.
        Denied = "denied",
        /// The claimant gave it up.
        Withdrawn = "withdrawn",
        /// Another claim goes on with the matter.
        Duplicate = "duplicate",
        /// It came too late, and that was not waived.
        OutOfTime = "out_of_time",
        /// There was no loss, or it was made good.
        NoLoss = "no_loss",
    }
}

words! {
    /// Whose offer it is.
    OfferSide as OfferSide {
        /// The company offers to pay.
        Company = "company",
        /// The claimant would be content with that.
        Claimant = "claimant",
    }
}

words! {
    /// How an offer stands.
    OfferState as OfferState {
        /// It can be accepted.
        Open = "open",
        /// The other side made an offer of its own.
        Countered = "countered",
        /// The other side took it.
        Accepted = "accepted",
        /// The other side did not take it.
        Rejected = "rejected",
        /// Its time ran out.
        Expired = "expired",
        /// Who made it took it back.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// What a decision is about. Each has limits of its own.
    DecisionKind as DecisionKind {
        /// What is granted.
        Settlement = "settlement",
        /// That nothing is granted.
        Denial = "denial",
        /// What is set aside.
        Reserve = "reserve",
        /// What may be spent on finding out.
        Expense = "expense",
        /// What is paid without being owed.
        ExGratia = "ex_gratia",
        /// What is not asked back any more.
        WriteOff = "write_off",
        /// That a claim counts although it came too late.
        TimeLimitWaiver = "time_limit_waiver",
    }
}

words! {
    /// How a decision stands.
    DecisionState as DecisionState {
        /// It waits for a signature.
        Pending = "pending",
        /// It holds.
        Signed = "signed",
        /// Who had to sign did not.
        Refused = "refused",
        /// Who proposed it took it back.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// What an account holds.
    AccountKind as AccountKind {
        /// What the claim costs before recoveries. Grows by debits.
        Incurred = "incurred",
        /// What is set aside and not ordered to be paid. Grows by credits.
        Reserve = "reserve",
        /// What was ordered to be paid and is not confirmed. Grows by credits.
        Payable = "payable",
        /// What was paid out, by credits, and came in, by debits.
        Bank = "bank",
        /// What came in from others. Grows by credits.
        Recovered = "recovered",
        /// What is asked of others. Grows by debits.
        Recoverable = "recoverable",
        /// The other side of what is asked of others. Grows by credits.
        Expected = "expected",
    }
}

words! {
    /// What was posted. The accounts follow from it.
    PostingKind as PostingKind {
        /// Debit INCURRED, credit RESERVE.
        ReserveRaised = "reserve_raised",
        /// Debit RESERVE, credit INCURRED.
        ReserveLowered = "reserve_lowered",
        /// Debit RESERVE, credit PAYABLE.
        PaymentOrdered = "payment_ordered",
        /// Debit PAYABLE, credit BANK.
        PaymentConfirmed = "payment_confirmed",
        /// Debit PAYABLE, credit RESERVE.
        PaymentReleased = "payment_released",
        /// Debit BANK, credit RESERVE.
        PaymentReturned = "payment_returned",
        /// Debit RECOVERABLE, credit EXPECTED.
        RecoveryOpened = "recovery_opened",
        /// Debit BANK, credit RECOVERED, and debit EXPECTED, credit RECOVERABLE.
        RecoveryReceived = "recovery_received",
        /// Debit BANK, credit RECOVERED.
        SalvageReceived = "salvage_received",
        /// Debit EXPECTED, credit RECOVERABLE.
        RecoveryWrittenOff = "recovery_written_off",
        /// The entries of another posting, turned round.
        Reversal = "reversal",
    }
}

words! {
    /// How a payment stands.
    PaymentState as ClaimPaymentState {
        /// The bank has to carry it out.
        Ordered = "ordered",
        /// The bank did.
        Confirmed = "confirmed",
        /// The bank did not, or the money came back.
        Failed = "failed",
        /// It was called off before it was sent.
        Cancelled = "cancelled",
    }
}

words! {
    /// How a payee is paid.
    PayoutMethod {
        /// To a bank account.
        BankTransfer = "bank_transfer",
        /// To a wallet on a telephone.
        Wallet = "wallet",
        /// As a credit on the customer's account with the company.
        CreditNote = "credit_note",
        /// In cash, at an outlet.
        Cash = "cash",
    }
}

words! {
    /// What a clock of a claim measures.
    ClockKind as ClockKind {
        /// From the filing to the acknowledgement.
        ClaimAcknowledgement = "claim_acknowledgement",
        /// From the filing, appeal or reopening to a decision.
        ClaimDecision = "claim_decision",
        /// From the filing to the payment, offer or denial that the regime asks for.
        ClaimLegal = "claim_legal",
        /// From one report on an undecided claim to the next.
        ClaimReport = "claim_report",
        /// From the approval to the payment.
        ClaimPayment = "claim_payment",
    }
}

impl State {
    /// Whether it is over; only a reopening leads on.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Withdrawn | Self::Closed)
    }

    /// Whether it was filed and is not over: money may be set aside for it and spent on finding out.
    pub const fn is_open(self) -> bool {
        !self.is_over() && !matches!(self, Self::Draft)
    }
}

impl CostKind {
    /// The decision that grants money of this kind to be paid.
    pub const fn granted_by(self) -> DecisionKind {
        match self {
            Self::Indemnity | Self::FreightRefund => DecisionKind::Settlement,
            Self::Expense => DecisionKind::Expense,
            Self::ExGratia => DecisionKind::ExGratia,
        }
    }
}

impl DecisionKind {
    /// Whether it is about an amount, and limits are held against sums.
    pub const fn has_amount(self) -> bool {
        !matches!(self, Self::Denial | Self::TimeLimitWaiver)
    }

    /// Whether it decides the matter, so that the claim waits for it in a state of its own.
    pub const fn is_on_the_matter(self) -> bool {
        matches!(self, Self::Settlement | Self::Denial | Self::ExGratia)
    }
}
