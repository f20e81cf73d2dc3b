//! Events as CloudEvents 1.0 in binary mode: attributes as `ce-` headers, the payload as the body.
//!
//! The form is the one of the NATS protocol binding (1.0.3), header values percent-encoded as it
//! says (§3.1.3.2). Both backends carry exactly this, so a subscriber of another make reads the same
//! from either. What Kefu needs beyond the standard attributes travels as extensions:
//! `sequence` (the aggregate's version, padded so that it also orders as text), `position`, `cause`,
//! `actor`, `onbehalfof`, `branch`, `changed`, `historic`, `traceparent`.

use bytes::Bytes;
use kefu_kernel::{Recorded, Timestamp, id};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::error::BusError;
use crate::subject::Subject;

/// The largest event that is carried, headers included, in bytes. A broker refuses 1 MiB by default.
pub const MAX_EVENT_BYTES: usize = 256 * 1024;

const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');

/// An event as it is carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where it is published.
    pub subject: String,
    /// Header names and encoded values; each name once.
    pub headers: Vec<(&'static str, String)>,
    /// The event's payload.
    pub payload: Bytes,
}

/// Why a message is not an event of Kefu.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is missing or wrong")]
pub struct Malformed(pub &'static str);

/// The message that carries `event`. An error where a part of it has no place in a subject or an
/// attribute, where it is not numbered, or where it is larger than [`MAX_EVENT_BYTES`].
pub fn encode(event: &Recorded) -> Result<Message, BusError> {
    let wrong = |what: &str| BusError::Unsendable {
        event_id: event.event_id.to_string(),
        what: what.to_owned(),
    };
    let subject = Subject {
        service: &event.service,
        partition: event.partition,
        aggregate_type: &event.aggregate_type,
        event: event.name(),
    };
    let subject = subject.text().ok_or_else(|| wrong("its names do not make a subject"))?;
    if !is_prefix(&event.aggregate_type) {
        return Err(wrong("its aggregate type is no prefix of an id"));
    }
    if event.position < 1 || event.version < 1 {
        return Err(wrong("it has no position or no version"));
    }
    if event.changed.iter().any(|name| name.is_empty() || name.contains(',')) {
        return Err(wrong("a changed field has no name that can be listed"));
    }
    let time = jiff::Timestamp::from_millisecond(event.recorded_at.as_millis())
        .map_err(|_| wrong("its time is outside the calendar"))?;

    let mut headers = vec![
        ("ce-specversion", "1.0".to_owned()),
        ("ce-id", event.event_id.to_string()),
        ("ce-source", format!("/kefu/{}", event.service)),
        ("ce-type", escape(&event.type_name)),
        ("ce-subject", id::encode(&event.aggregate_type, event.aggregate_id)),
        ("ce-time", time.to_string()),
        ("ce-datacontenttype", "application/protobuf".to_owned()),
        ("ce-sequence", format!("{:019}", event.version)),
        ("ce-position", event.position.to_string()),
    ];
    let mut also = |name, value: &str| {
        if !value.is_empty() {
            headers.push((name, escape(value)));
        }
    };
    also("ce-actor", &event.actor);
    also("ce-onbehalfof", event.on_behalf_of.as_deref().unwrap_or_default());
    also("ce-cause", &event.cause);
    also("ce-traceparent", &event.traceparent);
    also("ce-changed", &event.changed.join(","));
    also("ce-branch", &event.branch.map(|branch| id::encode("branch", branch)).unwrap_or_default());
    also("ce-historic", if event.historic { "true" } else { "" });

    let payload = Bytes::copy_from_slice(&event.payload);
    let size = headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum::<usize>();
    if size + payload.len() > MAX_EVENT_BYTES {
        return Err(wrong("it is too large"));
    }
    Ok(Message { subject, headers, payload })
}

/// The event that a message carries. `header` finds a header's value by its name in lower case.
pub fn decode<'a>(
    subject: &str,
    header: impl Fn(&'static str) -> Option<&'a str>,
    payload: &[u8],
) -> Result<Recorded, Malformed> {
    let subject = Subject::parse(subject).ok_or(Malformed("the subject"))?;
    let text = |name| header(name).map(|value| unescape(value).ok_or(Malformed(name))).transpose();
    let needed = |name| text(name)?.ok_or(Malformed(name));
    let number = |name| needed(name)?.parse::<i64>().map_err(|_| Malformed(name));

    let event_id = needed("ce-id")?.parse().map_err(|_| Malformed("ce-id"))?;
    let (prefix, aggregate_id) =
        id::split(&needed("ce-subject")?).ok_or(Malformed("ce-subject"))?;
    if prefix != subject.aggregate_type {
        return Err(Malformed("ce-subject"));
    }
    let type_name = needed("ce-type")?;
    let event = Recorded {
        event_id,
        service: subject.service.to_owned(),
        aggregate_type: prefix,
        aggregate_id,
        version: number("ce-sequence")?,
        type_name,
        payload: payload.to_vec(),
        changed: list(&text("ce-changed")?.unwrap_or_default()),
        branch: text("ce-branch")?.map(|text| branch(&text)).transpose()?,
        actor: text("ce-actor")?.unwrap_or_default(),
        on_behalf_of: text("ce-onbehalfof")?,
        cause: text("ce-cause")?.unwrap_or_default(),
        traceparent: text("ce-traceparent")?.unwrap_or_default(),
        recorded_at: time(&needed("ce-time")?)?,
        historic: text("ce-historic")?.is_some_and(|value| value == "true"),
        partition: subject.partition,
        position: number("ce-position")?,
    };
    if event.name() != subject.event {
        return Err(Malformed("ce-type"));
    }
    Ok(event)
}

fn list(text: &str) -> Vec<String> {
    text.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn branch(text: &str) -> Result<id::Uuid, Malformed> {
    id::decode("branch", text).map_err(|_| Malformed("ce-branch"))
}

fn time(text: &str) -> Result<Timestamp, Malformed> {
    let instant: jiff::Timestamp = text.parse().map_err(|_| Malformed("ce-time"))?;
    Ok(Timestamp::from_millis(instant.as_millisecond()))
}

/// Whether a text can be the prefix of a TypeID (specification 0.3).
fn is_prefix(text: &str) -> bool {
    let letters = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    letters && !text.starts_with('_') && !text.ends_with('_') && (1..=63).contains(&text.len())
}

fn escape(value: &str) -> String {
    utf8_percent_encode(value, ENCODED).to_string()
}

/// Undoes the quoting of older senders and the percent-encoding; none where that is not UTF-8.
fn unescape(value: &str) -> Option<String> {
    let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let plain = match quoted {
        Some(inner) => unquote(inner),
        None => value.to_owned(),
    };
    percent_decode_str(&plain).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

fn unquote(inner: &str) -> String {
    let mut text = String::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        text.extend(if letter == '\\' { letters.next() } else { Some(letter) });
    }
    text
}

#[cfg(test)]
mod tests {
    use kefu_kernel::partition_of;
    use proptest::prelude::*;

    use super::*;

    fn read(message: &Message) -> Result<Recorded, Malformed> {
        let find = |name: &str| {
            let found = message.headers.iter().find(|(header, _)| *header == name);
            found.map(|(_, value)| value.as_str())
        };
        decode(&message.subject, find, &message.payload)
    }

    prop_compose! {
        fn event()(
            ids in any::<[[u8; 16]; 2]>(),
            branch in any::<Option<[u8; 16]>>(),
            numbers in (1..i64::MAX, 1..i64::MAX, -377_705_116_800_000..253_402_207_200_000_i64),
            names in ("[a-z][a-z0-9-]{0,10}", "[a-z]([a-z_]{0,20}[a-z])?", "[A-Z][A-Za-z0-9]{0,20}"),
            changed in prop::collection::vec("[^,]{1,12}", 0..4),
            texts in ("\\PC*", "\\PC*", "\\PC*", prop::option::of("\\PC+")),
            payload in prop::collection::vec(any::<u8>(), 0..300),
            historic in any::<bool>(),
        ) -> Recorded {
            let aggregate_id = id::Uuid::from_bytes(ids[1]);
            Recorded {
                event_id: id::Uuid::from_bytes(ids[0]),
                service: names.0,
                aggregate_type: names.1,
                aggregate_id,
                version: numbers.0,
                type_name: format!("kefu.events.v1.{}", names.2),
                payload,
                changed,
                branch: branch.map(id::Uuid::from_bytes),
                actor: texts.0,
                on_behalf_of: texts.3,
                cause: texts.1,
                traceparent: texts.2,
                recorded_at: Timestamp::from_millis(numbers.2),
                historic,
                partition: partition_of(aggregate_id),
                position: numbers.1,
            }
        }
    }

    proptest! {
        #[test]
        fn an_event_survives_its_message(event in event()) {
            let message = encode(&event).unwrap();
            for (_, value) in &message.headers {
                prop_assert!(value.bytes().all(|byte| (0x21..=0x7e).contains(&byte)), "{value}");
            }
            prop_assert_eq!(read(&message).unwrap(), event);
        }

        #[test]
        fn no_message_makes_decoding_panic(
            subject in "kefu\\.[a-z]{1,4}\\.0[0-9]\\.[a-z_]{1,4}\\.[A-Z]{1,4}|\\PC*",
            value in "\\PC*",
        ) {
            let _ = decode(&subject, |_| Some(value.as_str()), value.as_bytes());
        }
    }

    #[test]
    fn the_headers_are_those_of_the_contract() {
        let aggregate_id = id::Uuid::from_u128(0x0188_bac7_4afa_78aa_bc3b_bd1e_ef28_d881);
        let event = Recorded {
            event_id: id::Uuid::from_u128(0x0188_bac7_4afa_78aa_bc3b_bd1e_ef28_0001),
            service: "tickets".into(),
            aggregate_type: "ticket".into(),
            aggregate_id,
            version: 3,
            type_name: "kefu.events.v1.TicketAssigned".into(),
            payload: vec![8, 1],
            changed: vec!["assignee".into(), "state".into()],
            branch: None,
            actor: "key_1".into(),
            on_behalf_of: None,
            cause: "kefu.tickets.v1.TicketsService/AssignTicket".into(),
            traceparent: String::new(),
            recorded_at: Timestamp::from_millis(1_700_000_000_123),
            historic: false,
            partition: 7,
            position: 42,
        };
        let message = encode(&event).unwrap();
        assert_eq!(message.subject, "kefu.tickets.07.ticket.TicketAssigned");
        let expected = [
            ("ce-specversion", "1.0"),
            ("ce-id", "0188bac7-4afa-78aa-bc3b-bd1eef280001"),
            ("ce-source", "/kefu/tickets"),
            ("ce-type", "kefu.events.v1.TicketAssigned"),
            ("ce-subject", "ticket_01h2xcejqtf2nbrexx3vqjhp41"),
            ("ce-time", "2023-11-14T22:13:20.123Z"),
            ("ce-datacontenttype", "application/protobuf"),
            ("ce-sequence", "0000000000000000003"),
            ("ce-position", "42"),
            ("ce-actor", "key_1"),
            ("ce-cause", "kefu.tickets.v1.TicketsService/AssignTicket"),
            ("ce-changed", "assignee,state"),
        ];
        let seen: Vec<_> =
            message.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn values_of_other_senders_are_understood() {
        assert_eq!(unescape("Euro%20%E2%82%AC%20%F0%9F%98%80").unwrap(), "Euro € 😀");
        assert_eq!(unescape(r#""a \"quoted\" value""#).unwrap(), r#"a "quoted" value"#);
        assert_eq!(unescape("%C0%A0"), None);
    }
}
