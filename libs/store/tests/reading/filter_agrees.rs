//! CEL's own evaluator, the compiled filter in memory, SQLite and PostgreSQL give the same rows for
//! generated filters over generated rows.

use std::sync::Arc;

use cel::common::ast::{Expr, IdedExpr};
use cel::parser::Macro;
use cel::{Context, Env, Program};
use kefu_kernel::Timestamp;
use kefu_store::filter::{Filter, Resource, Value};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use sea_orm::DatabaseConnection;
use uuid::Uuid;

use crate::backends::{cases_of, on_each, run};
use crate::thing::{self, DepartmentId, STATES, Thing, ThingId};

const TEXTS: [&str; 12] = [
    "",
    "a",
    "ab",
    "abc",
    "b",
    "Z",
    "é",
    "中文",
    "\u{d7ff}",
    "\u{10ffff}",
    "a\u{10ffff}b",
    "it's \"100%\" _\\",
];
const NUMBERS: [i64; 7] = [i64::MIN, -1, 0, 1, 2, 3, i64::MAX];
/// Around a few milliseconds, some between two of them.
const TIMES: [&str; 6] = [
    "1969-12-31T23:59:59.999Z",
    "1970-01-01T00:00:00Z",
    "2026-11-22T10:00:00.001Z",
    "2026-11-22T10:00:00.0015Z",
    "2026-11-22T12:00:00.002+02:00",
    "2026-11-22T10:00:00.003Z",
];
const MILLIS: [i64; 5] = [-1, 0, 1_795_341_600_001, 1_795_341_600_002, 1_795_341_600_003];

#[test]
fn every_evaluator_lets_the_same_rows_through() {
    let resource = thing::resource();
    let mut filters = 0_u32;
    let counted = std::cell::RefCell::new(&mut filters);
    on_each(|db| {
        let (resource, counted) = (&resource, &counted);
        async move {
            thing::create(&db).await;
            let mut runner = TestRunner::new(cases_of(48));
            let cases = (
                proptest::collection::vec(any_thing(), 1..24),
                proptest::collection::vec(any_filter(), 8),
            );
            let handle = tokio::runtime::Handle::current();
            let outcome = tokio::task::block_in_place(|| {
                runner.run(&cases, |(things, filters)| {
                    **counted.borrow_mut() += 8;
                    handle.block_on(agree(&db, resource, &things, &filters))
                })
            });
            if let Err(failure) = outcome {
                panic!("{failure}");
            }
        }
    });
    println!("{filters} filters agreed");
}

async fn agree(
    db: &DatabaseConnection,
    resource: &Resource,
    things: &[Thing],
    filters: &[String],
) -> Result<(), TestCaseError> {
    run(db, &["DELETE FROM thing", "DELETE FROM thing_field"]).await;
    let things = numbered(things);
    thing::insert(db, &things).await;
    for source in filters {
        let filter = match resource.compile(source, &constants()) {
            Ok(filter) => filter,
            // A generated filter may be larger than filters may be.
            Err(error) if error.to_string().contains("too large") => continue,
            Err(error) => return Err(TestCaseError::fail(format!("{source}: {error}"))),
        };
        let expected = by_cel(source, &things)?;
        prop_assert_eq!(&by_rows(&filter, &things), &expected, "in memory: {}", source);
        let sql = thing::ids(db, resource.condition(&filter)).await;
        prop_assert_eq!(&sql, &expected, "{:?}: {}", db.get_database_backend(), source);
    }
    Ok(())
}

fn numbered(things: &[Thing]) -> Vec<Thing> {
    let mut things = things.to_vec();
    for (number, thing) in things.iter_mut().enumerate() {
        thing.id = Uuid::from_u128(number as u128 + 1);
    }
    things
}

