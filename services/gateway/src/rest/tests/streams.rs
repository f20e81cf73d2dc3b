//! Server streams as server-sent events, client streams from lines of JSON.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http::Request;
use http_body_util::BodyExt as _;
use serde_json::{Value as Json, json};
use tonic::Status;
use tower::ServiceExt as _;

use super::fixture::{Replies, library, library_within, one, request, send, shown};
use crate::rest::Limits;

/// An event of a stream: name, id, data.
type Event = (String, String, Json);

fn events(text: &str) -> Vec<Event> {
    let field = |block: &str, name: &str| {
        let prefix = format!("{name}: ");
        let line = block.lines().find_map(|line| line.strip_prefix(&prefix));
        line.unwrap_or_default().to_owned()
    };
    text.split_terminator("\n\n")
        .map(|block| {
            let data = serde_json::from_str(&field(block, "data")).unwrap_or(Json::Null);
            (field(block, "event"), field(block, "id"), data)
        })
        .collect()
}

#[tokio::test]
async fn a_server_stream_is_events_with_names_and_cursors() {
    let router = library(|mut seen| async move {
        assert_eq!(seen.only().await, json!({ "cursor": "c0" }));
        let replies = [
            json!({ "bookAdded": { "title": "two\nlines" }, "cursor": "c1" }),
            json!({ "removedId": "b2", "cursor": "c2" }),
            json!({ "cursor": "c3" }),
        ];
        let replies: Vec<_> = replies.iter().map(|reply| Ok(seen.reply(reply))).collect();
        Ok(stream::iter(replies).boxed() as Replies)
    });
    let answer =
        send(&router, request("GET", "/v1/books:watch", &[("last-event-id", "c0")], "")).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/event-stream"));
    let events = events(&answer.text);
    let names: Vec<(&str, &str)> =
        events.iter().map(|(name, id, _)| (name.as_str(), id.as_str())).collect();
    assert_eq!(names, [("bookAdded", "c1"), ("removedId", "c2"), ("message", "c3")]);
    assert_eq!(events[0].2["bookAdded"]["title"], "two\nlines");
    assert_eq!(events[1].2, json!({ "removedId": "b2", "cursor": "c2" }));
}

#[tokio::test]
async fn a_cursor_in_the_query_goes_before_the_last_event_id() {
    let router = library(|mut seen| async move {
        assert_eq!(seen.only().await, json!({ "cursor": "c5" }));
        Ok(stream::empty().boxed() as Replies)
    });
    let watch = request("GET", "/v1/books:watch?cursor=c5", &[("last-event-id", "c0")], "");
    assert_eq!(send(&router, watch).await.status, 200);
}

#[tokio::test]
async fn a_stream_that_fails_ends_with_an_error_event() {
    let router = library(|seen| async move {
        let replies = [Ok(seen.reply(&json!({ "cursor": "c1" }))), Err(Status::aborted("cut"))];
        Ok(stream::iter(replies).boxed() as Replies)
    });
    let answer = send(&router, request("GET", "/v1/books:watch", &[], "")).await;
    let events = events(&answer.text);
    assert_eq!(events.len(), 2);
    assert_eq!(events[1].0, "error");
    assert_eq!(
        events[1].2,
        json!({"error": { "code": 409, "status": "ABORTED", "message": "cut", "details": [] }})
    );
}

#[tokio::test]
async fn a_stream_that_is_refused_is_an_ordinary_error() {
    let router = library(|_| async { Err(Status::permission_denied("no")) });
    let answer = send(&router, request("GET", "/v1/books:watch", &[], "")).await;
    assert_eq!((answer.status, answer.header("content-type")), (403, "application/json"));
}

#[tokio::test]
async fn a_silent_stream_beats() {
    let limits = Limits { heartbeat: Duration::from_millis(20), ..Limits::default() };
    let router = library_within(limits, |_| async { Ok(stream::pending().boxed() as Replies) });
    let watch = request("GET", "/v1/books:watch", &[], "");
    let mut body = router.oneshot(watch).await.unwrap().into_body();
    let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(frame, ": heartbeat\n\n");
}

