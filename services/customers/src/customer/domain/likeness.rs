//! By what customers are found, and which of them may be one.
//!
//! A customer leaves a token for each thing that it can be recognised by. Who has a token in common may be the
//! same person; how sure that is follows from which tokens they share. Nothing is merged by it.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

use super::contact::phone_ending;
use super::words::{ContactKind, MatchReason};
use super::{Address, ContactPoint, Customer, YearDay};

/// Something that a customer can be recognised by. Personal data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token {
    /// What it is.
    pub reason: MatchReason,
    /// Its normal form, by which two are compared.
    pub key: String,
    /// Whether the customer proved it.
    pub verified: bool,
}

/// That two customers may be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Likeness {
    /// Why, the strongest first, each once.
    pub reasons: Vec<MatchReason>,
    /// How sure it is, 1 to 100.
    pub score: i32,
}

impl Customer {
    /// Everything that it can be recognised by; nothing of an erased one.
    pub fn tokens(&self) -> BTreeSet<Token> {
        let profile = &self.profile;
        tokens(&profile.name, profile.birthday, &self.contacts, &profile.addresses)
    }
}

/// Everything that who has these can be recognised by.
pub fn tokens(
    name: &str,
    birthday: Option<YearDay>,
    contacts: &[ContactPoint],
    addresses: &[Address],
) -> BTreeSet<Token> {
    let mut tokens = BTreeSet::new();
    let mut add = |reason, key: String, verified| {
        tokens.insert(Token { reason, key, verified });
    };
    for point in contacts {
        let (kind, key) = point.contact.key();
        let reason = reason_of(kind);
        if reason == MatchReason::Phone
            && let Some(ending) = phone_ending(&key)
        {
            add(MatchReason::PhoneEnding, ending, point.verified);
        }
        add(reason, key, point.verified);
    }
    let name = name_key(name);
    if name.is_empty() {
        return tokens;
    }
    if let Some(birthday) = birthday {
        add(MatchReason::NameAndBirthday, format!("{name}|{birthday}"), false);
    }
    for address in addresses {
        add(MatchReason::NameAndAddress, format!("{name}|{}", address_key(address)), false);
    }
    add(MatchReason::Name, name, false);
    tokens
}

/// How sure it is that two customers with these tokens in common are one; none where that says nothing. The
/// flag of a token tells whether either proved it.
///
/// A proved identifier counts 100, another one 70, a name with birthday or address 60, a name alone 20. The
/// highest counts, and 10 more for each further reason. The ending of a phone is a further reason only: seven
/// digits alone are many people's.
pub fn likeness(shared: &[(MatchReason, bool)]) -> Option<Likeness> {
    let has = |reason| shared.iter().any(|(shared, _)| *shared == reason);
    let implied = |reason| match reason {
        MatchReason::Name => has(MatchReason::NameAndBirthday) || has(MatchReason::NameAndAddress),
        MatchReason::PhoneEnding => has(MatchReason::Phone),
        _ => false,
    };
    let telling = shared.iter().filter(|(reason, _)| !implied(*reason));
    let reasons: BTreeSet<MatchReason> = telling.clone().map(|(reason, _)| *reason).collect();
    let highest = telling.filter_map(|(reason, verified)| weight(*reason, *verified)).max()?;
    let further = i32::try_from(reasons.len()).unwrap_or(i32::MAX).saturating_sub(1);
    let score = highest.saturating_add(further.saturating_mul(10)).min(100);
    Some(Likeness { reasons: reasons.into_iter().collect(), score })
}

fn weight(reason: MatchReason, verified: bool) -> Option<i32> {
    match reason {
        MatchReason::Phone | MatchReason::Email | MatchReason::Identifier => {
            Some(if verified { 100 } else { 70 })
        }
        MatchReason::NameAndBirthday | MatchReason::NameAndAddress => Some(60),
        MatchReason::Name => Some(20),
        MatchReason::PhoneEnding | MatchReason::Number | MatchReason::Order => None,
    }
}

fn reason_of(kind: ContactKind) -> MatchReason {
    match kind {
        ContactKind::Phone | ContactKind::Whatsapp => MatchReason::Phone,
        ContactKind::Email => MatchReason::Email,
        ContactKind::Wechat | ContactKind::Handle | ContactKind::MemberNumber => {
            MatchReason::Identifier
        }
    }
}

/// A name without what differs between two ways of writing it: width, case, spaces, points, hyphens.
pub fn name_key(name: &str) -> String {
    name.nfkc().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn address_key(address: &Address) -> String {
    let Address { country, postal_code, city, street, .. } = address;
    name_key(&format!("{country}{postal_code}{city}{street}"))
}
