//! Parsers over arbitrary input: they never panic, and what they take they give back.

use http::{HeaderMap, HeaderValue, Method};
use proptest::prelude::*;
use prost_reflect::{DynamicMessage, Kind, Value};

use super::fixture::{api, shown};
use crate::rest::api::Api;
use crate::rest::json;
use crate::rest::matcher::Found;
use crate::rest::request::{Parts, read};
use crate::rest::template::Template;
use kefu_api_common::{Path, Violations};

thread_local! {
    static API: std::sync::Arc<Api> = api();
}

/// Text that looks like paths, queries and JSON more often than chance would have it.
fn text() -> impl Strategy<Value = String> {
    let words = prop_oneof![
        prop::sample::select(vec![
            "/",
            "v1",
            "books",
            "shelves",
            "files",
            "{",
            "}",
            "*",
            "**",
            "=",
            ":",
            "lend",
            "watch",
            ".",
            "&",
            "?",
            "%2F",
            "%",
            "%FF",
            "+",
            "id",
            "title",
            "tags",
            "author",
            "name",
            "genre",
            "GENRE_FACT",
            "pageSize",
            "1",
            "-1",
            "1e999",
            "\"",
            "[",
            "]",
            ",",
            "null",
            "true",
            "{\"",
            "\":",
            "book",
            "extra",
            "copies",
            "\\u0000",
            "2026-01-31T08:00:00Z",
            "1.5s",
            "@type",
            "type.googleapis.com/library.v1.Book",
            "attachment",
            "\n",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    prop::collection::vec(words, 0..20).prop_map(|words| words.concat())
}

/// JSON that often has the fields of a book.
fn tree() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
        prop::sample::select(vec![
            "GENRE_FACT",
            "1",
            "-1",
            "NaN",
            "Infinity",
            "2026-12-31T23:59:60Z",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999999Z",
            "-315576000000.999999999s",
            "1s",
            "aGk=",
            "a_b,c.d",
        ])
        .prop_map(Into::into),
    ];
    let names = prop_oneof![
        prop::sample::select(vec![
            "title",
            "genre",
            "pages",
            "priceMinor",
            "addedAt",
            "lending",
            "tags",
            "author",
            "name",
            "bornAt",
            "translations",
            "cover",
            "remark",
            "paper",
            "hard",
            "colour",
            "weightGrams",
            "extra",
            "reads",
            "attachment",
            "copies",
            "etag",
            "sequels",
            "available",
            "ratio",
            "count",
            "@type",
            "value",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    leaf.prop_recursive(6, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::vec((names.clone(), inner), 0..8)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn templates_never_panic_and_match_their_own_captures(text in text()) {
        if let Ok(template) = Template::parse(&text) {
            let segments = ["a"; 8];
            for variable in &template.variables {
                template.capture(variable, &segments);
            }
        }
    }

    #[test]
    fn any_path_leads_somewhere_or_nowhere(path in text()) {
        API.with(|api| {
            for method in [Method::GET, Method::POST, Method::OPTIONS] {
                if let Found::Route(route, segments) = api.find(&method, &path) {
                    let route = &api.routes()[route];
                    let parts =
                        Parts { segments: &segments, query: &path, headers: &HeaderMap::new(), body: &[] };
                    let _ = read(route, &parts);
                }
            }
        });
    }

    #[test]
    fn any_bytes_make_a_message_or_a_refusal(
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            text().prop_map(String::into_bytes),
            tree().prop_map(|tree| tree.to_string().into_bytes()),
        ],
        query in text(),
        header in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_bytes(&header) {
            for name in ["if-match", "idempotency-key", "last-event-id", "request-timeout"] {
                headers.insert(name, value.clone());
            }
        }
        API.with(|api| {
            for route in api.routes() {
                let parts = Parts { segments: &["v1", "a", "b%FF", "c", "d"], query: &query, headers: &headers, body: &body };
                if let Ok(message) = read(route, &parts) {
                    // What was taken can be shown again, unless it is a time that JSON cannot say.
                    let _ = json::write(&message, json::Defaults::Shown);
                }
            }
        });
    }

    #[test]
    fn json_comes_back_as_it_went(tree in tree()) {
        API.with(|api| {
            let book = api.pool().get_message_by_name("library.v1.Book").unwrap();
            let kind = Kind::Message(book);
            let mut found = Violations::default();
            let Some(Value::Message(first)) = json::read(&kind, &tree, &Path::ROOT, &mut found) else {
                return Ok(());
            };
            for defaults in [json::Defaults::Left, json::Defaults::Shown] {
                let text = json::write(&first, defaults).expect("what was read can be written");
                let tree = json::parse(text.as_bytes()).expect("what was written is JSON");
                let mut found = Violations::default();
                let again = json::read(&kind, &tree, &Path::ROOT, &mut found);
                prop_assert_eq!(Vec::from(found), []);
                let Some(Value::Message(again)) = again else { panic!("no message") };
                prop_assert_eq!(shown(&again), shown(&first));
            }
            Ok(())
        })?;
    }

    #[test]
    fn any_reply_can_be_shown_or_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        API.with(|api| {
            let book = api.pool().get_message_by_name("library.v1.Book").unwrap();
            let message = DynamicMessage::decode(book, bytes.as_slice()).ok();
            let text = message.and_then(|one| json::write(&one, json::Defaults::Shown).ok());
            if let Some(text) = text {
                assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
            }
        });
    }
}