fn constants() -> [(&'static str, Value); 2] {
    [
        ("now", Value::Time(Timestamp::from_millis(MILLIS[3]))),
        ("mine", Value::Id(department(1).unwrap())),
    ]
}

fn by_rows(filter: &Filter, things: &[Thing]) -> Vec<Uuid> {
    let passes = |thing: &&Thing| {
        let holds = filter.matches(*thing);
        assert_eq!(filter.matches(&thing::map(thing)), holds, "a model and a map differ");
        holds
    };
    things.iter().filter(passes).map(|thing| thing.id).collect()
}

/// CEL's own answer: an unset field is bound as its default, an unset timestamp is not bound at all,
/// and a filter that fails lets nothing through.
fn by_cel(source: &str, things: &[Thing]) -> Result<Vec<Uuid>, TestCaseError> {
    let mut env = Env::default().with_stdlib();
    env.add_macro(Macro::global("has", 1, |helper, _, arguments| {
        let field = arguments.pop().map(|argument| name(&argument)).unwrap_or_default();
        Ok(Some(helper.next_expr(Expr::Ident(format!("has {field}")))))
    }))
    .unwrap();
    let env = Arc::new(env);
    let program =
        env.compile(source).map_err(|error| TestCaseError::fail(format!("{source}: {error}")))?;
    let mut passing = Vec::new();
    for thing in things {
        let mut context = Context::with_env(Arc::clone(&env));
        bind(&mut context, thing);
        if program.execute(&context) == Ok(cel::Value::Bool(true)) {
            passing.push(thing.id);
        }
    }
    Ok(passing)
}

fn name(expression: &IdedExpr) -> String {
    match &expression.expr {
        Expr::Ident(name) => name.clone(),
        Expr::Select(select) => format!("{}.{}", name(&select.operand), select.field),
        _ => String::new(),
    }
}

fn bind(context: &mut Context<'_, '_>, thing: &Thing) {
    let state = STATES.iter().find(|(_, number)| *number == thing.state).unwrap().0;
    let state = state.trim_start_matches("THING_STATE_").to_owned();
    let department = thing.department_id.map(|id| DepartmentId::from(id).to_string());
    let note = thing.note.clone().unwrap_or_default();
    let (rank, urgent) = (thing.rank.unwrap_or_default(), thing.urgent.unwrap_or_default());
    let color = thing.color.clone().unwrap_or_default();
    let size = thing.size.unwrap_or_default();
    let set = [
        ("id", true),
        ("state", thing.state != 0),
        ("department_id", department.is_some()),
        ("subject", !thing.subject.is_empty()),
        ("note", !note.is_empty()),
        ("priority", thing.priority != 0),
        ("rank", rank != 0),
        ("escalated", thing.escalated),
        ("urgent", urgent),
        ("due_at", thing.due_at.is_some()),
        ("created_at", true),
        ("fields.color", !color.is_empty()),
        ("fields.size", size != 0),
    ];
    for (field, set) in set {
        context.add_variable_from_value(format!("has {field}"), set);
    }
    context.add_variable_from_value("id", ThingId::from(thing.id).to_string());
    context.add_variable_from_value("state", state);
    context.add_variable_from_value("department_id", department.unwrap_or_default());
    context.add_variable_from_value("subject", thing.subject.clone());
    context.add_variable_from_value("note", note);
    context.add_variable_from_value("priority", i64::from(thing.priority));
    context.add_variable_from_value("rank", rank);
    context.add_variable_from_value("escalated", thing.escalated);
    context.add_variable_from_value("urgent", urgent);
    context.add_variable_from_value("created_at", instant(thing.created_at));
    context.add_variable_from_value("fields.color", color);
    context.add_variable_from_value("fields.size", size);
    context.add_variable_from_value("now", instant(MILLIS[3]));
    let mine = DepartmentId::from(self::department(1).unwrap()).to_string();
    context.add_variable_from_value("mine", mine);
    if let Some(due_at) = thing.due_at {
        context.add_variable_from_value("due_at", instant(due_at));
    }
}

fn instant(millis: i64) -> cel::Value {
    let source = format!("timestamp(\"{}\")", Timestamp::from_millis(millis));
    Program::compile(&source).unwrap().execute(&Context::default()).unwrap()
}

fn department(number: u128) -> Option<Uuid> {
    (number > 0).then(|| Uuid::from_u128(number << 64))
}

fn any_thing() -> impl Strategy<Value = Thing> {
    let text = || prop::sample::select(&TEXTS[..]).prop_map(str::to_owned);
    let number = || prop::sample::select(&NUMBERS[..]);
    let millis = || prop::sample::select(&MILLIS[..]);
    let first = (
        0..4_i32,
        0..4_u128,
        text(),
        prop::option::of(text()),
        -1..4_i32,
        prop::option::of(number()),
    );
    let second = (
        any::<bool>(),
        any::<Option<bool>>(),
        prop::option::of(millis()),
        millis(),
        prop::option::of(text()),
        prop::option::of(number()),
    );
    (first, second).prop_map(|(first, second)| {
        let (state, department, subject, note, priority, rank) = first;
        let (escalated, urgent, due_at, created_at, color, size) = second;
        Thing {
            id: Uuid::nil(),
            state,
            department_id: self::department(department),
            subject,
            note,
            priority,
            rank,
            escalated,
            urgent,
            due_at,
            created_at,
            color,
            size,
        }
    })
}

fn any_filter() -> impl Strategy<Value = String> {
    any_test().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|parts| format!("({})", parts.join(" && "))),
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|parts| format!("({})", parts.join(" || "))),
            inner.prop_map(|part| format!("!({part})")),
        ]
    })
}

