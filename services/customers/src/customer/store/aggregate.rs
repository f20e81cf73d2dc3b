//! A customer and its rows: one statement per table to load, only what changed to write.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use kefu_api_events::Channel;
use kefu_kernel::field::{FieldValue, Fields};
use kefu_kernel::{Day, Head, Id, Money, Timestamp};
use kefu_store::row::{broken, instant, millis};
use kefu_store::runner::{Aggregate, Personal, Rows, ids_in};
use kefu_store::{Reader, StoreError, custom_field};
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{address, anniversary, consent, contact, customer, listing, tag};
use crate::customer::domain::words::{ContactKind, Kind, List, Stage};
use crate::customer::domain::{
    Address, Consent, Contact, ContactPoint, Customer, Listing, Profile, YearDay,
};
use crate::domain::ids::{AddressId, ContactPointId, CustomerId, PersonId};
use crate::domain::quiet::QuietHours;
use crate::service::LISTING_TIMER;

impl Aggregate for Customer {
    const KIND: &'static str = "customer";
    type Root = customer::Model;

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    async fn load(reader: &Reader, ids: &[Uuid]) -> Result<Vec<Self>, StoreError> {
        let roots =
            customer::Entity::find().filter(ids_in(customer::Column::Id, ids)).all(reader).await?;
        with_parts(reader, roots).await
    }

    fn root(&self) -> customer::Model {
        let profile = &self.profile;
        customer::Model {
            id: self.head.id,
            version: self.head.version,
            branch_id: self.head.branch,
            created_at: self.head.created_at.as_millis(),
            updated_at: self.head.updated_at.as_millis(),
            number: self.number,
            kind: self.kind.to_wire(),
            stage: self.stage.to_wire(),
            source: self.source.clone(),
            external_id: self.external_id.clone(),
            specialist_id: self.specialist.map(Id::uuid),
            name: profile.name.clone(),
            language: profile.language.clone(),
            time_zone: profile.time_zone.clone(),
            birthday: profile.birthday.map(|day| day.to_string()).unwrap_or_default(),
            preferred_channel: profile.preferred_channel.map_or(0, Channel::to_wire),
            quiet_from: profile.quiet_hours.map(|quiet| quiet.from_minute().into()),
            quiet_to: profile.quiet_hours.map(|quiet| quiet.to_minute().into()),
            needs: profile.needs.clone(),
            preferences: profile.preferences.clone(),
            expected_on: profile.expected_on.map(Day::number),
            budget_minor_units: profile.budget.map(Money::minor),
            budget_currency: profile.budget.map(|budget| budget.currency().code().to_owned()),
            vip: self.listings.contains_key(&List::Vip),
            blocked: self.listings.contains_key(&List::Blocked),
            merged_into_id: self.merged_into.map(Id::uuid),
            erased: self.erased,
            completeness_percent: self.completeness_percent,
            created_by: self.created_by.clone(),
        }
    }

    fn personal(&self) -> Personal<'_> {
        let profile = &self.profile;
        let own = profile.fields.iter().filter_map(|(code, value)| match value {
            FieldValue::Text(text) => Some((Cow::from(format!("fields.{code}")), text.as_str())),
            _ => None,
        });
        let common = [
            ("name", profile.name.as_str()),
            ("needs", profile.needs.as_str()),
            ("preferences", profile.preferences.as_str()),
        ];
        let common = common.into_iter().map(|(name, text)| (Cow::from(name), text));
        let contacts = self.contacts.iter().map(|point| {
            (Cow::from(format!("contact_points.{}", point.id)), point.contact.value())
        });
        let listings = self.listings.iter().map(|(list, one)| {
            (Cow::from(format!("listings.{}", list.name())), one.reason.as_str())
        });
        common.chain(own).chain(contacts).chain(listings).collect()
    }

    fn timers(&self) -> Vec<(&'static str, Option<Timestamp>)> {
        vec![(LISTING_TIMER, self.wakes_at())]
    }

    fn parts(before: Option<&Self>, after: &Self, rows: &mut Rows) {
        rows.parts(&before.map_or_else(Vec::new, contacts), &contacts(after));
        rows.parts(&before.map_or_else(Vec::new, addresses), &addresses(after));
        rows.parts(&before.map_or_else(Vec::new, anniversaries), &anniversaries(after));
        rows.parts(&before.map_or_else(Vec::new, tags), &tags(after));
        rows.parts(&before.map_or_else(Vec::new, consents), &consents(after));
        rows.parts(&before.map_or_else(Vec::new, listings), &listings(after));
        let fields = |one: &Self| custom_field::rows(one.head.id, &one.profile.fields);
        rows.parts(&before.map_or_else(Vec::new, fields), &fields(after));
    }
}

