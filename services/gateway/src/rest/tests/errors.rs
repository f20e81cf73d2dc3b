//! What a caller is told when the request or the call goes wrong.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::json;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::fixture::{Answer, echo, library, library_within, request, send};
use crate::rest::Limits;

async fn call(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    send(&echo(), request(method, path, headers, body)).await
}

#[track_caller]
fn fields(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 400, "{}", answer.text);
    answer.violations().into_iter().map(|(field, _)| field).collect()
}

#[tokio::test]
async fn every_wrong_parameter_is_named() {
    let path = "/v1/books?page_size=x&genres=NOVEL&after=yesterday&available=1&count=-1&author=Lu&nothing=1\
        &lending=5&token=%25&labels=a&min_weight_grams=&fields=a-b&author.nothing=2";
    let answer = call("GET", path, &[], "").await;
    assert_eq!(
        fields(&answer),
        [
            "after",
            "author",
            "author.nothing",
            "available",
            "count",
            "fields",
            "genres",
            "labels",
            "lending",
            "min_weight_grams",
            "nothing",
            "page_size",
            "token"
        ]
    );
    let described: HashMap<String, String> = answer.violations().into_iter().collect();
    assert_eq!(described["page_size"], "expected an integer of 32 bits");
    assert_eq!(described["genres"], "expected one of GENRE_UNSPECIFIED, GENRE_FICTION, GENRE_FACT");
    assert_eq!(described["nothing"], "there is no such query parameter here");
}

#[tokio::test]
async fn every_wrong_field_of_a_body_is_named() {
    let body = r#"{"title":7,"genre":"X","pages":1.5,"price_minor":"1x","addedAt":"2026-13-01T00:00:00Z",
        "tags":"a","author":[],"translations":{"es":1},"cover":"*","sequels":[{},{"pages":"a","nope":1},null],
        "paper":"p","hard":{},"copies":{"x":{}},"nothing":1,"available":"yes","ratio":1e60,"count":-1,
        "weightGrams":"heavy","weight_grams":1}"#;
    let answer = call("POST", "/v1/books?shelf=a&shelf=b", &[], body).await;
    assert_eq!(
        fields(&answer),
        [
            "book.added_at",
            "book.author",
            "book.available",
            "book.copies[x]",
            "book.count",
            "book.cover",
            "book.genre",
            "book.nothing",
            "book.pages",
            "book.paper",
            "book.price_minor",
            "book.ratio",
            "book.sequels[1].nope",
            "book.sequels[1].pages",
            "book.sequels[2]",
            "book.tags",
            "book.title",
            "book.translations[es]",
            "book.weight_grams",
            "book.weight_grams",
            "shelf",
        ]
    );
    assert!(!answer.text.contains("heavy"), "values are not told back");
}

#[tokio::test]
async fn what_is_not_json_is_told_with_its_place() {
    let answer = call("POST", "/v1/books", &[], "{\"title\":\n  oops}").await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json(),
        json!({"error": {
            "code": 400,
            "status": "INVALID_ARGUMENT",
            "message": "The request is not valid.",
            "details": [
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "MALFORMED_REQUEST",
                    "domain": "kefu",
                },
                {
                    "@type": "type.googleapis.com/google.rpc.BadRequest",
                    "fieldViolations": [{
                        "description": "the body is not JSON: expected value at line 2 column 3",
                        "reason": "not_json",
                    }],
                },
            ],
        }})
    );
    for body in
        ["{", "[1", "\"\\ud800\"", "{}{}", "{\"title\":\"a\",\"title\":\"b\"}", "nul", "1 2"]
    {
        assert_eq!(call("POST", "/v1/books", &[], body).await.status, 400, "{body}");
    }
}

