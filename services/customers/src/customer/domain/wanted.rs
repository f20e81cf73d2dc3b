//! What the department wants to know of a customer, as data: it measures how complete a record is, and names
//! what is missing.

use std::collections::BTreeSet;

use kefu_kernel::InvalidFields;
use kefu_kernel::field::{FieldDefinition, check_definitions, check_values};
use serde::Deserialize;

use super::words::{ContactKind, Kind};
use super::{Customer, Error};

/// What Kefu ships.
const SHIPPED: &str = include_str!("profile.toml");

/// The purpose of the consent that revisits need.
pub const REVISIT: &str = "revisit";

/// What is wanted, and the company's own fields.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileRules {
    /// What is wanted, in the order in which gaps are named.
    pub wanted: Vec<Wanted>,
    /// Fields that the company adds.
    #[serde(default)]
    pub fields: Vec<FieldDefinition>,
}

/// Something that is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The name of the field, as gaps name it: see [`ProfileRules::parse`].
    pub field: String,
    /// Of what kinds of customers; none: of all.
    #[serde(default)]
    pub of: Vec<Kind>,
}

/// The data contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileRulesError {
    /// It is not of the form that it must have.
    #[error("what is wanted of customers cannot be read: {0}")]
    Unreadable(String),
    /// It wants a field that there is not.
    #[error("`{0}` is wanted of customers, and there is no such field")]
    UnknownField(String),
    /// A field is there twice.
    #[error("`{0}` is there twice")]
    Twice(String),
}

/// Names of what can be wanted beside the company's own fields.
const KNOWN: [&str; 9] = [
    "name",
    "phone",
    "verified_phone",
    "email",
    "addresses",
    "language",
    "birthday",
    "preferred_channel",
    "consents.revisit",
];

impl ProfileRules {
    /// What Kefu ships.
    ///
    /// # Errors
    ///
    /// Never: the tests read it.
    pub fn shipped() -> Result<Self, ProfileRulesError> {
        Self::parse(SHIPPED)
    }

    /// Reads the data. What can be wanted: `name`, `phone`, `verified_phone`, `email`, `addresses`, `language`,
    /// `birthday`, `preferred_channel`, `consents.revisit`, and the company's own as `fields.<code>`.
    ///
    /// # Errors
    ///
    /// Where it is not readable or contradicts itself.
    pub fn parse(text: &str) -> Result<Self, ProfileRulesError> {
        let rules: Self = toml::from_str(text)
            .map_err(|error| ProfileRulesError::Unreadable(error.message().to_owned()))?;
        check_definitions(&rules.fields, &[]).map_err(ProfileRulesError::Unreadable)?;
        let own = |field: &str| {
            let code = field.strip_prefix("fields.");
            rules.fields.iter().any(|own| Some(own.code.as_str()) == code)
        };
        let mut wanted = BTreeSet::new();
        for Wanted { field, .. } in &rules.wanted {
            if !KNOWN.contains(&field.as_str()) && !own(field) {
                return Err(ProfileRulesError::UnknownField(field.clone()));
            }
            if !wanted.insert(field) {
                return Err(ProfileRulesError::Twice(field.clone()));
            }
        }
        Ok(rules)
    }

    /// Names of the wanted fields that are not known of a customer, in order.
    pub fn missing(&self, customer: &Customer) -> Vec<String> {
        let unknown = self.of(customer).filter(|wanted| !is_known(customer, &wanted.field));
        unknown.map(|wanted| wanted.field.clone()).collect()
    }

    /// How much of what is wanted is known, in percent, rounded down; 100 where nothing is wanted.
    pub fn completeness_percent(&self, customer: &Customer) -> i32 {
        let wanted = self.of(customer).count();
        let known = wanted - self.missing(customer).len();
        i32::try_from((known * 100).checked_div(wanted).unwrap_or(100)).unwrap_or(100)
    }

    /// Refuses a profile that the company's declarations do not allow.
    pub(super) fn check(&self, customer: &Customer) -> Result<(), Error> {
        let wrong = customer.profile.wrong();
        if !wrong.is_empty() {
            return Err(InvalidFields(wrong).into());
        }
        Ok(check_values(&self.fields, "a customer", &customer.profile.fields)?)
    }

    fn of<'a>(&'a self, customer: &Customer) -> impl Iterator<Item = &'a Wanted> {
        let kind = customer.kind;
        self.wanted.iter().filter(move |one| one.of.is_empty() || one.of.contains(&kind))
    }
}

fn is_known(customer: &Customer, field: &str) -> bool {
    let profile = &customer.profile;
    let reached_by = |kind: ContactKind, verified: bool| {
        let mut points = customer.contacts.iter();
        points.any(|point| point.contact.kind() == kind && (point.verified || !verified))
    };
    match field {
        "name" => !profile.name.is_empty(),
        "phone" => reached_by(ContactKind::Phone, false),
        "verified_phone" => reached_by(ContactKind::Phone, true),
        "email" => reached_by(ContactKind::Email, false),
        "addresses" => !profile.addresses.is_empty(),
        "language" => !profile.language.is_empty(),
        "birthday" => profile.birthday.is_some(),
        "preferred_channel" => profile.preferred_channel.is_some(),
        "consents.revisit" => customer.consents.keys().any(|(_, purpose)| purpose == REVISIT),
        own => profile.fields.contains_key(own.strip_prefix("fields.").unwrap_or(own)),
    }
}
