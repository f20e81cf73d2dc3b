//! Each rule: one value that keeps it, one that breaks it, and under which path and name.

use kefu_api_common::Validate;
use prost_types::{Duration, Timestamp};

use crate::v1::{CheckRequest, Inner, Required, Way, check_request, required};

/// What is wrong with a request, as `path rule`.
fn wrong(request: &impl Validate) -> Vec<String> {
    let found = request.validate().err().unwrap_or_default();
    found.iter().map(|violation| format!("{} {}", violation.field, violation.reason)).collect()
}

/// A request with one field set passes with `good`, and is refused with each of `bad` for one reason.
macro_rules! rule {
    ($field:ident: $good:expr; $($bad:expr),+ => $reason:literal) => {{
        let with = |value| CheckRequest { $field: Some(value), ..CheckRequest::default() };
        assert_eq!(wrong(&with($good.into())), [""; 0], "good {}", stringify!($field));
        $(assert_eq!(
            wrong(&with($bad.into())),
            [concat!(stringify!($field), " ", $reason)],
            "bad {}", stringify!($bad)
        );)+
    }};
}

#[test]
fn an_empty_request_breaks_nothing_that_is_optional() {
    assert_eq!(wrong(&CheckRequest::default()), [""; 0]);
}

#[test]
fn texts() {
    rule!(s_const: "yes"; "no", "" => "string.const");
    rule!(s_len: "客服部"; "ab", "abcd" => "string.len");
    rule!(s_min: "客服"; "客" => "string.min_len");
    rule!(s_max: "客服部"; "abcd" => "string.max_len");
    rule!(s_len_bytes: "客"; "ab" => "string.len_bytes");
    rule!(s_min_bytes: "客"; "ab" => "string.min_bytes");
    rule!(s_max_bytes: "客"; "客a" => "string.max_bytes");
    rule!(s_pattern: "abc"; "", "abcd", "A" => "string.pattern");
    rule!(s_prefix: "abc"; "bc" => "string.prefix");
    rule!(s_suffix: "xyz"; "xy" => "string.suffix");
    rule!(s_contains: "lmno"; "lm" => "string.contains");
    rule!(s_not_contains: "lm"; "lmno" => "string.not_contains");
    rule!(s_in: "b"; "c", "" => "string.in");
    rule!(s_not_in: "c"; "b" => "string.not_in");
    rule!(s_email: "a@b.example"; "a" => "string.email");
    rule!(s_uuid: "0188bac7-4afa-78aa-bc3b-bd1eef28d881"; "0188" => "string.uuid");
    rule!(s_id: "ticket_01h455vb4pex5vsknk084sn02q"; "call_01h455vb4pex5vsknk084sn02q", "" => "string.pattern");
}

#[test]
fn bytes_flags_and_enums() {
    rule!(b_len: [1, 2]; [1], [1, 2, 3] => "bytes.len");
    rule!(b_min: [1, 2]; [1] => "bytes.min_len");
    rule!(b_max: [1, 2]; [1, 2, 3] => "bytes.max_len");
    rule!(flag: true; false => "bool.const");
    rule!(way: Way::One; 3, -1 => "enum.defined_only");
    rule!(way_in: Way::Two; Way::Unspecified, 3 => "enum.in");
    rule!(way_not: Way::One; Way::Unspecified => "enum.not_in");
    rule!(way_const: Way::Two; Way::One => "enum.const");
}

#[test]
fn numbers() {
    rule!(i32: -1; -2 => "int32.gte");
    rule!(i32: 5; 6 => "int32.lte");
    rule!(i64: 1; 0 => "int64.gt");
    rule!(i64: 4; 5 => "int64.lt");
    rule!(u32: 3u32; 2u32 => "uint32.in");
    rule!(u64: 2u64; 3u64 => "uint64.not_in");
    rule!(s64: -7; 7 => "sint64.const");
    rule!(f32: 9u32; 10u32 => "fixed32.lte");
    rule!(real: -0.5; -0.75 => "double.gte");
    rule!(real: 2.25; 2.5 => "double.lt");
    let with = |real| CheckRequest { real: Some(real), ..CheckRequest::default() };
    assert!(wrong(&with(f64::NAN)).contains(&"real double.finite".to_owned()));
    assert!(wrong(&with(f64::INFINITY)).contains(&"real double.finite".to_owned()));
}

#[test]
fn times_and_spans() {
    let at = |seconds, nanos| Timestamp { seconds, nanos };
    rule!(at: at(100, 0); at(99, 999_999_999) => "timestamp.gte");
    rule!(at: at(199, 999_999_999); at(200, 0) => "timestamp.lt");
    rule!(any_time: at(0, 0); at(i64::MAX, 0), at(0, -1) => "timestamp.form");
    let span = |seconds, nanos| Duration { seconds, nanos };
    rule!(span: span(1, 1); span(1, 0) => "duration.gt");
    rule!(span: span(60, 5); span(60, 6) => "duration.lte");
    rule!(span: span(2, 0); span(2, -1) => "duration.form");
}

#[test]
fn no_text_holds_what_postgresql_cannot() {
    let nul = "\0";
    let request = CheckRequest {
        s_max: Some(nul.into()),
        list: vec!["a".into(), nul.into()],
        inners: vec![inner("a"), inner(nul)],
        loose: vec!["a\0".into()],
        map: [("a".to_owned(), inner(nul))].into(),
        numbers: [(nul.to_owned(), 1)].into(),
        by_number: [(7, nul.into())].into(),
        inner: Some(Inner { inner: Some(Box::new(inner(nul))), ..Inner::default() }),
        choice: Some(check_request::Choice::Text(nul.into())),
        zero: "a\0".into(),
        request_id: nul.into(),
        b_max: Some(vec![0]),
        ..CheckRequest::default()
    };
    assert_eq!(
        wrong(&request),
        [
            "s_max string.no_nul",
            "list[1] string.no_nul",
            "inners[1].text string.no_nul",
            "loose[0] string.no_nul",
            "map[a].text string.no_nul",
            "numbers[\u{fffd}] string.no_nul",
            "inner.inner.text string.no_nul",
            "zero string.no_nul",
            "by_number[7] string.no_nul",
            "request_id string.no_nul",
            "text string.no_nul",
        ]
    );
}

