//! Replies as JSON: one for a unary call, server-sent events for a stream.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::stream::{self, Stream};
use http::header;
use prost_reflect::{DynamicMessage, Value};
use tonic::Streaming;

use super::failure::Failure;
use super::headers;
use super::json::{Defaults, write, write_value};
use super::refusal::Refusal;
use super::route::Route;

/// The answer of a unary call.
pub fn unary(route: &Route, reply: tonic::Response<Bytes>) -> Result<Response, Failure> {
    let message = decode(route, reply.into_inner())?;
    let body = to_json(route, &message)?;
    let mut answer = ([(header::CONTENT_TYPE, "application/json")], body).into_response();
    if let Some(etag) =
        text(&message, route.reply_etag.as_ref()).and_then(|text| headers::etag(&text))
    {
        answer.headers_mut().insert(header::ETAG, etag);
    }
    Ok(answer)
}

/// The answer of a server stream: an event for each message, named after the member of its oneof
/// (`message` where it has none), with the cursor as its id; an event `error` where it fails. While
/// nothing comes, a comment is sent every `heartbeat`.
pub fn events(
    route: Arc<Route>,
    replies: tonic::Response<Streaming<Bytes>>,
    refused: BoxFuture<'static, Refusal>,
    heartbeat: Duration,
) -> Response {
    let state = Some((route, replies.into_inner(), refused));
    let stream = stream::unfold(state, |state| async {
        let (route, mut replies, mut refused) = state?;
        let next = futures::select_biased! {
            refusal = (&mut refused).fuse() => Err(Failure::from(refusal)),
            reply = replies.message().fuse() => reply.map_err(Failure::from),
        };
        let event = match next {
            Ok(None) => return None,
            Ok(Some(bytes)) => event(&route, bytes),
            Err(failure) => Err(failure),
        };
        match event {
            Ok(event) => Some((event, Some((route, replies, refused)))),
            Err(failure) => Some((Event::default().event("error").data(failure.to_json()), None)),
        }
    });
    let mut answer = sse(stream, heartbeat).into_response();
    // Proxies that buffer would hold events back.
    answer.headers_mut().insert("x-accel-buffering", http::HeaderValue::from_static("no"));
    answer
}

fn sse(
    events: impl Stream<Item = Event> + Send + 'static,
    heartbeat: Duration,
) -> impl IntoResponse {
    use futures::StreamExt as _;
    Sse::new(events.map(Ok::<_, Infallible>))
        .keep_alive(KeepAlive::new().interval(heartbeat).text("heartbeat"))
}

fn event(route: &Route, bytes: Bytes) -> Result<Event, Failure> {
    let message = decode(route, bytes)?;
    let mut event = Event::default().event(name(&message)).data(to_json(route, &message)?);
    let one_line = |id: &String| !id.is_empty() && !id.contains(['\r', '\n', '\0']);
    if let Some(id) = text(&message, route.reply_cursor.as_ref()).filter(one_line) {
        event = event.id(id);
    }
    Ok(event)
}

/// The JSON name of the member that is set of the message's first oneof.
fn name(message: &DynamicMessage) -> String {
    use prost_reflect::ReflectMessage as _;
    let oneof = message.descriptor().oneofs().find(|oneof| !oneof.is_synthetic());
    let member = oneof.and_then(|oneof| oneof.fields().find(|field| message.has_field(field)));
    member.map_or_else(|| "message".into(), |field| field.json_name().to_owned())
}

fn decode(route: &Route, bytes: Bytes) -> Result<DynamicMessage, Refusal> {
    DynamicMessage::decode(route.rpc.output(), bytes)
        .map_err(|error| Refusal::Unwritable(error.into()))
}

fn to_json(route: &Route, message: &DynamicMessage) -> Result<String, Refusal> {
    let written = match &route.response_body {
        None => write(message, Defaults::Shown),
        Some(field) => write_value(&message.get_field(field), &field.kind(), Defaults::Shown),
    };
    written.map_err(|error| Refusal::Unwritable(error.into()))
}

fn text(message: &DynamicMessage, path: Option<&super::fields::FieldPath>) -> Option<String> {
    match path?.get(message)? {
        Value::String(text) => Some(text),
        _ => None,
    }
}
