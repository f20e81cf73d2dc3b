//! Generated lists of commands must come to what running them one after another comes to.

use std::collections::BTreeSet;

use kefu_kernel::{Call, Scope};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::harness::{BRANCH, Replica, assert_same, call_as, id, read};
use crate::backends::Fresh;
use crate::fixture::model::{Model, Told};
use crate::fixture::ops::Op;
use crate::fixture::reset;

crate::on_both!(lists_equal_the_model, two_runners_equal_some_order);

fn account() -> impl Strategy<Value = Uuid> {
    (1..=4_u128).prop_map(id)
}

fn etag() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => Just(String::new()),
        5 => (0..12_i64).prop_map(|version| version.to_string()),
        1 => Just("no etag".to_owned()),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let branch = prop_oneof![Just(None), Just(Some(BRANCH)), Just(Some(Uuid::from_u128(0xb2)))];
    prop_oneof![
        4 => (account(), 0..6_u8, branch).prop_map(|(id, key, branch)| {
            Op::Open { id, key: format!("key {key}"), branch }
        }),
        6 => (account(), 1..50_i64, 0..40_u8).prop_map(|(id, amount, code)| {
            Op::Deposit { id, amount, code: format!("code {code}") }
        }),
        1 => (account(), 0..40_u8).prop_map(|(id, code)| {
            Op::Deposit { id, amount: 666, code: format!("code {code}") }
        }),
        4 => (account(), 1..60_i64).prop_map(|(id, amount)| Op::Withdraw { id, amount }),
        3 => (account(), 0..3_u8, etag()).prop_map(|(id, name, etag)| {
            Op::Rename { id, name: format!("客户 {name}"), etag }
        }),
        3 => (account(), 0..30_i64, etag()).prop_map(|(id, credit, etag)| {
            Op::SetCredit { id, credit, etag }
        }),
        1 => (account(), etag()).prop_map(|(id, etag)| Op::Close { id, etag }),
        3 => (account(), 0..3_u8, proptest::option::of(0..3_i16)).prop_map(|(id, label, level)| {
            Op::Card { id, label: format!("card {label}"), level }
        }),
        3 => (account(), account(), 1..40_i64).prop_map(|(from, to, amount)| {
            Op::Transfer { from, to, amount }
        }),
        2 => (account(), (101..=102_u128).prop_map(id)).prop_map(|(account, pot)| {
            Op::Collect { account, pot }
        }),
        1 => account().prop_map(|id| Op::Touch { id }),
        1 => account().prop_map(|id| Op::Panic { id }),
        1 => (0..6_u8).prop_map(|key| Op::FindByKey { key: format!("key {key}") }),
    ]
}

/// A command with its caller; few request ids, so that many are used again.
fn asked() -> impl Strategy<Value = (Call, Op)> {
    (op(), any::<bool>(), proptest::option::weighted(0.4, 0..12_u8)).prop_map(
        |(op, clerk, request)| {
            let request = request.map(|number| format!("request {number}"));
            let call = if clerk {
                let scope = Scope::Branches(BTreeSet::from([BRANCH]));
                call_as("key_clerk", scope, &op, request.as_deref())
            } else {
                call_as("key_all", Scope::All, &op, request.as_deref())
            };
            (call, op)
        },
    )
}

/// A list of commands with their callers.
struct List(Vec<(Call, Op)>);

impl std::fmt::Debug for List {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (call, op) in &self.0 {
            writeln!(f, "{} {:?} {op:?}", call.principal.id, call.request_id)?;
        }
        Ok(())
    }
}

/// Lists in which repeats of earlier commands, word for word, are common.
fn list(length: usize) -> impl Strategy<Value = List> {
    let again = proptest::option::weighted(0.15, any::<prop::sample::Index>());
    proptest::collection::vec((asked(), again), 1..length).prop_map(|drawn| {
        let mut list: Vec<(Call, Op)> = Vec::new();
        for (asked, again) in drawn {
            let repeat =
                again.filter(|_| !list.is_empty()).map(|at| list[at.index(list.len())].clone());
            list.push(repeat.unwrap_or(asked));
        }
        List(list)
    })
}