#[tokio::test]
async fn deep_and_large_bodies_are_refused() {
    let deep =
        |levels: usize| format!("{}{}", "{\"sequels\":[".repeat(levels), "]}".repeat(levels));
    assert_eq!(call("POST", "/v1/books", &[], &deep(16)).await.status, 200);
    let answer = call("POST", "/v1/books", &[], &deep(17)).await;
    assert_eq!(answer.status, 400);
    assert!(answer.violations()[0].1.contains("nested deeper than 32 levels at line 1"));
    let large = format!("{{\"title\":\"{}\"}}", "x".repeat(1 << 20));
    let answer = call("POST", "/v1/books", &[], &large).await;
    assert_eq!(answer.status, 413);
    let error = &answer.json()["error"];
    assert_eq!(error["details"][0]["reason"], "MESSAGE_TOO_LARGE");
    assert_eq!(error["details"][0]["metadata"]["limit_bytes"], "1048576");
}

#[tokio::test]
async fn other_types_of_body_are_refused() {
    for (name, value) in [
        ("content-type", "application/x-www-form-urlencoded"),
        ("content-type", "text/plain"),
        ("content-encoding", "gzip"),
    ] {
        let answer = call("POST", "/v1/books", &[(name, value)], "{}").await;
        assert_eq!(answer.status, 415, "{value}");
    }
    for value in ["application/json; charset=utf-8", "application/merge-patch+json"] {
        let answer = call("POST", "/v1/books", &[("content-type", value)], "{}").await;
        assert_eq!(answer.status, 200, "{value}");
    }
}

#[tokio::test]
async fn a_body_where_none_is_taken_is_refused() {
    assert_eq!(fields(&call("DELETE", "/v1/books/b1", &[], "{}").await), [""]);
    assert_eq!(fields(&call("GET", "/v1/books/b1", &[], "{}").await), [""]);
}

