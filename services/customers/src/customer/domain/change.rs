//! One step of a customer in the making: the state as it becomes, and the events told so far.

use kefu_api_events::v1 as events;
use kefu_api_events::{FactsEvent, Subject, Tale, wire};
use kefu_kernel::id::text;
use kefu_kernel::{Timestamp, field};

use super::error::Error;
use super::words::List;
use super::{Context, Customer, Decision};

/// A customer that is being changed.
pub(super) struct Change<'a> {
    pub(super) context: &'a Context<'a>,
    /// The present moment; never before the customer's last event, whichever process recorded it.
    pub(super) now: Timestamp,
    /// The customer as it becomes.
    pub(super) customer: Customer,
    tale: Tale<Customer>,
}

impl<'a> Change<'a> {
    /// Begins to change a customer. One that was merged or erased is refused.
    pub(super) fn begin(customer: &Customer, context: &'a Context<'a>) -> Result<Self, Error> {
        customer.check_live()?;
        Ok(Self::of(customer, context))
    }

    /// Begins with a customer as it is.
    pub(super) fn of(customer: &Customer, context: &'a Context<'a>) -> Self {
        Self::with(customer.clone(), Tale::of(customer), context)
    }

    /// Begins with one that comes into being.
    pub(super) fn new(customer: Customer, context: &'a Context<'a>) -> Self {
        Self::with(customer, Tale::of_new(), context)
    }

    fn with(customer: Customer, tale: Tale<Customer>, context: &'a Context<'a>) -> Self {
        let now = context.now.max(customer.head.updated_at);
        Self { context, now, customer, tale }
    }

    /// Tells an event: everything that changed since the one before.
    pub(super) fn tell(&mut self, payload: impl FactsEvent<Facts = events::CustomerFacts>) {
        self.customer.completeness_percent =
            self.context.rules.completeness_percent(&self.customer);
        self.tale.tell(&self.customer, Vec::new(), payload);
    }

    /// The end of the step.
    pub(super) fn done(self) -> Decision {
        Ok((self.customer, self.tale.into_events()))
    }
}

impl Subject for Customer {
    type Facts = events::CustomerFacts;

    fn subject_id(&self) -> String {
        self.id().to_string()
    }

    fn facts(&self) -> events::CustomerFacts {
        events::CustomerFacts {
            kind: events::CustomerKind::from(self.kind).into(),
            stage: events::LifecycleStage::from(self.stage).into(),
            source: self.source.clone(),
            language: self.profile.language.clone(),
            branch_id: text(self.branch()),
            specialist_id: text(self.specialist),
            vip: self.listings.contains_key(&List::Vip),
            blocked: self.listings.contains_key(&List::Blocked),
            completeness_percent: self.completeness_percent,
            merged_into_id: text(self.merged_into),
            erased: self.erased,
            created_at: Some(wire::timestamp(self.head.created_at)),
        }
    }

    fn changed(before: &Self, now: &Self) -> Vec<String> {
        let (old, new) = (&before.profile, &now.profile);
        let listed = |customer: &Self, list| customer.listings.contains_key(&list);
        let mut names: Vec<String> = [
            ("stage", before.stage != now.stage),
            ("branch_id", before.head.branch != now.head.branch),
            ("specialist_id", before.specialist != now.specialist),
            ("vip", listed(before, List::Vip) != listed(now, List::Vip)),
            ("blocked", listed(before, List::Blocked) != listed(now, List::Blocked)),
            ("listings", before.listings != now.listings),
            ("merged_into_id", before.merged_into != now.merged_into),
            ("erased", before.erased != now.erased),
            ("completeness_percent", before.completeness_percent != now.completeness_percent),
            ("contact_points", before.contacts != now.contacts),
            ("consents", before.consents != now.consents),
            ("name", old.name != new.name),
            ("language", old.language != new.language),
            ("time_zone", old.time_zone != new.time_zone),
            ("birthday", old.birthday != new.birthday),
            ("anniversaries", old.anniversaries != new.anniversaries),
            ("preferred_channel", old.preferred_channel != new.preferred_channel),
            ("quiet_hours", old.quiet_hours != new.quiet_hours),
            ("needs", old.needs != new.needs),
            ("preferences", old.preferences != new.preferences),
            ("expected_on", old.expected_on != new.expected_on),
            ("budget", old.budget != new.budget),
            ("tags", old.tags != new.tags),
            ("addresses", old.addresses != new.addresses),
        ]
        .into_iter()
        .filter(|(_, differs)| *differs)
        .map(|(name, _)| name.to_owned())
        .collect();
        let own = field::changed(&old.fields, &new.fields);
        names.extend(own.map(|code| format!("fields.{code}")));
        names
    }
}
