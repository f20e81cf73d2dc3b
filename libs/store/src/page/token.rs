//! Page tokens: the last row's place in the order, sealed so that callers can neither read nor forge
//! it, with an end of life and the hash of what the list was asked for.
//!
//! Inside: format (1 byte), end of life in milliseconds (8), hash (32), then each value as a tag and
//! its bytes. Lives by the machine clock: a moved record clock does not end it.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kefu_kernel::Timestamp;
use ring::digest::{Context, SHA256};
use uuid::Uuid;

use super::ListError;
use crate::filter::Value;
use crate::seal::{Keys, Purpose};

/// How long a token can be used.
pub const LIFETIME: Duration = Duration::from_secs(3 * 24 * 3600);

const FORMAT: u8 = 1;
const CONTEXT: &[u8] = b"page token";
/// Longer than any token made here.
const MAX_TOKEN: usize = 16 * 1024;
const MAX_VALUES: usize = 16;

/// The hash of a list's arguments.
pub(super) type Binding = [u8; 32];

/// Hashes the arguments that all pages of a list share.
pub(super) fn binding(arguments: &[&str]) -> Binding {
    let mut context = Context::new(&SHA256);
    for argument in arguments {
        context.update(&(argument.len() as u64).to_be_bytes());
        context.update(argument.as_bytes());
    }
    context.finish().as_ref().try_into().expect("SHA-256 gives 32 bytes")
}

pub(super) fn encode(keys: &Keys, now: Timestamp, binding: &Binding, values: &[Value]) -> String {
    let mut plain = vec![FORMAT];
    plain.extend_from_slice(&now.plus(LIFETIME).as_millis().to_be_bytes());
    plain.extend_from_slice(binding);
    for value in values {
        put(&mut plain, value);
    }
    URL_SAFE_NO_PAD.encode(keys.seal(Purpose::PageTokens, CONTEXT, &plain))
}

pub(super) fn decode(
    keys: &Keys,
    now: Timestamp,
    binding: &Binding,
    token: &str,
) -> Result<Vec<Value>, ListError> {
    if token.len() > MAX_TOKEN {
        return Err(ListError::TokenInvalid);
    }
    let sealed = URL_SAFE_NO_PAD.decode(token).map_err(|_| ListError::TokenInvalid)?;
    let plain =
        keys.open(Purpose::PageTokens, CONTEXT, &sealed).map_err(|_| ListError::TokenInvalid)?;
    let (ends_at, bound_to, mut rest) = header(&plain).ok_or(ListError::TokenInvalid)?;
    if now.as_millis() >= ends_at {
        return Err(ListError::TokenExpired);
    }
    if bound_to != binding {
        return Err(ListError::TokenOfAnother);
    }
    let mut values = Vec::new();
    while !rest.is_empty() && values.len() < MAX_VALUES {
        let (value, after) = take(rest).ok_or(ListError::TokenInvalid)?;
        values.push(value);
        rest = after;
    }
    Ok(values)
}

fn header(plain: &[u8]) -> Option<(i64, &[u8], &[u8])> {
    let (format, rest) = plain.split_first()?;
    let (ends_at, rest) = rest.split_first_chunk::<8>()?;
    let (binding, values) = rest.split_first_chunk::<32>()?;
    (*format == FORMAT).then_some((i64::from_be_bytes(*ends_at), binding.as_slice(), values))
}

fn put(plain: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Unset => plain.push(0),
        Value::Bool(value) => plain.extend_from_slice(&[1, u8::from(*value)]),
        Value::Int(value) => {
            plain.push(2);
            plain.extend_from_slice(&value.to_be_bytes());
        }
        Value::Text(value) => {
            plain.push(3);
            plain.extend_from_slice(&(value.len() as u64).to_be_bytes());
            plain.extend_from_slice(value.as_bytes());
        }
        Value::Id(value) => {
            plain.push(4);
            plain.extend_from_slice(value.as_bytes());
        }
        Value::Time(value) => {
            plain.push(5);
            plain.extend_from_slice(&value.as_millis().to_be_bytes());
        }
    }
}

fn take(bytes: &[u8]) -> Option<(Value, &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    Some(match tag {
        0 => (Value::Unset, rest),
        1 => {
            let (value, rest) = rest.split_first()?;
            (Value::Bool(*value != 0), rest)
        }
        2 | 5 => {
            let (value, rest) = rest.split_first_chunk::<8>()?;
            let value = i64::from_be_bytes(*value);
            match tag {
                2 => (Value::Int(value), rest),
                _ => (Value::Time(Timestamp::from_millis(value)), rest),
            }
        }
        3 => {
            let (length, rest) = rest.split_first_chunk::<8>()?;
            let length = usize::try_from(u64::from_be_bytes(*length)).ok()?;
            let (text, rest) = rest.split_at_checked(length)?;
            (Value::Text(String::from_utf8(text.to_vec()).ok()?), rest)
        }
        4 => {
            let (value, rest) = rest.split_first_chunk::<16>()?;
            (Value::Id(Uuid::from_bytes(*value)), rest)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_inside_a_token_are_read_or_refused(bytes: Vec<u8>) {
            let _ = header(&bytes);
            let mut rest = bytes.as_slice();
            while let Some((_, after)) = take(rest) {
                prop_assert!(after.len() < rest.len());
                rest = after;
            }
        }
    }
}