/// The customers of these rows, in their order: one statement for each table of parts.
pub async fn with_parts(
    reader: &Reader,
    roots: Vec<customer::Model>,
) -> Result<Vec<Customer>, StoreError> {
    if roots.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = roots.iter().map(|root| root.id).collect();
    let mut parts = Parts::load(reader, &ids).await?;
    roots.into_iter().map(|root| parts.assemble(root)).collect()
}

/// The parts of several customers, by customer.
#[derive(Default)]
struct Parts {
    contacts: HashMap<Uuid, Vec<ContactPoint>>,
    addresses: HashMap<Uuid, Vec<Address>>,
    anniversaries: HashMap<Uuid, BTreeMap<String, YearDay>>,
    tags: HashMap<Uuid, BTreeSet<String>>,
    consents: HashMap<Uuid, BTreeMap<(Channel, String), Consent>>,
    listings: HashMap<Uuid, BTreeMap<List, Listing>>,
    fields: HashMap<Uuid, Fields>,
}

impl Parts {
    async fn load(reader: &Reader, ids: &[Uuid]) -> Result<Self, StoreError> {
        let mut parts = Self {
            contacts: contacts_of(reader, ids).await?,
            addresses: addresses_of(reader, ids).await?,
            fields: custom_field::load(reader, ids).await?,
            ..Self::default()
        };
        let of_them = ids_in(anniversary::Column::CustomerId, ids);
        for row in anniversary::Entity::find().filter(of_them).all(reader).await? {
            let day = row.day.parse().map_err(|_| broken("anniversary"))?;
            parts.anniversaries.entry(row.customer_id).or_default().insert(row.code, day);
        }
        let of_them = ids_in(tag::Column::CustomerId, ids);
        for row in tag::Entity::find().filter(of_them).all(reader).await? {
            parts.tags.entry(row.customer_id).or_default().insert(row.tag);
        }
        let of_them = ids_in(consent::now::Column::CustomerId, ids);
        for row in consent::now::Entity::find().filter(of_them).all(reader).await? {
            let channel = word(Channel::from_name(&row.channel), "channel")?;
            let said_at = Timestamp::from_millis(row.said_at);
            let consent = Consent { granted: row.granted, said_at, evidence: row.evidence };
            let of_customer = parts.consents.entry(row.customer_id).or_default();
            of_customer.insert((channel, row.purpose), consent);
        }
        let of_them = ids_in(listing::Column::CustomerId, ids);
        for row in listing::Entity::find().filter(of_them).all(reader).await? {
            let list = word(List::from_name(&row.list), "list")?;
            let listing = Listing {
                reason: row.reason,
                until: instant(row.until),
                listed_by: row.listed_by,
                listed_at: Timestamp::from_millis(row.listed_at),
            };
            parts.listings.entry(row.customer_id).or_default().insert(list, listing);
        }
        Ok(parts)
    }

    fn assemble(&mut self, row: customer::Model) -> Result<Customer, StoreError> {
        Ok(Customer {
            contacts: self.contacts.remove(&row.id).unwrap_or_default(),
            consents: self.consents.remove(&row.id).unwrap_or_default(),
            listings: self.listings.remove(&row.id).unwrap_or_default(),
            kind: word(Kind::from_wire(row.kind), "kind")?,
            stage: word(Stage::from_wire(row.stage), "stage")?,
            head: Head {
                id: row.id,
                version: row.version,
                branch: row.branch_id,
                created_at: Timestamp::from_millis(row.created_at),
                updated_at: Timestamp::from_millis(row.updated_at),
            },
            number: row.number,
            specialist: row.specialist_id.map(PersonId::from),
            merged_into: row.merged_into_id.map(CustomerId::from),
            erased: row.erased,
            completeness_percent: row.completeness_percent,
            source: row.source.clone(),
            external_id: row.external_id.clone(),
            created_by: row.created_by.clone(),
            profile: self.profile(row)?,
        })
    }

    fn profile(&mut self, row: customer::Model) -> Result<Profile, StoreError> {
        let birthday = match row.birthday.as_str() {
            "" => None,
            day => Some(day.parse().map_err(|_| broken("birthday"))?),
        };
        let budget = match row.budget_minor_units.zip(row.budget_currency) {
            None => None,
            Some((minor, code)) => {
                Some(Money::from_code(minor, &code).map_err(|_| broken("currency"))?)
            }
        };
        let minute = |minute: Option<i32>| minute.and_then(|minute| u16::try_from(minute).ok());
        let quiet = minute(row.quiet_from).zip(minute(row.quiet_to));
        Ok(Profile {
            addresses: self.addresses.remove(&row.id).unwrap_or_default(),
            anniversaries: self.anniversaries.remove(&row.id).unwrap_or_default(),
            tags: self.tags.remove(&row.id).unwrap_or_default(),
            fields: self.fields.remove(&row.id).unwrap_or_default(),
            name: row.name,
            language: row.language,
            time_zone: row.time_zone,
            birthday,
            preferred_channel: Channel::from_wire(row.preferred_channel),
            quiet_hours: quiet.and_then(|(from, to)| QuietHours::new(from, to)),
            needs: row.needs,
            preferences: row.preferences,
            expected_on: row.expected_on.map(Day::from_number),
            budget,
        })
    }
}

