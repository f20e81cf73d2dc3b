//! `grpc-timeout`, as the gRPC protocol writes it: at most eight digits and a unit.
//!
//! tonic reads it only in its own socket server and passes it to nobody, so both are done here.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};

use crate::error::RpcError;

/// The header.
pub(crate) const GRPC_TIMEOUT: &str = "grpc-timeout";

const MAX_VALUE: u128 = 99_999_999;

/// The time that the caller gives; none where it does not say.
pub(crate) fn read(headers: &HeaderMap) -> Result<Option<Duration>, RpcError> {
    let Some(header) = headers.get(GRPC_TIMEOUT) else { return Ok(None) };
    header.to_str().ok().and_then(parse).map(Some).ok_or(RpcError::TimeoutMalformed)
}

/// Tells the other side how much time is left.
pub(crate) fn write(headers: &mut HeaderMap, left: Duration) {
    let text = if left.as_micros() <= MAX_VALUE {
        format!("{}u", left.as_micros())
    } else {
        format!("{}m", left.as_millis().min(MAX_VALUE))
    };
    let value = HeaderValue::try_from(text).expect("digits and a letter are a header value");
    headers.insert(GRPC_TIMEOUT, value);
}

fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(value * 3_600),
        "M" => Duration::from_secs(value * 60),
        "S" => Duration::from_secs(value),
        "m" => Duration::from_millis(value),
        "u" => Duration::from_micros(value),
        "n" => Duration::from_nanos(value),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for left in [
            Duration::ZERO,
            Duration::from_micros(1),
            Duration::from_millis(9_999),
            Duration::from_secs(900),
            Duration::from_secs(99_999),
        ] {
            let mut headers = HeaderMap::new();
            write(&mut headers, left);
            assert_eq!(read(&headers).unwrap(), Some(left));
        }
    }

    #[test]
    fn each_unit_is_known_and_nothing_else() {
        assert_eq!(parse("3H"), Some(Duration::from_secs(10_800)));
        assert_eq!(parse("2M"), Some(Duration::from_secs(120)));
        assert_eq!(parse("7n"), Some(Duration::from_nanos(7)));
        for wrong in ["", "5", "S", "-1S", "+1S", "123456789S", "1s", "1 S", "1Sé", "é"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