fn inner(text: &str) -> Inner {
    Inner { text: text.into(), inner: None }
}

#[test]
fn lists() {
    let list = |items: &[&str]| CheckRequest {
        list: items.iter().map(|item| (*item).to_owned()).collect(),
        ..CheckRequest::default()
    };
    assert_eq!(wrong(&list(&["a", "b", "c"])), [""; 0]);
    assert_eq!(wrong(&list(&["a", "b", "c", "d"])), ["list repeated.max_items"]);
    assert_eq!(wrong(&list(&["a", "b", "a"])), ["list repeated.unique"]);
    assert_eq!(wrong(&list(&["a", "long"])), ["list[1] string.max_len"]);

    let inners = |inners| CheckRequest { inners, ..CheckRequest::default() };
    assert_eq!(wrong(&inners(vec![inner("a")])), ["inners repeated.min_items"]);
    assert_eq!(wrong(&inners(vec![inner("a"), inner("long")])), ["inners[1].text string.max_len"]);

    let loose = |item: &str| CheckRequest { loose: vec![item.into()], ..CheckRequest::default() };
    assert_eq!(wrong(&loose("")), [""; 0]);
    assert_eq!(wrong(&loose("a")), ["loose[0] string.len"]);
}

#[test]
fn what_an_intake_judges_row_by_row_is_left_to_it() {
    let request = CheckRequest { rows: vec![inner("long")], ..CheckRequest::default() };
    assert_eq!(wrong(&request), [""; 0]);
    assert_eq!(wrong(&request.rows[0]), ["text string.max_len"]);
    let many = CheckRequest { rows: vec![inner("a"); 4], ..CheckRequest::default() };
    assert_eq!(wrong(&many), ["rows repeated.max_items"]);
}

#[test]
fn maps() {
    let map = |entries: &[(&str, &str)]| CheckRequest {
        map: entries.iter().map(|(key, text)| ((*key).to_owned(), inner(text))).collect(),
        ..CheckRequest::default()
    };
    assert_eq!(wrong(&map(&[("a", "b"), ("c", "d")])), [""; 0]);
    assert_eq!(wrong(&map(&[("a", ""), ("b", ""), ("c", "")])), ["map map.max_pairs"]);
    assert_eq!(wrong(&map(&[("A", "")])), ["map[A] string.pattern"]);
    assert_eq!(wrong(&map(&[("a", "long")])), ["map[a].text string.max_len"]);
    let numbers = [("a".to_owned(), 1), ("b".to_owned(), 0)].into();
    let numbers = CheckRequest { numbers, ..CheckRequest::default() };
    assert_eq!(wrong(&numbers), ["numbers[b] int32.gt"]);
    let by_number =
        CheckRequest { by_number: [(7, "long".into())].into(), ..CheckRequest::default() };
    assert_eq!(wrong(&by_number), ["by_number[7] string.max_len"]);
}

#[test]
fn messages_are_checked_to_any_depth() {
    let deep = Inner { text: "a".into(), inner: Some(Box::new(inner("long"))) };
    let request = CheckRequest { inner: Some(deep.clone()), ..CheckRequest::default() };
    assert_eq!(wrong(&request), ["inner.inner.text string.max_len"]);
    let ignored = CheckRequest { ignored: Some(deep), ..CheckRequest::default() };
    assert_eq!(wrong(&ignored), [""; 0]);
}

#[test]
fn an_empty_value_can_be_let_pass() {
    let zero = |text: &str| CheckRequest { zero: text.into(), ..CheckRequest::default() };
    assert_eq!(wrong(&zero("")), [""; 0]);
    assert_eq!(wrong(&zero("a")), ["zero string.len"]);
    assert_eq!(wrong(&CheckRequest { r#type: "long".into(), ..zero("") }), ["type string.max_len"]);
}

#[test]
fn the_value_of_a_oneof_is_checked_and_the_others_are_not() {
    use check_request::Choice;
    let choice = |choice| CheckRequest { choice: Some(choice), ..CheckRequest::default() };
    assert_eq!(wrong(&choice(Choice::Text("long".into()))), ["text string.max_len"]);
    assert_eq!(wrong(&choice(Choice::Part(inner("long")))), ["part.text string.max_len"]);
    assert_eq!(wrong(&choice(Choice::Nothing(false))), [""; 0]);
}

#[test]
fn what_is_required_is_missed_all_at_once() {
    let request = CheckRequest { required: Some(Required::default()), ..CheckRequest::default() };
    assert_eq!(
        wrong(&request),
        [
            "required.text required",
            "required.number required",
            "required.inner required",
            "required.list required",
            "required.maybe required",
            "required.choice required",
        ]
    );
    let filled = Required {
        text: "a".into(),
        number: 1,
        inner: Some(Inner::default()),
        list: vec![Inner::default()],
        maybe: Some(0),
        choice: Some(required::Choice::Right(0)),
    };
    assert_eq!(wrong(&filled), [""; 0]);
    assert_eq!(wrong(&Required { text: "long".into(), ..filled }), ["text string.max_len"]);
}