#[tokio::test]
async fn two_places_that_differ_are_a_conflict() {
    assert_eq!(fields(&call("PATCH", "/v1/books/b1", &[], "{\"id\":\"b2\"}").await), ["book.id"]);
    let headers = [("idempotency-key", "k1"), ("if-match", "\"1\"")];
    let body = "{\"requestId\":\"k2\",\"etag\":\"2\",\"id\":\"b2\"}";
    let answer = call("POST", "/v1/books/b1:lend", &headers, body).await;
    assert_eq!(fields(&answer), ["etag", "id", "request_id"]);
    assert_eq!(fields(&call("GET", "/v1/books?page_token=a&offset=1", &[], "").await), ["offset"]);
    assert_eq!(fields(&call("GET", "/v1/books/b1?id=b2", &[], "").await), ["id"]);
    assert_eq!(fields(&call("POST", "/v1/books?book.title=x", &[], "{}").await), ["book.title"]);
    assert_eq!(fields(&call("GET", "/v1/books/b1", &[("if-match", "\"1\"")], "").await), ["etag"]);
    let several = [("if-match", "\"1\", \"2\"")];
    assert_eq!(fields(&call("POST", "/v1/books/b1:lend", &several, "").await), ["etag"]);
    for value in ["soon", "0", "2.5", "99999"] {
        let timeout = [("request-timeout", value)];
        assert_eq!(fields(&call("GET", "/v1/books/b1", &timeout, "").await), ["Request-Timeout"]);
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_are_refused() {
    assert_eq!(fields(&call("GET", "/v1/books/%FF", &[], "").await), ["id"]);
    assert_eq!(fields(&call("GET", "/v1/books?tags=%FF", &[], "").await), ["tags"]);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_told_in_the_same_form() {
    for path in ["/v1", "/v1/", "/v1/nothing", "/v1/books/", "/v1/books/b1:burn/x"] {
        let answer = call("GET", path, &[], "").await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.json()["error"]["status"], "NOT_FOUND");
        assert_eq!(answer.json()["error"]["details"][0]["reason"], "METHOD_UNKNOWN");
    }
    let answer = call("POST", "/v1/books/b1", &[], "").await;
    assert_eq!((answer.status, answer.header("allow")), (405, "DELETE, GET, PATCH, PURGE"));
    assert_eq!(answer.json()["error"]["status"], "UNIMPLEMENTED");
}

#[tokio::test]
async fn a_status_keeps_all_its_details() {
    let router = library(|_| async {
        let mut details = ErrorDetails::with_error_info(
            "CONCURRENT_CHANGE",
            "kefu",
            HashMap::from([("b".to_owned(), "2".to_owned()), ("a".to_owned(), "1".to_owned())]),
        );
        details
            .set_retry_info(Some(Duration::from_millis(1500)))
            .add_precondition_failure_violation("STATE", "ticket_1", "is closed")
            .add_quota_failure_violation("key_1", "10 a second")
            .set_resource_info("ticket", "ticket_1", "", "")
            .set_request_info("r1", "")
            .add_help_link("more", "https://example.org/")
            .set_localized_message("es", "Otra vez");
        Err(Status::with_error_details(Code::Aborted, "Others were first.", details))
    });
    let answer = send(&router, request("GET", "/v1/books/b1", &[], "")).await;
    assert_eq!((answer.status, answer.header("retry-after")), (409, "2"));
    let of = |name: &str| format!("type.googleapis.com/google.rpc.{name}");
    assert_eq!(
        answer.json(),
        json!({"error": { "code": 409, "status": "ABORTED", "message": "Others were first.", "details": [
            { "@type": of("RetryInfo"), "retryDelay": "1.500s" },
            { "@type": of("QuotaFailure"), "violations": [{ "subject": "key_1", "description": "10 a second" }] },
            { "@type": of("ErrorInfo"), "reason": "CONCURRENT_CHANGE", "domain": "kefu",
              "metadata": { "a": "1", "b": "2" } },
            { "@type": of("PreconditionFailure"),
              "violations": [{ "type": "STATE", "subject": "ticket_1", "description": "is closed" }] },
            { "@type": of("RequestInfo"), "requestId": "r1" },
            { "@type": of("ResourceInfo"), "resourceType": "ticket", "resourceName": "ticket_1" },
            { "@type": of("Help"), "links": [{ "description": "more", "url": "https://example.org/" }] },
            { "@type": of("LocalizedMessage"), "locale": "es", "message": "Otra vez" },
        ]}})
    );
}

#[tokio::test]
async fn each_code_has_its_http_status() {
    for (code, http) in [
        (Code::InvalidArgument, 400),
        (Code::FailedPrecondition, 400),
        (Code::OutOfRange, 400),
        (Code::Unauthenticated, 401),
        (Code::PermissionDenied, 403),
        (Code::NotFound, 404),
        (Code::Aborted, 409),
        (Code::AlreadyExists, 409),
        (Code::ResourceExhausted, 429),
        (Code::Cancelled, 499),
        (Code::DataLoss, 500),
        (Code::Unknown, 500),
        (Code::Internal, 500),
        (Code::Unimplemented, 501),
        (Code::Unavailable, 503),
        (Code::DeadlineExceeded, 504),
    ] {
        let router = library(move |_| async move { Err(Status::new(code, "no")) });
        let answer = send(&router, request("GET", "/v1/books/b1", &[], "")).await;
        assert_eq!(answer.status, http, "{code:?}");
        assert_eq!(answer.json()["error"]["code"], http);
        assert_eq!(answer.header("www-authenticate"), if http == 401 { "Bearer" } else { "" });
    }
}

#[tokio::test]
async fn a_body_that_does_not_go_on_is_given_up() {
    let limits = Limits { stall: Duration::from_millis(20), ..Limits::default() };
    let router = library_within(limits, |_| async { Err(Status::internal("never called")) });
    let body =
        axum::body::Body::from_stream(futures::stream::pending::<Result<String, std::io::Error>>());
    let request = http::Request::post("/v1/books").body(body).unwrap();
    let answer = send(&router, request).await;
    assert_eq!(
        (answer.status, answer.json()["error"]["status"].as_str()),
        (408, Some("DEADLINE_EXCEEDED"))
    );
}
