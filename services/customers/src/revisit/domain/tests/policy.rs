//! Policies: what is shipped, what is refused, what makes a next version.

use kefu_kernel::Fault;

use super::support::Desk;
use crate::revisit::domain::words::Occasion;
use crate::revisit::domain::{Policy, Rule};

fn refused(spoil: impl Fn(&mut Rule)) -> Vec<String> {
    let desk = Desk::new();
    let policy = desk.policy("complaint_closed");
    let mut rule = policy.rule.clone();
    spoil(&mut rule);
    let error = policy.update(rule).unwrap_err();
    assert_eq!(error.reason(), "VALIDATION_FAILED");
    error.field_violations().into_iter().map(|violation| violation.field).collect()
}

#[test]
fn what_departments_promise_is_shipped() {
    let desk = Desk::new();
    let promise = |code: &str| {
        let rule = &desk.policy(code).rule;
        (rule.occasion, rule.share_percent, rule.due_day)
    };
    assert_eq!(promise("complaint_closed"), (Occasion::ComplaintClosed, 100, 3));
    assert_eq!(promise("complaint_open"), (Occasion::ComplaintOpen, 100, 3));
    assert_eq!(promise("delivered"), (Occasion::Delivered, 100, 2));
    assert_eq!(promise("member"), (Occasion::Member, 100, 3));
}

#[test]
fn everything_that_is_wrong_with_a_rule_is_told() {
    assert_eq!(refused(|rule| rule.share_percent = 0), ["policy.share_percent"]);
    assert_eq!(refused(|rule| rule.share_percent = 101), ["policy.share_percent"]);
    assert_eq!(refused(|rule| rule.opens_after_days = 3), ["policy.opens_after_days"]);
    assert_eq!(refused(|rule| rule.due_day = 400), ["policy.due_day"]);
    assert_eq!(refused(|rule| rule.max_attempts = 21), ["policy.max_attempts"]);
    assert_eq!(refused(|rule| rule.script.push(rule.script[0].clone())), ["policy.script[4].code"]);
    let both = refused(|rule| {
        rule.channels.clear();
        rule.max_attempts = 0;
    });
    assert_eq!(both, ["policy.channels", "policy.max_attempts"]);
}

#[test]
fn a_change_makes_the_next_version_and_no_change_makes_none() {
    let mut desk = Desk::new();
    let rule = desk.policy("delivered").rule.clone();
    let id = desk.id::<crate::domain::ids::RevisitId>();
    let id = kefu_kernel::Id::uuid(id);
    let (policy, told) = Policy::create(&desk.context(), id, "ours".into(), rule.clone()).unwrap();
    assert_eq!((policy.version, told.len()), (1, 1));
    let (same, told) = policy.update(rule.clone()).unwrap();
    assert!(same == policy && told.is_empty());
    let (next, told) = policy.update(Rule { active: false, share_percent: 20, ..rule }).unwrap();
    assert_eq!(
        (next.version, &told[0].changed),
        (2, &vec!["share_percent".into(), "active".into()])
    );
}
