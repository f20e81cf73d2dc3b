//! Each way in which a request can carry fields, told by what the service behind saw.

use std::convert::Infallible;

use serde_json::{Value as Json, json};

use super::fixture::{Answer, api, echo, library, one, request, send};
use crate::rest::{Limits, router};

/// What the service saw of a request.
#[track_caller]
fn seen(answer: &Answer) -> Json {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let body = answer.json();
    let text = body["title"].as_str().or_else(|| body["nextPageToken"].as_str());
    serde_json::from_str(text.unwrap_or_else(|| panic!("no echo in {body}"))).expect("an echo")
}

async fn get(path: &str) -> Answer {
    send(&echo(), request("GET", path, &[], "")).await
}

#[tokio::test]
async fn a_path_gives_a_field() {
    assert_eq!(seen(&get("/v1/books/b1").await), json!({ "id": "b1" }));
    assert_eq!(seen(&get("/v1/books/a%2Fb%20%E4%B9%A6").await), json!({ "id": "a/b 书" }));
    assert_eq!(seen(&get("/v1/books/a:b").await), json!({ "id": "a:b" }));
    assert_eq!(
        seen(&get("/v1/books/b1?view=GENRE_FACT").await),
        json!({ "id": "b1", "view": "GENRE_FACT" })
    );
    assert_eq!(
        seen(&get("/v1/books/b1?view=2").await),
        json!({ "id": "b1", "view": "GENRE_FACT" })
    );
}

#[tokio::test]
async fn an_additional_binding_leads_to_the_same_rpc() {
    let path = "/v1/shelves/s%201/books/b%2F1";
    assert_eq!(seen(&get(path).await), json!({ "name": "shelves/s 1/books/b%2F1" }));
}

#[tokio::test]
async fn a_response_body_is_one_field_of_the_reply() {
    let answer = get("/v1/books/b1/title").await;
    assert_eq!(answer.json(), json!("{\"id\":\"b1\"}"));
}

#[tokio::test]
async fn a_query_gives_fields_of_every_sort() {
    let query = "page_size=20&genres=GENRE_FICTION&genres=2&tags=a&tags=b+c&author.name=Lu%20Xun\
        &author.bornAt=1881-09-25T00:00:00Z&after=2026-01-31T08:00:00.5%2B08:00&fields=title,priceMinor,added_at\
        &available=false&minWeightGrams=1.5&count=18446744073709551615&lending=1.5s&token=_-8&page_token=p";
    assert_eq!(
        seen(&get(&format!("/v1/books?{query}")).await),
        json!({
            "pageSize": 20, "genres": ["GENRE_FICTION", "GENRE_FACT"], "tags": ["a", "b c"],
            "author": { "name": "Lu Xun", "bornAt": "1881-09-25T00:00:00Z" },
            "after": "2026-01-31T00:00:00.500Z", "fields": "title,priceMinor,addedAt",
            "available": false, "minWeightGrams": 1.5, "count": "18446744073709551615",
            "lending": "1.500s", "token": "/+8=", "pageToken": "p",
        })
    );
    assert_eq!(seen(&get("/v1/books").await), json!({}));
    assert_eq!(seen(&get("/v1/books?&&pageSize=0").await), json!({}));
}

#[tokio::test]
async fn a_body_field_takes_the_body_and_the_query_the_rest() {
    let body = r#"{"title":"Ah Q","pages":120,"priceMinor":"950","author":{"name":"Lu Xun"},
        "translations":{"es":"A Q","en":"Ah Q"},"cover":"AAH_","genre":"GENRE_FICTION","hard":{"colour":"red"},
        "copies":{"-3":{"colour":"x"}},"reads":7,"extra":{"a":[1,null,{"b":true}]},"remark":"","sequels":[{"title":"B"}]}"#;
    let answer = send(&echo(), request("POST", "/v1/books?shelf=s1&requestId=r1", &[], body)).await;
    assert_eq!(
        seen(&answer),
        json!({
            "book": {
                "title": "Ah Q", "pages": 120, "priceMinor": "950", "author": { "name": "Lu Xun" },
                "translations": { "en": "Ah Q", "es": "A Q" }, "cover": "AAH/", "genre": "GENRE_FICTION",
                "hard": { "colour": "red" }, "copies": { "-3": { "colour": "x" } }, "reads": "7",
                "extra": { "a": [1.0, null, { "b": true }] }, "remark": "", "sequels": [{ "title": "B" }],
            },
            "shelf": "s1", "requestId": "r1",
        })
    );
}

