//! The closed lists of words that customers are described with.

use kefu_api_events::words;

words! {
    /// Person or organisation.
    Kind as CustomerKind {
        /// A person.
        Person = "person",
        /// A company, an office, a shop.
        Organisation = "organisation",
    }
}

words! {
    /// How far a customer has come with the company.
    Stage as LifecycleStage {
        /// Asked, bought nothing yet.
        Prospect = "prospect",
        /// Bought for the first time.
        New = "new",
        /// Buys.
        Active = "active",
        /// Holds a card.
        Member = "member",
        /// Has not bought for long.
        Dormant = "dormant",
        /// Went elsewhere.
        Lost = "lost",
    }
}

words! {
    /// By what a customer is reached or recognised.
    ContactKind as ContactKind {
        /// A telephone number.
        Phone = "phone",
        /// An e-mail address.
        Email = "email",
        /// A WeChat id.
        Wechat = "wechat",
        /// A WhatsApp number.
        Whatsapp = "whatsapp",
        /// A handle of another messaging service.
        Handle = "handle",
        /// The number of a member's card.
        MemberNumber = "member_number",
    }
}

words! {
    /// A list with consequences.
    List as CustomerList {
        /// Is served first.
        Vip = "vip",
        /// Is not served further than the law asks.
        Blocked = "blocked",
    }
}

words! {
    /// Why a customer was found, or two may be one; the strongest first.
    MatchReason as MatchReason {
        /// The customer's number.
        Number = "number",
        /// The same phone.
        Phone = "phone",
        /// The same e-mail address.
        Email = "email",
        /// The same handle or number.
        Identifier = "identifier",
        /// The customer of an order.
        Order = "order",
        /// The same name and birthday.
        NameAndBirthday = "name_and_birthday",
        /// The same name and address.
        NameAndAddress = "name_and_address",
        /// The same last digits of a phone.
        PhoneEnding = "phone_ending",
        /// The name, or its beginning.
        Name = "name",
    }
}