fn any_test() -> impl Strategy<Value = String> {
    let order = || prop::sample::select(&["==", "!=", "<", "<=", ">", ">="][..]);
    let equality = || prop::sample::select(&["==", "!="][..]);
    let text_field = || prop::sample::select(&["subject", "note", "fields.color"][..]);
    let number_field = || prop::sample::select(&["priority", "rank", "fields.size"][..]);
    let time_field = || prop::sample::select(&["due_at", "created_at"][..]);
    let bool_field = || prop::sample::select(&["escalated", "urgent"][..]);
    prop_oneof![
        compared(text_field(), order(), any_text()),
        compared(number_field(), order(), any_number()),
        compared(time_field(), order(), any_time()),
        compared(bool_field(), equality(), any::<bool>().prop_map(|value| value.to_string())),
        compared(Just("state"), equality(), any_state()),
        compared(Just("department_id"), equality(), any_department()),
        compared(Just("id"), equality(), any_thing_id()),
        one_of(text_field(), any_text()),
        one_of(number_field(), any_number()),
        one_of(time_field(), any_time()),
        one_of(Just("state"), any_state()),
        one_of(Just("department_id"), any_department()),
        (text_field(), any_text()).prop_map(|(field, text)| format!("{field}.startsWith({text})")),
        bool_field().prop_map(str::to_owned),
        any_field().prop_map(|field| format!("has({field})")),
        any::<bool>().prop_map(|value| value.to_string()),
    ]
}

/// A comparison, with the field on either side.
fn compared(
    field: impl Strategy<Value = &'static str>,
    operator: impl Strategy<Value = &'static str>,
    constant: impl Strategy<Value = String>,
) -> impl Strategy<Value = String> {
    (field, operator, constant, any::<bool>()).prop_map(|(field, operator, constant, flipped)| {
        if flipped {
            format!("{constant} {operator} {field}")
        } else {
            format!("{field} {operator} {constant}")
        }
    })
}

fn one_of(
    field: impl Strategy<Value = &'static str>,
    constant: impl Strategy<Value = String>,
) -> impl Strategy<Value = String> {
    (field, prop::collection::vec(constant, 0..4))
        .prop_map(|(field, constants)| format!("{field} in [{}]", constants.join(", ")))
}

fn any_field() -> impl Strategy<Value = &'static str> {
    prop::sample::select(
        &[
            "id",
            "state",
            "department_id",
            "subject",
            "note",
            "priority",
            "rank",
            "escalated",
            "urgent",
            "due_at",
            "created_at",
            "fields.color",
            "fields.size",
        ][..],
    )
}

fn any_text() -> impl Strategy<Value = String> {
    prop::sample::select(&TEXTS[..])
        .prop_map(|text| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

fn any_number() -> impl Strategy<Value = String> {
    prop::sample::select(&NUMBERS[..]).prop_map(|number| number.to_string())
}

fn any_time() -> impl Strategy<Value = String> {
    let time =
        || prop::sample::select(&TIMES[..]).prop_map(|time| format!("timestamp(\"{time}\")"));
    let by = prop::sample::select(&["0s", "1ms", "1.5ms", "2h", "-1h30m", "500us"][..]);
    prop_oneof![
        time(),
        (time(), prop::sample::select(&["+", "-"][..]), by)
            .prop_map(|(time, sign, by)| format!("{time} {sign} duration(\"{by}\")")),
        Just("now".to_owned()),
        Just("now + duration(\"1ms\")".to_owned()),
    ]
}

fn any_state() -> impl Strategy<Value = String> {
    prop::sample::select(&["UNSPECIFIED", "OPEN", "SOLVED", "CLOSED"][..])
        .prop_map(|name| format!("\"{name}\""))
}

fn any_department() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..4_u128).prop_map(|number| match department(number) {
            Some(id) => format!("\"{}\"", DepartmentId::from(id)),
            None => "\"\"".to_owned(),
        }),
        Just("mine".to_owned()),
    ]
}

fn any_thing_id() -> impl Strategy<Value = String> {
    (0..24_u128).prop_map(|number| format!("\"{}\"", ThingId::from(Uuid::from_u128(number))))
}
