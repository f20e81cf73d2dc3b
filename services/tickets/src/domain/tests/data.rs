//! The data that the rules go by: what ships is sound, and what is not sound is named.

use crate::domain::policies::{Policies, Policy};
use crate::domain::rules::Rules;
use crate::domain::types::TicketTypes;

#[test]
fn the_shipped_types_and_policies_fit_together() {
    let types = TicketTypes::shipped().unwrap();
    let codes: Vec<_> = types.iter().map(|kind| kind.code.as_str()).collect();
    assert_eq!(codes, ["inquiry", "complaint", "suggestion", "other"]);
    assert_eq!(types.permissions().into_iter().collect::<Vec<_>>(), ["tickets.close_unsolved"]);
    let policies = Policies::shipped().unwrap();
    assert!(policies.iter().any(|policy: &Policy| policy.code == "phone.first_answer"));
    Rules::new(types, policies).unwrap();
}

/// A sound type, which the tests then spoil.
const TYPE: &str = r#"
[[type]]
code = "trace"
names = { en = "Trace", es = "Rastreo", zh = "查货" }
states = [
  { code = "new", category = "new", names = { en = "New", es = "Nuevo", zh = "新建" } },
  { code = "open", category = "open", names = { en = "Open", es = "Abierto", zh = "处理中" } },
  { code = "found", category = "solved", names = { en = "Found", es = "Hallado", zh = "已找到" } },
  { code = "closed", category = "closed", names = { en = "Closed", es = "Cerrado", zh = "已关闭" } },
]
transitions = [
  { from = ["open"], to = "found", required_fields = ["cause", "outlet"] },
  { from = ["found"], to = "closed" },
]
fields = [
  { code = "outlet", kind = "choice", choices = ["north"], names = { en = "Outlet", es = "Oficina", zh = "网点" } },
]
"#;

#[test]
fn a_further_type_is_data() {
    let types = TicketTypes::parse(TYPE).unwrap();
    let kind = types.get("trace").unwrap();
    assert_eq!(kind.way("open", "found").unwrap().required_fields, ["cause", "outlet"]);
    assert!(kind.way("new", "found").is_none());
}

#[test]
fn a_type_that_contradicts_the_rules_is_refused_by_name() {
    let spoiled = [
        ("code = \"trace\"", "code = \"Trace\"", "type `Trace`: `Trace` is not a code"),
        ("zh = \"查货\"", "zh = \"\"", "the type has no name in `zh`"),
        ("category = \"solved\"", "category = \"pending\"", "no state of the category `solved`"),
        (
            "to = \"found\"",
            "to = \"new\"",
            "`new` is of the category new and is never entered again",
        ),
        (
            "from = [\"found\"], to = \"closed\"",
            "from = [\"closed\"], to = \"found\"",
            "no way leads from",
        ),
        (
            "from = [\"found\"], to = \"closed\"",
            "from = [\"found\"], to = \"open\"",
            "no way leads from",
        ),
        ("from = [\"found\"]", "from = [\"lost\"]", "`lost` is no state"),
        ("from = [\"open\"]", "from = [\"open\", \"open\"]", "is there twice"),
        ("[\"cause\", \"outlet\"]", "[\"reason\"]", "needs `reason`, which is no field"),
        ("code = \"outlet\"", "code = \"cause\"", "has the name of a field that everything has"),
        ("choices = [\"north\"], ", "", "has choices if and only if its kind is choice"),
        ("  { from = [\"found\"], to = \"closed\" },\n", "", "state `closed` cannot be reached"),
        ("kind = \"choice\"", "kind = \"colour\"", "types of tickets: "),
    ];
    for (sound, wrong, expected) in spoiled {
        let toml = TYPE.replacen(sound, wrong, 1);
        assert_ne!(toml, TYPE, "`{sound}` is in the type");
        let error = TicketTypes::parse(&toml).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let twice = TicketTypes::parse(&TYPE.repeat(2)).unwrap_err().to_string();
    assert_eq!(twice, "type `trace`: is there twice");
}

#[test]
fn a_type_without_a_way_to_its_end_is_refused() {
    let dead_end = TYPE.replacen(
        "  { code = \"found\"",
        "  { code = \"stuck\", category = \"closed\", names = { en = \"S\", es = \"S\", zh = \"S\" } },\n  \
         { code = \"found\"",
        1,
    );
    let no_way = dead_end.replacen(
        "from = [\"open\"], to = \"found\"",
        "from = [\"open\"], to = \"stuck\"",
        1,
    );
    let error = TicketTypes::parse(&no_way).unwrap_err().to_string();
    assert!(error.contains("cannot be reached") || error.contains("no way leads"), "{error}");
}

#[test]
fn a_policy_that_contradicts_the_rules_is_refused_by_name() {
    let policy = |rest: &str| {
        format!("[[policy]]\ncode = \"p\"\nversion = 1\nkind = \"resolution\"\n{rest}")
    };
    let spoiled = [
        ("", "policy `p`: has one of working_minutes, elapsed_minutes and days"),
        ("days = 7\nelapsed_minutes = 5", "has one of working_minutes"),
        ("elapsed_minutes = 5\nuntil = \"same_time\"", "has `until` without `days`"),
        ("elapsed_minutes = 0", "the allowance must be longer than nothing"),
        ("elapsed_minutes = 5\nladder = [100]", "the ladder must be"),
        (
            "elapsed_minutes = 5\npauses_in = [\"open\"]",
            "stands still in `pending` and `on_hold` only",
        ),
        ("elapsed_minutes = 5\nof = \"call\"", "a call has a clock of its first answer only"),
        ("elapsed_minutes = 5\ncolour = \"red\"", "unknown field `colour`"),
    ];
    for (rest, expected) in spoiled {
        let error = Policies::parse(&policy(rest)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let legal = policy("days = 7\npauses_in = [\"pending\"]").replace("resolution", "legal");
    let error = Policies::parse(&legal).unwrap_err().to_string();
    assert!(error.contains("a legal deadline never stands still"), "{error}");
}

#[test]
fn a_policy_for_a_type_that_there_is_not_is_refused() {
    let policies = Policies::parse(
        "[[policy]]\ncode = \"p\"\nversion = 1\nkind = \"resolution\"\ntypes = [\"rumour\"]\ndays = 1\n",
    )
    .unwrap();
    let types = TicketTypes::shipped().unwrap();
    let error = Rules::new(types, policies).unwrap_err();
    assert_eq!(error.to_string(), "policy `p` is for the type `rumour`, which there is not");
}