#[tokio::test]
async fn a_whole_body_is_the_request_and_the_path_completes_it() {
    let lend = |body: &'static str| async move {
        seen(&send(&echo(), request("POST", "/v1/books/b1:lend", &[], body)).await)
    };
    assert_eq!(lend(r#"{"days": 7.0}"#).await, json!({ "id": "b1", "days": 7 }));
    assert_eq!(lend(r#"{"id": "b1"}"#).await, json!({ "id": "b1" }));
    assert_eq!(lend("").await, json!({ "id": "b1" }));
    assert_eq!(lend(r#"{"days": null}"#).await, json!({ "id": "b1" }));
}

#[tokio::test]
async fn a_patch_takes_its_mask_from_the_query() {
    let patch = |path: &'static str, body: &'static str| async move {
        seen(&send(&echo(), request("PATCH", path, &[], body)).await)
    };
    assert_eq!(
        patch("/v1/books/b1?updateMask=title", r#"{"title":"x","pages":3}"#).await,
        json!({ "book": { "id": "b1", "title": "x", "pages": 3 }, "updateMask": "title" })
    );
}

#[tokio::test]
async fn a_double_star_takes_the_rest_of_the_path() {
    let router = library(|mut seen| async move {
        assert_eq!(seen.only().await, json!({ "path": "a/b%2Fc/d", "text": "Hello" }));
        Ok(one(Default::default()))
    });
    let answer = send(&router, request("PUT", "/v1/files/a/b%2fc/d", &[], r#""Hello""#)).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, "{}"), "{answer:?}");
}

#[tokio::test]
async fn a_custom_method_and_a_delete_reach_their_rpc() {
    for method in ["DELETE", "PURGE"] {
        let answer = send(&echo(), request(method, "/v1/books/b1", &[], "")).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "{}"), "{answer:?}");
    }
}

#[tokio::test]
async fn headers_give_the_idempotency_key_and_the_etag() {
    for key in ["k-1", "\"k-1\""] {
        let headers = [("idempotency-key", key), ("if-match", "\"7\"")];
        let lend = request("POST", "/v1/books/b1:lend", &headers, "{\"days\":7}");
        assert_eq!(
            seen(&send(&echo(), lend).await),
            json!({ "id": "b1", "days": 7, "etag": "7", "requestId": "k-1" })
        );
    }
    let headers = [("idempotency-key", "k-1"), ("if-match", "*")];
    let lend = request("POST", "/v1/books/b1:lend", &headers, "{\"requestId\":\"k-1\"}");
    assert_eq!(seen(&send(&echo(), lend).await), json!({ "id": "b1", "requestId": "k-1" }));
    let patch = request("PATCH", "/v1/books/b1", &[("if-match", "W/\"7\"")], "{\"pages\":1}");
    assert_eq!(
        seen(&send(&echo(), patch).await),
        json!({ "book": { "id": "b1", "pages": 1, "etag": "7" } })
    );
    let get = request("GET", "/v1/books/b1", &[("idempotency-key", "k-1")], "");
    assert_eq!(seen(&send(&echo(), get).await), json!({ "id": "b1" }));
}

#[tokio::test]
async fn only_known_headers_are_passed_on() {
    let router = library(|mut seen| async move {
        seen.only().await;
        let mut names: Vec<&str> = seen.headers.keys().map(|name| name.as_str()).collect();
        names.sort_unstable();
        let given = names.join(" ");
        let timeout = seen.headers.get("grpc-timeout").and_then(|value| value.to_str().ok());
        let title = format!("{given} {}", timeout.unwrap_or("none"));
        Ok(one(seen.reply(&json!({ "title": title, "etag": "12" }))))
    });
    let headers = [
        ("authorization", "Bearer t"),
        ("traceparent", "00-1-2-01"),
        ("x-request-id", "r"),
        ("x-kefu-principal", "admin"),
        ("cookie", "c"),
        ("request-timeout", "2"),
    ];
    let answer = send(&router, request("GET", "/v1/books/b1", &headers, "")).await;
    let title = answer.json()["title"].as_str().unwrap_or_default().to_owned();
    assert_eq!(title, "authorization content-type grpc-timeout te traceparent 2000000u");
    assert_eq!(answer.header("etag"), "\"12\"");
    assert_eq!(answer.header("content-type"), "application/json");
}

#[tokio::test]
async fn what_the_listener_knows_of_the_connection_goes_with_the_call() {
    #[derive(Clone)]
    struct Peer(&'static str);
    let service = tower::service_fn(|call: http::Request<tonic::body::Body>| async move {
        let peer = call.extensions().get::<Peer>().map_or("nobody", |peer| peer.0);
        Ok::<_, Infallible>(tonic::Status::aborted(peer).into_http::<tonic::body::Body>())
    });
    let router = router(api(), Limits::default(), |_| Some(service)).expect("it is served");
    let mut get = request("GET", "/v1/books/b1", &[], "");
    get.extensions_mut().insert(Peer("192.0.2.1"));
    assert_eq!(send(&router, get).await.json()["error"]["message"], "192.0.2.1");
}

#[tokio::test]
async fn a_reply_shows_every_field_that_has_a_default() {
    let router = library(|seen| async move { Ok(one(seen.reply(&json!({})))) });
    let answer = send(&router, request("GET", "/v1/books/b1", &[], "")).await;
    assert_eq!(
        answer.text,
        "{\"id\":\"\",\"title\":\"\",\"genre\":\"GENRE_UNSPECIFIED\",\"pages\":0,\"priceMinor\":\"0\",\
         \"tags\":[],\"translations\":{},\"cover\":\"\",\"weightGrams\":0.0,\"copies\":{},\"etag\":\"\",\
         \"sequels\":[],\"available\":false,\"ratio\":0.0,\"count\":\"0\"}"
    );
}

#[tokio::test]
async fn head_and_options_are_answered() {
    let head = send(&echo(), request("HEAD", "/v1/books/b1", &[], "")).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    let options = send(&echo(), request("OPTIONS", "/v1/books/b1", &[], "")).await;
    assert_eq!((options.status, options.header("allow")), (204, "DELETE, GET, PATCH, PURGE"));
    let watch = send(&echo(), request("HEAD", "/v1/books:watch", &[], "")).await;
    assert_eq!(watch.status, 405);
}
