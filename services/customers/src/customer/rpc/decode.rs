//! Requests about customers in the words of the domain.

use std::collections::BTreeMap;

use kefu_api_common::{field, wire};
use kefu_api_customers::v1;
use kefu_api_events::Channel;
use kefu_kernel::id::Uuid;
use kefu_kernel::{Day, InvalidFields};
use kefu_store::Work;

use crate::Result;
use crate::customer::domain::words::ContactKind;
use crate::customer::domain::{
    Address, Contact, Country, Error, NewContactPoint, Patch, PatchFields, YearDay,
};
use crate::domain::ids::{AddressId, ContactPointId};
use crate::domain::quiet::QuietHours;

/// Contact points that are to be added. Their ids are made when it is decided.
pub fn contacts(
    points: Vec<v1::NewContactPoint>,
    company: Country,
) -> Result<Vec<NewContactPoint>> {
    let read = |(index, point)| contact(&format!("contact_points[{index}]"), point, company);
    points.into_iter().enumerate().map(read).collect()
}

/// A contact point that is to be added; `place` is where the request has it.
pub fn contact(
    place: &str,
    point: v1::NewContactPoint,
    company: Country,
) -> Result<NewContactPoint> {
    let country = country(&format!("{place}.country"), &point.country, company)?;
    let kind = ContactKind::from_wire(point.kind).unwrap_or(ContactKind::Handle);
    let invalid = |why| Error::ContactInvalid { field: format!("{place}.value"), why };
    Ok(NewContactPoint {
        id: ContactPointId::from(Uuid::nil()),
        contact: Contact::read(kind, &point.value, country).map_err(invalid)?,
        label: point.label,
        verified: point.verified,
        preferred: point.preferred,
    })
}

/// The country that a request names; empty: the company's.
pub fn country(field: &str, code: &str, company: Country) -> Result<Country> {
    if code.is_empty() {
        return Ok(company);
    }
    let unknown = || InvalidFields::one(field, "unknown_country", "is not a country's code");
    Ok(Country::new(code).ok_or_else(unknown)?)
}

/// The fields that a patch means, as `has` tells by name; the company's own fields as a whole.
pub fn patch(place: &str, given: v1::CustomerPatch, has: impl Fn(&str) -> bool) -> Result<Patch> {
    let text = |field: &str, value: String| has(field).then_some(value);
    let wrong =
        |field: &str, what: &str| InvalidFields::one(format!("{place}.{field}"), "form", what);
    let birthday = optional(&given.birthday, |day| day.parse::<YearDay>().ok())
        .map_err(|()| wrong("birthday", "is not a day of the calendar"))?;
    let expected_on = optional(&given.expected_on, |day| day.parse::<Day>().ok())
        .map_err(|()| wrong("expected_on", "is not a day of the calendar"))?;
    let mut anniversaries = BTreeMap::new();
    for one in given.anniversaries {
        let day = one.day.parse().map_err(|_| wrong("anniversaries", "has a day that is none"))?;
        if anniversaries.insert(one.code, day).is_some() {
            return Err(wrong("anniversaries", "has a code twice").into());
        }
    }
    let minute = |minute: i32| u16::try_from(minute).unwrap_or(u16::MAX);
    let quiet = given.quiet_hours.map(|quiet| {
        QuietHours::new(minute(quiet.from_minute), minute(quiet.to_minute))
            .ok_or_else(|| wrong("quiet_hours", "must end at another minute than it begins"))
    });
    let budget = given.budget.as_ref().map(wire::amount).transpose()?;
    Ok(Patch {
        name: text("name", given.name),
        language: text("language", given.language),
        time_zone: text("time_zone", given.time_zone),
        birthday: has("birthday").then_some(birthday),
        anniversaries: has("anniversaries").then_some(anniversaries),
        preferred_channel: has("preferred_channel")
            .then(|| Channel::from_wire(given.preferred_channel)),
        quiet_hours: has("quiet_hours").then_some(quiet.transpose()?),
        needs: text("needs", given.needs),
        preferences: text("preferences", given.preferences),
        expected_on: has("expected_on").then_some(expected_on),
        budget: has("budget").then_some(budget),
        tags: has("tags").then(|| given.tags.into_iter().collect()),
        fields: if has("fields") {
            PatchFields::Replace(field::read_all(given.fields))
        } else {
            PatchFields::Keep
        },
        addresses: has("addresses").then(|| addresses(given.addresses)),
    })
}

/// Addresses; their ids are made when it is decided.
pub fn addresses(given: Vec<v1::Address>) -> Vec<Address> {
    let read = |one: v1::Address| Address {
        id: AddressId::from(Uuid::nil()),
        label: one.label,
        recipient: one.recipient,
        street: one.street,
        city: one.city,
        region: one.region,
        postal_code: one.postal_code,
        country: one.country,
        phone: one.phone,
    };
    given.into_iter().map(read).collect()
}

/// Gives addresses that are to be kept their ids.
pub fn name_addresses(work: &Work<'_>, addresses: &mut [Address]) {
    addresses.iter_mut().for_each(|address| address.id = AddressId::from(work.new_id()));
}

/// Gives contact points that are to be added their ids.
pub fn name_contacts(work: &Work<'_>, contacts: &mut [NewContactPoint]) {
    contacts.iter_mut().for_each(|point| point.id = ContactPointId::from(work.new_id()));
}

fn optional<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ()> {
    if text.is_empty() { Ok(None) } else { read(text).map(Some).ok_or(()) }
}
