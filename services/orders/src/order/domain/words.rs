//! The closed lists of words that orders are described with.

use kefu_api_events::words;

words! {
    /// How an order stands. It goes from draft to handed over by its verbs; after that its shipments move it.
    OrderState as OrderState {
        /// It is being taken; nothing is promised yet.
        Draft = "draft",
        /// Every check that its type asks for was passed with the customer.
        Confirmed = "confirmed",
        /// Sales and the distribution centre have it; nothing has moved yet.
        HandedOver = "handed_over",
        /// At least one of its shipments was picked up, and not all have ended.
        InProgress = "in_progress",
        /// All its shipments have ended, and at least one was delivered.
        Fulfilled = "fulfilled",
        /// All its shipments have ended, and none was delivered.
        Failed = "failed",
        /// It was called off. It never changes again.
        Cancelled = "cancelled",
    }
}

words! {
    /// What is checked with the customer before an order is confirmed.
    CheckKind as OrderCheckKind {
        /// The addresses of pickup and delivery, read back.
        Address = "address",
        /// Who can be reached at both ends, and how.
        Contact = "contact",
        /// Pickup and delivery lie where the company serves, and the goods may be carried there.
        ServiceArea = "service_area",
        /// Packaging, instructions and what the customer wants to be minded.
        Remarks = "remarks",
    }
}

words! {
    /// What came of a check.
    CheckResult as OrderCheckResult {
        /// It is as the order says.
        Passed = "passed",
        /// It is not; the order cannot be confirmed so.
        Failed = "failed",
    }
}

words! {
    /// What a payment of an order is.
    PaymentKind as OrderPaymentKind {
        /// Money left so that the order is taken.
        Deposit = "deposit",
        /// A part of the price.
        Part = "part",
        /// The price, or all that was still open of it.
        Full = "full",
    }
}

words! {
    /// By what means an order was paid.
    PaymentMethod as OrderPaymentMethod {
        /// Cash at the counter or to the courier.
        Cash = "cash",
        /// A card.
        Card = "card",
        /// A transfer to the company's account.
        BankTransfer = "bank_transfer",
        /// A wallet on a telephone.
        Wallet = "wallet",
        /// A cheque.
        Cheque = "cheque",
        /// Any other way.
        Other = "other",
    }
}

words! {
    /// How an order is to be paid.
    PaymentTerms as PaymentTerms {
        /// Before it is handed over.
        Prepaid = "prepaid",
        /// By the receiver, in cash, when it is delivered.
        CashOnDelivery = "cash_on_delivery",
        /// By the customer, later, within the credit limit.
        OnAccount = "on_account",
    }
}

words! {
    /// Why a customer may not order in a way.
    CreditRefusal as CreditRefusal {
        /// Credit is held.
        Held = "held",
        /// There is no limit in the currency asked for.
        NoLimit = "no_limit",
        /// More than what is left of the limit.
        LimitExceeded = "limit_exceeded",
        /// The investigation is out of date.
        OutOfDate = "out_of_date",
        /// Cash on delivery is not taken from this customer.
        NoCashOnDelivery = "no_cash_on_delivery",
        /// Something is overdue.
        Arrears = "arrears",
        /// The customer is on the block list.
        Blocked = "blocked",
    }
}

words! {
    /// What somebody is to an order.
    PartyRole {
        /// The goods are picked up there.
        Sender = "sender",
        /// The goods go there.
        Receiver = "receiver",
        /// Who pays, where neither sender nor receiver does.
        Payer = "payer",
        /// Who is told of its progress beside the customer.
        Notify = "notify",
        /// Where the goods go back to; the sender where there is none.
        Return = "return",
        /// Who acts for the customer.
        Agent = "agent",
    }
}

words! {
    /// What the rules of a type decide on.
    OrderVerb {
        /// To change fields.
        Update = "update",
        /// To call it off.
        Cancel = "cancel",
        /// To record or take back a payment.
        RecordPayment = "record_payment",
    }
}
