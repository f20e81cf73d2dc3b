//! Mutations and updates read what their requests say.

use kefu_api_common::{Mutation, Update, Validate};
use proptest::prelude::*;
use prost_types::FieldMask;

use crate::v1::{ChangeRequest, KeyedRequest, ThingPatch, thing_patch};

fn change(patch: ThingPatch, paths: &[&str]) -> ChangeRequest {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    ChangeRequest {
        thing: Some(patch),
        update_mask: Some(FieldMask { paths }),
        ..ChangeRequest::default()
    }
}

fn paths(request: &ChangeRequest) -> Vec<String> {
    request.paths().iter().map(str::to_owned).collect()
}

#[test]
fn without_a_mask_what_is_set_is_meant() {
    let patch = ThingPatch {
        size: Some(0),
        place: Some(thing_patch::Place::Far("away".into())),
        ..ThingPatch::default()
    };
    assert_eq!(paths(&change(patch.clone(), &[])), ["far", "size"]);
    assert_eq!(paths(&change(patch, &["name"])), ["name"]);
    let all = ["far", "fields", "name", "near", "size"];
    assert_eq!(paths(&change(ThingPatch::default(), &["*"])), all);
}

#[test]
fn a_mask_names_fields_of_the_patch() {
    let reasons = |named: &[&str]| {
        let found = change(ThingPatch::default(), named).validate().err().unwrap_or_default();
        found
            .into_iter()
            .map(|violation| violation.field + " " + &violation.reason)
            .collect::<Vec<_>>()
    };
    assert_eq!(reasons(&["name", "fields.seat", "far"]), [""; 0]);
    assert_eq!(reasons(&["*"]), [""; 0]);
    assert_eq!(
        reasons(&["name", "nothing", "name.x", "fields.", "*"]),
        [
            "update_mask.paths[1] field_mask.known",
            "update_mask.paths[2] field_mask.known",
            "update_mask.paths[3] field_mask.known",
            "update_mask.paths[4] field_mask.known",
        ]
    );
    let missing = ChangeRequest::default().validate().unwrap_err();
    assert_eq!((missing[0].field.as_str(), missing[0].reason.as_str()), ("thing", "required"));
}

#[test]
fn a_request_without_etag_has_an_empty_one() {
    let request = KeyedRequest { request_id: "r".into(), number: 1 };
    assert_eq!((request.request_id(), request.etag()), ("r", ""));
}

proptest! {
    #[test]
    fn a_fingerprint_is_the_body_alone(
        etag in "[0-9]{0,3}", id in "[a-z]{0,9}", name in "[a-z]{0,3}", other in "[a-z]{0,3}",
        entries in proptest::collection::vec(("[a-z]{1,2}", 0..9i32), 0..6),
    ) {
        let request = |name: &str, etag: &str, id: &str, entries: &[(String, i32)]| ChangeRequest {
            thing: Some(ThingPatch {
                name: name.into(),
                fields: entries.iter().cloned().collect(),
                ..ThingPatch::default()
            }),
            etag: etag.into(),
            request_id: id.into(),
            ..ChangeRequest::default()
        };
        let mut unique = entries;
        unique.sort();
        unique.dedup_by(|one, two| one.0 == two.0);
        let backwards: Vec<_> = unique.iter().rev().cloned().collect();
        let first = request(&name, &etag, &id, &unique);
        let second = request(&name, "", "other", &backwards);
        prop_assert_eq!(first.fingerprint_bytes(), second.fingerprint_bytes());
        let different = request(&other, &etag, &id, &unique).fingerprint_bytes();
        prop_assert_eq!(first.fingerprint_bytes() == different, name == other);
    }
}
