//! Request bodies, read with bounds: a whole one for unary calls, line by line for streams.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header};
use http_body_util::BodyExt as _;

use super::refusal::Refusal;

/// The bounds of a body.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The largest body, or line of a stream.
    pub bytes: usize,
    /// The longest wait for its next part.
    pub stall: Duration,
}

/// Reads all of a body.
pub async fn whole(mut body: Body, bounds: Bounds) -> Result<Bytes, Refusal> {
    let mut read = BytesMut::new();
    while let Some(part) = part(&mut body, bounds).await? {
        if read.len() + part.len() > bounds.bytes {
            return Err(Refusal::TooLarge(bounds.bytes));
        }
        read.extend_from_slice(&part);
    }
    Ok(read.freeze())
}

/// Reads a body line by line.
pub struct Lines {
    body: Body,
    bounds: Bounds,
    read: BytesMut,
    ended: bool,
}

impl Lines {
    /// The lines of `body`.
    pub fn new(body: Body, bounds: Bounds) -> Self {
        Self { body, bounds, read: BytesMut::new(), ended: false }
    }

    /// The next line without its end, or nothing after the last.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        let mut searched = 0;
        loop {
            if let Some(length) = self.read[searched..].iter().position(|byte| *byte == b'\n') {
                let mut line = self.read.split_to(searched + length + 1);
                line.truncate(searched + length);
                return Ok(Some(line.freeze()));
            }
            searched = self.read.len();
            if searched > self.bounds.bytes {
                return Err(Refusal::TooLarge(self.bounds.bytes));
            }
            if self.ended {
                let last = self.read.split().freeze();
                return Ok((!last.is_empty()).then_some(last));
            }
            match part(&mut self.body, self.bounds).await? {
                Some(part) => self.read.extend_from_slice(&part),
                None => self.ended = true,
            }
        }
    }
}

async fn part(body: &mut Body, bounds: Bounds) -> Result<Option<Bytes>, Refusal> {
    loop {
        let frame = tokio::time::timeout(bounds.stall, body.frame())
            .await
            .map_err(|_| Refusal::Stalled(bounds.stall))?;
        match frame {
            None => return Ok(None),
            Some(Err(_)) => return Err(Refusal::CutOff),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

/// Refuses a body that is not what the route reads. One that says nothing of itself is taken.
pub fn check_type(headers: &HeaderMap, streams: bool) -> Result<(), Refusal> {
    let wanted = if streams { "application/x-ndjson" } else { "application/json" };
    let plain = headers.get(header::CONTENT_ENCODING).is_none_or(|value| value == "identity");
    let given = headers.get(header::CONTENT_TYPE);
    let right = given.is_none_or(|value| {
        let text = value.to_str().unwrap_or_default().to_ascii_lowercase();
        let essence = text.split(';').next().unwrap_or_default().trim();
        if streams {
            ["application/x-ndjson", "application/ndjson", "application/jsonl"].contains(&essence)
        } else {
            essence == wanted || (essence.starts_with("application/") && essence.ends_with("+json"))
        }
    });
    if plain && right { Ok(()) } else { Err(Refusal::UnknownMediaType(wanted)) }
}
