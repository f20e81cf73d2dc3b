//! By which way something came: a list of words that every service has.

crate::words! {
    /// By which way a matter reached the department.
    Channel as Channel {
        /// A telephone call.
        Phone = "phone",
        /// An e-mail.
        Email = "email",
        /// A chat on the site or in the app.
        Chat = "chat",
        /// A form on the site.
        WebForm = "web_form",
        /// A visit.
        WalkIn = "walk_in",
        /// A letter or fax.
        Letter = "letter",
        /// A messaging service, or SMS.
        Messaging = "messaging",
        /// Another system.
        Api = "api",
        /// Any other way.
        Other = "other",
    }
}
