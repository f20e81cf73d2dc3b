//! What requests say, in the words of the rules. Validation has checked forms and enums before.

use std::collections::BTreeMap;

use kefu_api_common::wire;
use kefu_api_events::v1 as words;
use kefu_api_tickets::v1;
use kefu_api_tickets::v1::field_value::Kind;
use kefu_kernel::Id;

use crate::domain::Error;
use crate::domain::field::{FieldValue, Fields};
use crate::domain::ticket::Requester;
use crate::domain::words::{Channel, Level, LinkKind};

/// An id; `field` is the request's.
pub fn id<I: Id>(field: &'static str, text: &str) -> Result<I, Error> {
    text.parse().map_err(|_| Error::unknown(field, text))
}

/// An id that may be left out.
pub fn optional_id<I: Id>(field: &'static str, text: Option<&String>) -> Result<Option<I>, Error> {
    text.map(|text| id(field, text)).transpose()
}

/// A channel; none where it is unspecified.
pub fn channel(number: i32) -> Option<Channel> {
    words::Channel::try_from(number).ok().and_then(|word| Channel::try_from(word).ok())
}

/// The kind of a link.
pub fn link_kind(number: i32) -> Result<LinkKind, Error> {
    let word = words::LinkKind::try_from(number).ok().and_then(|w| LinkKind::try_from(w).ok());
    word.ok_or_else(|| Error::unknown("kind", &number.to_string()))
}

/// A grade; unspecified counts as medium.
pub fn level(number: i32) -> Level {
    match v1::Level::try_from(number) {
        Ok(v1::Level::Low) => Level::Low,
        Ok(v1::Level::High) => Level::High,
        _ => Level::Medium,
    }
}

/// What a caller gave of themselves.
pub fn requester(requester: Option<v1::Requester>) -> Requester {
    let v1::Requester { name, phone, email } = requester.unwrap_or_default();
    Requester { name, phone, email }
}

/// The fields of a type.
pub fn fields(fields: BTreeMap<String, v1::FieldValue>) -> Fields {
    fields.into_iter().filter_map(|(code, value)| Some((code, field_value(value)?))).collect()
}

/// One value; none where it is empty.
pub fn field_value(value: v1::FieldValue) -> Option<FieldValue> {
    Some(match value.kind? {
        Kind::Text(text) => FieldValue::Text(text),
        Kind::Choice(code) => FieldValue::Choice(code),
        Kind::Integer(number) => FieldValue::Integer(number),
        Kind::Flag(flag) => FieldValue::Flag(flag),
        Kind::Time(at) => FieldValue::Time(wire::instant(&at)),
    })
}
