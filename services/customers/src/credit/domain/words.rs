//! The closed lists of words that credit is described with.

use kefu_api_events::words;

words! {
    /// How far a customer is trusted. One that was never investigated has none.
    Grade as CreditGrade {
        /// Pays in time, always.
        A = "a",
        /// Pays, late at times.
        B = "b",
        /// Pays after reminders.
        C = "c",
        /// Is given nothing on credit.
        D = "d",
    }
}

words! {
    /// How an order is to be paid.
    Terms as PaymentTerms {
        /// Before it is handed over.
        Prepaid = "prepaid",
        /// By the receiver, in cash, when it is delivered.
        CashOnDelivery = "cash_on_delivery",
        /// By the customer, later, within the credit limit.
        OnAccount = "on_account",
    }
}

words! {
    /// Why a customer may not order in a way, in the order in which reasons are told.
    Refusal as CreditRefusal {
        /// The customer is on the block list.
        Blocked = "blocked",
        /// Credit is held.
        Held = "held",
        /// There is no limit in the currency asked for.
        NoLimit = "no_limit",
        /// More than what is left of the limit.
        LimitExceeded = "limit_exceeded",
        /// The investigation is out of date.
        OutOfDate = "out_of_date",
        /// Something is overdue.
        Arrears = "arrears",
        /// Cash on delivery is not taken from this customer.
        NoCashOnDelivery = "no_cash_on_delivery",
    }
}