/// The contact points of these customers, by customer, each in their order: one statement.
pub async fn contacts_of(
    reader: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<ContactPoint>>, StoreError> {
    let mut contacts: HashMap<Uuid, Vec<ContactPoint>> = HashMap::new();
    let found = contact::Entity::find().filter(ids_in(contact::Column::CustomerId, ids));
    for row in found.order_by_asc(contact::Column::Place).all(reader).await? {
        contacts.entry(row.customer_id).or_default().push(contact_of(row)?);
    }
    Ok(contacts)
}

/// The addresses of these customers, by customer, each in their order: one statement.
pub async fn addresses_of(
    reader: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Address>>, StoreError> {
    let mut addresses: HashMap<Uuid, Vec<Address>> = HashMap::new();
    let found = address::Entity::find().filter(ids_in(address::Column::CustomerId, ids));
    for row in found.order_by_asc(address::Column::Place).all(reader).await? {
        addresses.entry(row.customer_id).or_default().push(address_of(row));
    }
    Ok(addresses)
}

fn word<T>(word: Option<T>, what: &str) -> Result<T, StoreError> {
    word.ok_or_else(|| broken(what))
}

fn contacts(customer: &Customer) -> Vec<contact::Model> {
    let row = |(place, point): (i32, &ContactPoint)| contact::Model {
        id: point.id.uuid(),
        customer_id: customer.head.id,
        place,
        kind: point.contact.kind().name().to_owned(),
        value: point.contact.value().to_owned(),
        label: point.label.clone(),
        verified: point.verified,
        proof: point.proof.clone(),
        preferred: point.preferred,
        created_at: point.created_at.as_millis(),
    };
    (0..).zip(&customer.contacts).map(row).collect()
}

/// The contact point that a row keeps.
pub fn contact_of(row: contact::Model) -> Result<ContactPoint, StoreError> {
    let kind = word(ContactKind::from_name(&row.kind), "contact's kind")?;
    Ok(ContactPoint {
        id: ContactPointId::from(row.id),
        contact: Contact::known(kind, row.value),
        label: row.label,
        verified: row.verified,
        proof: row.proof,
        preferred: row.preferred,
        created_at: Timestamp::from_millis(row.created_at),
    })
}

fn addresses(customer: &Customer) -> Vec<address::Model> {
    let row = |(place, one): (i32, &Address)| address::Model {
        id: one.id.uuid(),
        customer_id: customer.head.id,
        place,
        label: one.label.clone(),
        recipient: one.recipient.clone(),
        street: one.street.clone(),
        city: one.city.clone(),
        region: one.region.clone(),
        postal_code: one.postal_code.clone(),
        country: one.country.clone(),
        phone: one.phone.clone(),
    };
    (0..).zip(&customer.profile.addresses).map(row).collect()
}

fn address_of(row: address::Model) -> Address {
    Address {
        id: AddressId::from(row.id),
        label: row.label,
        recipient: row.recipient,
        street: row.street,
        city: row.city,
        region: row.region,
        postal_code: row.postal_code,
        country: row.country,
        phone: row.phone,
    }
}

fn anniversaries(customer: &Customer) -> Vec<anniversary::Model> {
    let row = |(code, day): (&String, &YearDay)| anniversary::Model {
        customer_id: customer.head.id,
        code: code.clone(),
        day: day.to_string(),
    };
    customer.profile.anniversaries.iter().map(row).collect()
}

fn tags(customer: &Customer) -> Vec<tag::Model> {
    let row = |tag: &String| tag::Model { customer_id: customer.head.id, tag: tag.clone() };
    customer.profile.tags.iter().map(row).collect()
}

fn consents(customer: &Customer) -> Vec<consent::now::Model> {
    let row = |((channel, purpose), one): (&(Channel, String), &Consent)| consent::now::Model {
        customer_id: customer.head.id,
        channel: channel.name().to_owned(),
        purpose: purpose.clone(),
        granted: one.granted,
        said_at: one.said_at.as_millis(),
        evidence: one.evidence.clone(),
    };
    customer.consents.iter().map(row).collect()
}

fn listings(customer: &Customer) -> Vec<listing::Model> {
    let row = |(list, one): (&List, &Listing)| listing::Model {
        customer_id: customer.head.id,
        list: list.name().to_owned(),
        reason: one.reason.clone(),
        until: millis(one.until),
        listed_by: one.listed_by.clone(),
        listed_at: one.listed_at.as_millis(),
    };
    customer.listings.iter().map(row).collect()
}