fn check(cases: u32, one: impl Fn(Vec<(Call, Op)>), length: usize) {
    let mut runner = TestRunner::new(Config {
        cases,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Config::default()
    });
    let result = runner.run(&list(length), |List(list)| {
        one(list);
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}

async fn lists_equal_the_model(fresh: Fresh) {
    let replica = Replica::start(&fresh).await;
    let handle = Handle::current();
    tokio::task::block_in_place(|| {
        check(60, |list| handle.block_on(equals_model(&replica, &list)), 80);
    });
    replica.stop().await;
}

async fn equals_model(replica: &Replica, list: &[(Call, Op)]) {
    reset(&replica.store).await;
    let told = replica.run_all(list).await;
    let mut model = Model::default();
    let expected: Vec<Told> = list.iter().map(|(call, op)| model.run(call, op)).collect();
    assert_eq!(told, expected);
    assert_same(&replica.store, &model).await;
}

async fn two_runners_equal_some_order(fresh: Fresh) {
    let (one, two) = (Replica::start(&fresh).await, Replica::start(&fresh).await);
    let handle = Handle::current();
    tokio::task::block_in_place(|| {
        check(40, |list| handle.block_on(equals_some_order(&one, &two, &list)), 60);
    });
    one.stop().await;
    two.stop().await;
}

/// Deals the list to two processes; what they did must be what one would have done in some order.
async fn equals_some_order(one: &Replica, two: &Replica, list: &[(Call, Op)]) {
    reset(&one.store).await;
    let (left, right): (Vec<_>, Vec<_>) =
        list.iter().cloned().enumerate().partition(|(index, _)| index % 2 == 0);
    let bare = |dealt: &[(usize, (Call, Op))]| -> Vec<(Call, Op)> {
        dealt.iter().map(|(_, asked)| asked.clone()).collect()
    };
    let (left_ops, right_ops) = (bare(&left), bare(&right));
    let (left_told, right_told) = tokio::join!(one.run_all(&left_ops), two.run_all(&right_ops));
    let mut effects: Vec<(&(Call, Op), Told)> = Vec::new();
    let mut rest: Vec<(&(Call, Op), Told)> = Vec::new();
    for (asked, told) in left_ops.iter().zip(left_told).chain(right_ops.iter().zip(right_told)) {
        let list = if changes(&asked.1, &told) { &mut effects } else { &mut rest };
        list.push((asked, told));
    }
    let (model, states) = replay(effects);
    let mut found = read(&one.store).await;
    let mut model = model;
    // Commands that changed nothing leave only their replies behind.
    for ((call, _), told) in &rest {
        if let (Told::Done(reply), Some(request)) = (told, &call.request_id) {
            let key = (call.principal.id.clone(), request.clone());
            model.answered.insert(key, (call.fingerprint, reply.clone()));
        }
    }
    found.sent.sort_unstable();
    model.sent.sort_unstable();
    assert_eq!(found, model);
    for (asked, told) in &rest {
        explain(&states, &model, asked, told);
    }
}

/// Whether the command was told that it made a new version of something.
fn changes(op: &Op, told: &Told) -> bool {
    matches!(told, Told::Done(_)) && !matches!(op, Op::Touch { .. } | Op::FindByKey { .. })
}

/// Finds an order of the successes in which the model gives each the same reply. Each reply names
/// the versions that it made or saw, so whichever fits may be next, unless another has still to see
/// what it would change.
fn replay(mut waiting: Vec<(&(Call, Op), Told)>) -> (Model, Vec<Model>) {
    let mut model = Model::default();
    let mut states = vec![model.clone()];
    while !waiting.is_empty() {
        let next = (0..waiting.len()).find_map(|index| {
            let ((call, op), told) = &waiting[index];
            let mut after = model.clone();
            let fits = after.run(call, op) == *told;
            let in_time = || {
                let others = waiting.iter().enumerate().filter(|(other, _)| *other != index);
                others.filter_map(|(_, other)| seen(other)).all(|(id, version)| {
                    let at = |model: &Model| model.accounts.get(&id).map(|found| found.version);
                    at(&model) != Some(version) || at(&after) == Some(version)
                })
            };
            (fits && in_time()).then_some((index, after.clone()))
        });
        let Some((index, after)) = next else {
            let waiting: Vec<_> = waiting.iter().map(|((_, op), told)| (op, told)).collect();
            panic!("no order explains {waiting:#?}\nafter {model:#?}");
        };
        model = after;
        states.push(model.clone());
        waiting.remove(index);
    }
    (model, states)
}

/// The version of another aggregate that a command saw.
fn seen((asked, told): &(&(Call, Op), Told)) -> Option<(Uuid, i64)> {
    match (&asked.1, told) {
        (Op::Collect { account, .. }, Told::Done(reply)) => Some((*account, reply.seen)),
        _ => None,
    }
}

/// A refusal must be what the model says in some state that the commands went through.
fn explain(states: &[Model], last: &Model, (call, op): &(Call, Op), told: &Told) {
    match told {
        // Others were in the way: never wrong, and nothing was left behind.
        Told::Aborted => {}
        Told::Replayed(reply) => {
            let request = call.request_id.clone().expect("only a request id is answered again");
            let (fingerprint, stored) = &last.answered[&(call.principal.id.clone(), request)];
            assert_eq!((fingerprint, stored), (&call.fingerprint, reply));
        }
        Told::Reused => {
            let request = call.request_id.clone().expect("only a request id is used again");
            let (fingerprint, _) = &last.answered[&(call.principal.id.clone(), request)];
            assert_ne!(*fingerprint, call.fingerprint);
        }
        told => {
            let anew = Call { request_id: None, ..call.clone() };
            let explained = mixtures(states, op).any(|mut state| state.run(&anew, op) == *told);
            assert!(explained, "nothing explains {told:?} to {op:?}");
        }
    }
}

type Mix<'a> = Box<dyn Fn(&mut Model, &Model) + 'a>;

/// The states that the commands went through. Commands on other things may have come earlier or later
/// than in the order that was found, so what a command reads is combined from different moments.
fn mixtures<'a>(states: &'a [Model], op: &'a Op) -> Box<dyn Iterator<Item = Model> + 'a> {
    let mix: Mix<'_> = match op {
        Op::Transfer { to, .. } => Box::new(|state: &mut Model, other: &Model| {
            state.accounts.remove(to);
            state.accounts.extend(other.accounts.get(to).cloned().map(|it| (*to, it)));
        }),
        Op::Open { .. } => Box::new(|state: &mut Model, other: &Model| {
            state.keys.clone_from(&other.keys);
        }),
        _ => return Box::new(states.iter().cloned()),
    };
    Box::new(states.iter().flat_map(move |state| {
        let mixed = states.iter().map(|other| {
            let mut state = state.clone();
            mix(&mut state, other);
            state
        });
        mixed.collect::<Vec<_>>()
    }))
}
