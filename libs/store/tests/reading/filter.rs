//! What filters are refused with, the SQL they become, and which indexes serve them.

use kefu_kernel::{Fault, FaultKind};
use kefu_store::filter::{FilterError, MAX_LENGTH, Resource};
use proptest::prelude::*;
use sea_orm::sea_query::{Alias, PostgresQueryBuilder, Query};

use crate::thing::{self, Thing};

fn refusal(resource: &Resource, source: &str) -> FilterError {
    match resource.compile(source, &[]) {
        Ok(_) => panic!("{source} was let through"),
        Err(error) => error,
    }
}

#[test]
fn what_is_wrong_with_a_filter_is_told_with_its_place() {
    let resource = thing::resource();
    let sources = [
        "state ==",
        "state == \"OPEN\" AND priority == 1",
        "(state == \"OPEN\"",
        "colour == \"red\"",
        "  state == \"OPNE\"",
        "\"é\" == subject && priority == \"1\"",
        "priority == 1.5",
        "priority == 9223372036854775808u",
        "department_id == \"thing_01h455vb4pex5vsknk084sn02q\"",
        "state < \"OPEN\"",
        "escalated > false",
        "subject",
        "!priority",
        "priority + 1 == 2",
        "priority == rank",
        "1 == 1",
        "state in \"OPEN\"",
        "state in [1]",
        "\"OPEN\" in [\"OPEN\"]",
        "subject == null",
        "due_at > \"2026-11-22T10:00:00Z\"",
        "due_at > timestamp(\"yesterday\")",
        "due_at > timestamp(\"2026-11-22T10:00:00Z\") + duration(\"soon\")",
        "due_at > timestamp(\"9999-12-31T23:59:59Z\") + duration(\"1000h\")",
        "due_at > timestamp(\"2026-11-22T10:00:00+01:00[Europe/Madrid]\")",
        "due_at > later",
        "subject.contains(\"a\")",
        "text == \"a\"",
        "text.contains(\"...\")",
        "text.contains(subject)",
        "text.contains(\"a\") || escalated",
        "!text.contains(\"a\")",
        "has(text)",
        "has(subject, note)",
        "has(1)",
        "priority.startsWith(\"1\")",
        "subject.matches(\"a.*\")",
        "subject.size() > 1",
        "[1, 2].exists(x, x == priority)",
        "subject == \"a\\u0000b\"",
        "fields.weight == 1",
        "escalated ? true : false",
        "{\"a\": 1}.a == priority",
        ".subject == \"a\"",
    ];
    let mut table = String::new();
    for source in sources {
        let error = refusal(&resource, source);
        assert_eq!(error.kind(), FaultKind::Invalid);
        assert_eq!(error.field_violations().len(), 1);
        table.push_str(&format!("{source}\n    {}: {error}\n", error.reason()));
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_filter_of_any_size_is_answered_or_refused() {
    let resource = thing::resource();
    let refused = |source: String| refusal(&resource, &source).reason();
    let complex = "FILTER_TOO_COMPLEX";
    assert_eq!(refused(format!("subject == \"{}\"", "x".repeat(MAX_LENGTH))), complex);
    assert_eq!(refused(vec!["escalated"; 150].join(" && ")), complex);
    assert_eq!(refused(format!("priority in [{}1]", "1, ".repeat(200))), complex);
    assert_eq!(refused(format!("priority == 1{}", "+1".repeat(900))), complex);
    for (open, close) in [("(", ")"), ("!(", ")"), ("[", "]"), ("{", "}"), ("f(", ")"), ("a?", "")]
    {
        assert_eq!(refused(open.repeat(900)), "FILTER_INVALID", "{open}");
        let nested = format!("{}escalated{}", open.repeat(300), close.repeat(300));
        assert_eq!(refused(nested), "FILTER_INVALID", "{open}");
    }
    let nested = format!("{}escalated{}", "(".repeat(30), ")".repeat(30));
    assert!(resource.compile(&nested, &[]).is_ok());
    assert!(resource.compile(&format!("{}escalated", "!".repeat(1999)), &[]).is_ok());
}

#[test]
fn filters_become_bound_sql() {
    let resource = thing::resource();
    let sources = [
        "",
        "true",
        "false",
        "state == \"OPEN\" && priority >= 2",
        "state == \"THING_STATE_OPEN\"",
        "!(state == \"OPEN\" || escalated)",
        "department_id == \"\"",
        "department_id != \"department_01h455vb4pex5vsknk084sn02q\"",
        "note == \"\"",
        "note != \"a\"",
        "!note.startsWith(\"ab\")",
        "subject.startsWith(\"ab\")",
        "rank < 1",
        "rank > 1",
        "rank in [0, 7]",
        "!(rank in [0, 7])",
        "state in [\"OPEN\"]",
        "due_at < timestamp(\"2026-11-22T10:00:00.0005Z\")",
        "due_at == timestamp(\"2026-11-22T10:00:00.0005Z\")",
        "!has(due_at)",
        "has(note) && !has(department_id)",
        "fields.color == \"red\"",
        "fields.color != \"red\"",
        "!has(fields.size)",
        "text.contains(\"refund\") && escalated",
    ];
    let mut table = String::new();
    for source in sources {
        let filter = resource.compile(source, &[]).unwrap();
        let mut select = Query::select();
        select
            .column(Alias::new("id"))
            .from(Alias::new("thing"))
            .cond_where(resource.condition(&filter));
        let (sql, values) = select.build(PostgresQueryBuilder);
        let bound: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
        let sql = sql.trim_start_matches("SELECT \"id\" FROM \"thing\"").trim_start();
        table.push_str(&format!("{source}\n    {sql}\n    {}\n", bound.join(", ")));
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_filter_must_hold_an_index_shape() {
    let resource = thing::resource();
    let serving = |source: &str| {
        let filter = resource.compile(source, &[]).unwrap();
        resource.shapes_for(&filter).map(|shapes| {
            shapes
                .iter()
                .map(|shape| format!("{shape} by {:?}", shape.order().len()))
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(serving("").unwrap(), ["a range of created_at by 1"]);
    let by_state = ["state == … by 1", "state == … by 2"];
    assert_eq!(serving("state == \"OPEN\"").unwrap(), by_state);
    assert_eq!(serving("state in [\"OPEN\", \"SOLVED\"] && subject == \"a\"").unwrap(), by_state);
    assert_eq!(
        serving("department_id == \"\" && state == \"OPEN\"").unwrap()[0],
        "department_id == … && state == … by 1"
    );
    let now = "timestamp(\"2026-11-22T10:00:00Z\")";
    assert_eq!(serving(&format!("created_at > {now}")).unwrap(), ["a range of created_at by 1"]);
    assert_eq!(serving(&format!("due_at < {now}")).unwrap(), ["a range of due_at by 1"]);
    assert_eq!(serving("fields.color == \"red\"").unwrap(), ["fields.color == … by 0"]);
    for source in [
        "subject == \"a\"",
        "state != \"OPEN\"",
        "state == \"OPEN\" || escalated",
        "department_id == \"\"",
        "has(due_at)",
        "!has(due_at)",
        "escalated",
        "fields.color == \"\"",
        "fields.color in [\"red\", \"\"]",
    ] {
        let error = serving(source).expect_err(source);
        assert_eq!(error.reason(), "FILTER_NOT_INDEXED");
        assert_eq!(
            error.metadata()[0].1,
            "a range of created_at; a range of due_at; state == …; state == …; \
             department_id == … && state == …; fields.color == …"
        );
    }
}

#[test]
fn contains_in_memory_asks_the_search_analyser() {
    let resource = thing::resource();
    let filter = resource.compile("text.contains(\"REEMBOLSO 退款\") && !escalated", &[]).unwrap();
    let thing = |subject: &str| Thing { subject: subject.into(), ..Thing::default() };
    assert!(filter.matches(&thing("los reembolsos: 申请退款")));
    assert!(!filter.matches(&thing("los reembolsos")));
    assert!(!filter.matches(&Thing { escalated: true, ..thing("reembolso 退款") }));
    assert!(filter.search().is_some());
}

/// Pieces from which texts are made that come closer to filters than random characters do.
const PIECES: [&str; 40] = [
    "state",
    "subject",
    "due_at",
    "fields",
    "color",
    "text",
    "escalated",
    "nope",
    "==",
    "!=",
    "<=",
    ">",
    " && ",
    " || ",
    "!",
    " in ",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    ",",
    ".",
    "?",
    ":",
    "\"OPEN\"",
    "\"",
    "'",
    "\\",
    "1",
    "-",
    "+",
    "2.5",
    "timestamp(",
    "duration(\"1h\")",
    "startsWith(",
    "contains(",
    "has(",
    "é",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_text_compiles_or_is_refused(text: String) {
        let _ = thing::resource().compile(&text, &[]);
    }

    #[test]
    fn any_sequence_of_signs_compiles_or_is_refused(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40)
    ) {
        let resource = thing::resource();
        if let Ok(filter) = resource.compile(&pieces.concat(), &[]) {
            let _ = (resource.condition(&filter), filter.matches(&Thing::default()));
        }
    }

    #[test]
    fn any_bytes_compile_or_are_refused(bytes: Vec<u8>) {
        let _ = thing::resource().compile(&String::from_utf8_lossy(&bytes), &[]);
    }
}
