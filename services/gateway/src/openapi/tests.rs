//! The document of the library service, whose rules are of every sort, and Kefu's own, as committed.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::document;
use crate::interface;
use crate::rest::tests::fixture;

/// The file that is served, and compared here.
const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");

fn kefu() -> String {
    document(&interface().expect("Kefu's HTTP rules compile"))
}

#[test]
fn every_sort_of_rule_is_described() {
    insta::assert_snapshot!(document(&fixture::api()));
}

/// `UPDATE_OPENAPI=1 cargo test --profile ci -p kefu-gateway committed` writes it anew.
#[test]
fn the_committed_document_is_the_present_one() {
    let present = kefu();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(COMMITTED, &present).expect("the document is written");
    }
    let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
    let differs = committed.lines().zip(present.lines()).position(|(old, new)| old != new);
    assert!(
        committed == present,
        "{COMMITTED} is out of date from line {:?} on; run UPDATE_OPENAPI=1 cargo test --profile ci -p kefu-gateway committed",
        differs.map(|line| line + 1)
    );
}

#[test]
fn operations_have_ids_of_their_own_texts_and_permissions() {
    let document: Json = serde_json::from_str(&kefu()).expect("it is JSON");
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let id = operation["operationId"].as_str().expect("an id");
            assert!(ids.insert(id.to_owned()), "{id} is there twice");
            for key in ["summary", "description", "x-kefu-rpc", "x-kefu-permission"] {
                let text = operation[key].as_str().unwrap_or_default();
                assert!(!text.is_empty(), "{method} {path} has no {key}");
            }
        }
    }
    let routes = interface().expect("they compile").routes().len();
    assert_eq!(ids.len(), routes, "each route is an operation");
}

/// Replies show such a field empty, so an address alone would be a promise that they break.
#[test]
fn a_text_of_some_format_that_may_be_empty_says_so() {
    let document: Json = serde_json::from_str(&document(&fixture::api())).expect("it is JSON");
    let schema = &document["components"]["schemas"]["library.v1.CheckValuesRequest"];
    let copy_to = &schema["properties"]["copyTo"];
    assert_eq!(copy_to["anyOf"], json!([{ "const": "" }, { "format": "email" }]));
    assert_eq!(copy_to.get("format"), None);
    let required = schema["required"].as_array().expect("some are required");
    assert!(!required.contains(&"copyTo".into()));
}

#[test]
fn every_reference_leads_somewhere() {
    for text in [kefu(), document(&fixture::api())] {
        let document: Json = serde_json::from_str(&text).expect("it is JSON");
        let mut pending = vec![&document];
        while let Some(value) = pending.pop() {
            match value {
                Json::Array(items) => pending.extend(items),
                Json::Object(members) => {
                    if let Some(Json::String(reference)) = members.get("$ref") {
                        let pointer = reference.trim_start_matches('#');
                        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
                    }
                    pending.extend(members.values());
                }
                _ => {}
            }
        }
    }
}
