//! Contact points in their normal form: what is kept and shown, and the key by which two of them are the same.

use kefu_kernel::Timestamp;
use phonenumber::Mode;
use unicode_normalization::UnicodeNormalization;

use crate::domain::ids::ContactPointId;

use super::words::ContactKind;

/// By what a customer is reached or recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactPoint {
    /// Its id.
    pub id: ContactPointId,
    /// Value in its normal form, with its kind.
    pub contact: Contact,
    /// What it is to the customer: a code, empty where nobody said.
    pub label: String,
    /// Whether the customer proved that it is theirs.
    pub verified: bool,
    /// How it was proved: a code; empty where it was not, or was added as verified.
    pub proof: String,
    /// Whether it is the first of its kind to use.
    pub preferred: bool,
    /// When it was added.
    pub created_at: Timestamp,
}

/// A value of a kind, in its normal form. Personal data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Contact {
    kind: ContactKind,
    value: String,
}

/// A text is not of the kind that it should be. Says nothing of the text: it is personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not {what}")]
pub struct ContactError {
    /// What it should be, as a noun with its article.
    pub what: &'static str,
}

/// A country by whose way of writing phones without `+` are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country(phonenumber::country::Id);

impl Country {
    /// The country with this code of ISO 3166-1 alpha-2; none where phones know no such.
    pub fn new(code: &str) -> Option<Self> {
        code.parse().ok().map(Self)
    }
}

impl Contact {
    /// Reads what somebody wrote.
    ///
    /// Phones and WhatsApp numbers become E.164 (ITU-T), those without `+` by `country`; the domain of an
    /// e-mail address becomes lower-case (RFC 5321 §2.4 lets the local part tell cases apart); spaces around
    /// anything go, and those and hyphens within a member's number too.
    pub fn read(kind: ContactKind, text: &str, country: Country) -> Result<Self, ContactError> {
        let text: String = text.nfkc().collect();
        let text = text.trim();
        let value = match kind {
            ContactKind::Phone | ContactKind::Whatsapp => phone(text, country)?,
            ContactKind::Email => email(text)?,
            ContactKind::Wechat | ContactKind::Handle => handle(text)?,
            ContactKind::MemberNumber => member_number(text)?,
        };
        Ok(Self { kind, value })
    }

    /// One that is in its normal form already: as this type gave it.
    pub fn known(kind: ContactKind, value: String) -> Self {
        Self { kind, value }
    }

    /// Its kind.
    pub fn kind(&self) -> ContactKind {
        self.kind
    }

    /// What is kept and shown.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// By what two of them are the same: the value without regard to case. Of a verified one there is one
    /// customer at most.
    pub fn key(&self) -> (ContactKind, String) {
        (self.kind, self.value.to_lowercase())
    }
}

/// The last seven digits of a phone, by which callers without area code are found; none where there are
/// fewer.
pub fn phone_ending(phone: &str) -> Option<String> {
    let digits: Vec<char> = phone.nfkc().filter(char::is_ascii_digit).collect();
    (digits.len() >= 7).then(|| digits[digits.len() - 7..].iter().collect())
}

fn phone(text: &str, country: Country) -> Result<String, ContactError> {
    let wrong = || ContactError { what: "a telephone number" };
    let number = phonenumber::parse(Some(country.0), text).map_err(|_| wrong())?;
    if number.is_valid() { Ok(number.format().mode(Mode::E164).to_string()) } else { Err(wrong()) }
}

fn email(text: &str) -> Result<String, ContactError> {
    let wrong = ContactError { what: "an e-mail address" };
    let (local, domain) = text.rsplit_once('@').ok_or(wrong)?;
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == '@';
    let labels = || domain.split('.');
    let right = !local.is_empty()
        && local.chars().count() <= 64
        && !local.contains(odd)
        && domain.len() <= 253
        && labels().count() >= 2
        && labels().all(|label| !label.is_empty() && !label.contains(odd));
    if right { Ok(format!("{local}@{}", domain.to_lowercase())) } else { Err(wrong) }
}

fn handle(text: &str) -> Result<String, ContactError> {
    let odd = |c: char| c.is_whitespace() || c.is_control();
    if text.is_empty() || text.contains(odd) {
        return Err(ContactError { what: "a handle without spaces" });
    }
    Ok(text.to_owned())
}

fn member_number(text: &str) -> Result<String, ContactError> {
    let value: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if value.is_empty() || value.contains(char::is_control) {
        return Err(ContactError { what: "a member's number" });
    }
    Ok(value.to_uppercase())
}