/// Takes books until the stream ends; tells whether it ever did.
fn importer(ended: Arc<AtomicBool>) -> axum::Router {
    library(move |mut seen| {
        let ended = ended.clone();
        async move {
            let mut titles = Vec::new();
            while let Some(message) = seen.messages.next().await {
                let book = shown(&message?);
                assert_eq!(book["shelf"], "s1");
                titles.push(book["book"]["title"].clone());
            }
            ended.store(true, Ordering::SeqCst);
            Ok(one(seen.reply(&json!({ "taken": titles.len() }))))
        }
    })
}

const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");

#[tokio::test]
async fn each_line_of_a_body_is_a_message() {
    let body = "{\"book\":{\"title\":\"a\"}}\n\r\n{\"book\":{\"title\":\"b\"}}\r\n{\"book\":{\"title\":\"c\"}}";
    let ended = Arc::new(AtomicBool::new(false));
    let router = importer(ended.clone());
    let answer =
        send(&router, request("POST", "/v1/shelves/s1/books:import", &[NDJSON], body)).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, "{\"taken\":3}"));
    assert!(ended.load(Ordering::SeqCst));
}

#[tokio::test]
async fn lines_may_be_cut_anywhere() {
    let body: Vec<Result<Bytes, std::io::Error>> = "{\"book\":{}}\n{\"book\":{}}\n"
        .bytes()
        .map(|byte| Ok(Bytes::copy_from_slice(&[byte])))
        .collect();
    let router = importer(Arc::default());
    let request = Request::post("/v1/shelves/s1/books:import")
        .body(Body::from_stream(stream::iter(body)))
        .unwrap();
    assert_eq!(send(&router, request).await.text, "{\"taken\":2}");
}

#[tokio::test]
async fn a_wrong_line_is_named_and_the_service_never_sees_an_end() {
    let ended = Arc::new(AtomicBool::new(false));
    let router = importer(ended.clone());
    let body = "{\"book\":{\"title\":\"a\"}}\n\n{\"book\":{\"pages\":\"x\",\"nope\":1}}\n{}\n";
    let answer =
        send(&router, request("POST", "/v1/shelves/s1/books:import", &[NDJSON], body)).await;
    assert_eq!(answer.status, 400);
    let fields: Vec<String> = answer.violations().into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["lines[2].book.nope", "lines[2].book.pages"]);
    assert!(!ended.load(Ordering::SeqCst), "half a stream is not taken for a whole one");

    let cut = [Ok("{\"book\":{}}\n"), Err(std::io::Error::other("gone"))];
    let request = Request::post("/v1/shelves/s1/books:import")
        .body(Body::from_stream(stream::iter(cut)))
        .unwrap();
    assert_eq!(send(&router, request).await.status, 499);
    assert!(!ended.load(Ordering::SeqCst), "a body that was cut off is not taken for a whole one");
}

#[tokio::test]
async fn a_line_has_a_limit_and_the_stream_has_none() {
    let limits = Limits { request_bytes: 100, ..Limits::default() };
    let router = library_within(limits, |mut seen| async move {
        let mut taken = 0;
        while let Some(message) = seen.messages.next().await {
            message?;
            taken += 1;
        }
        Ok(one(seen.reply(&json!({ "taken": taken }))))
    });
    let path = "/v1/shelves/s1/books:import";
    let many = "{\"shelf\":\"s1\"}\n".repeat(1000);
    assert_eq!(
        send(&router, request("POST", path, &[NDJSON], &many)).await.text,
        "{\"taken\":1000}"
    );
    let long = format!("{{\"requestId\":\"{}\"}}", "x".repeat(100));
    assert_eq!(send(&router, request("POST", path, &[NDJSON], &long)).await.status, 413);
    assert_eq!(send(&router, request("POST", path, &[], "{}")).await.status, 415);
}

#[tokio::test]
async fn both_ways_at_once() {
    let router = library(|seen| async move {
        let answered = seen.reply(&json!({ "cursor": "seen" }));
        let replies = seen.messages.map(move |message| message.map(|_| answered.clone()));
        Ok(replies.boxed() as Replies)
    });
    let body = "{}\n{}\nnot json\n";
    let answer = send(&router, request("POST", "/v1/books:converse", &[NDJSON], body)).await;
    let events = events(&answer.text);
    assert_eq!(events.last().map(|event| event.0.as_str()), Some("error"));
    assert!(events[..events.len() - 1].iter().all(|event| event.1 == "seen"));
}
