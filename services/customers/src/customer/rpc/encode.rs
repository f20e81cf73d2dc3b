//! Customers as the API shows them.

use kefu_api_common::{field, wire};
use kefu_api_customers::v1;
use kefu_api_events::Channel;
use kefu_kernel::id::{self, Uuid};
use kefu_kernel::{Day, Timestamp};
use kefu_store::runner::Aggregate;

use crate::customer::domain::words::List;
use crate::customer::domain::{
    Address, Consent, ContactPoint, Customer, Listing, ProfileRules, YearDay,
};
use crate::customer::store::customer::Model;

/// A customer with everything that is known of it.
pub fn full(customer: &Customer, rules: &ProfileRules) -> v1::Customer {
    let profile = &customer.profile;
    let quiet = profile.quiet_hours.map(|quiet| v1::QuietHours {
        from_minute: quiet.from_minute().into(),
        to_minute: quiet.to_minute().into(),
    });
    v1::Customer {
        tags: profile.tags.iter().cloned().collect(),
        contact_points: customer.contacts.iter().map(contact_point).collect(),
        addresses: profile.addresses.iter().map(address).collect(),
        birthday: profile.birthday.map(|day| day.to_string()).unwrap_or_default(),
        anniversaries: profile.anniversaries.iter().map(anniversary).collect(),
        preferred_channel: profile.preferred_channel.map_or(0, Channel::to_wire),
        quiet_hours: quiet,
        needs: profile.needs.clone(),
        preferences: profile.preferences.clone(),
        expected_on: profile.expected_on.map(|day: Day| day.to_string()).unwrap_or_default(),
        budget: profile.budget.map(wire::money),
        fields: field::show_all(&profile.fields),
        consents: customer.consents.iter().map(consent).collect(),
        listings: customer.listings.iter().map(listing).collect(),
        missing: rules.missing(customer),
        ..basic(&customer.root())
    }
}

/// A customer as lists show it, without its tags, which stand in a table of their own.
pub fn basic(row: &Model) -> v1::Customer {
    let at = |millis: i64| Some(wire::timestamp(Timestamp::from_millis(millis)));
    let text = |prefix: &str, id: Option<Uuid>| id.map(|id| id::encode(prefix, id));
    v1::Customer {
        id: id::encode("customer", row.id),
        number: row.number,
        etag: row.version.to_string(),
        kind: row.kind,
        name: row.name.clone(),
        stage: row.stage,
        language: row.language.clone(),
        time_zone: row.time_zone.clone(),
        source: row.source.clone(),
        external_id: row.external_id.clone(),
        branch_id: text("branch", row.branch_id),
        specialist_id: text("person", row.specialist_id),
        vip: row.vip,
        blocked: row.blocked,
        merged_into_id: text("customer", row.merged_into_id),
        completeness_percent: row.completeness_percent,
        created_by: row.created_by.clone(),
        created_at: at(row.created_at),
        updated_at: at(row.updated_at),
        erased: row.erased,
        ..v1::Customer::default()
    }
}

fn contact_point(point: &ContactPoint) -> v1::ContactPoint {
    v1::ContactPoint {
        id: point.id.to_string(),
        kind: point.contact.kind().to_wire(),
        value: point.contact.value().to_owned(),
        label: point.label.clone(),
        verified: point.verified,
        preferred: point.preferred,
        created_at: Some(wire::timestamp(point.created_at)),
    }
}

fn address(address: &Address) -> v1::Address {
    v1::Address {
        id: address.id.to_string(),
        label: address.label.clone(),
        recipient: address.recipient.clone(),
        street: address.street.clone(),
        city: address.city.clone(),
        region: address.region.clone(),
        postal_code: address.postal_code.clone(),
        country: address.country.clone(),
        phone: address.phone.clone(),
    }
}

fn anniversary((code, day): (&String, &YearDay)) -> v1::Anniversary {
    v1::Anniversary { code: code.clone(), day: day.to_string() }
}

/// What was said of a channel and purpose.
pub fn consent(((channel, purpose), said): (&(Channel, String), &Consent)) -> v1::Consent {
    v1::Consent {
        channel: channel.to_wire(),
        purpose: purpose.clone(),
        granted: said.granted,
        said_at: Some(wire::timestamp(said.said_at)),
        evidence: said.evidence.clone(),
    }
}

fn listing((list, listing): (&List, &Listing)) -> v1::Listing {
    v1::Listing {
        list: list.to_wire(),
        reason: listing.reason.clone(),
        until: listing.until.map(wire::timestamp),
        listed_by: listing.listed_by.clone(),
        listed_at: Some(wire::timestamp(listing.listed_at)),
    }
}
