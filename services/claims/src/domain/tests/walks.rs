//! Random walks over every verb, by everybody, over two claims on one shipment: whatever is done in whatever order,
//! no claim reaches an illegal state, its ledger keeps its twelve promises, and its events tell one story.

use std::collections::BTreeSet;
use std::time::Duration;

use kefu_api_events::Subject;
use kefu_kernel::NewEvent;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::support::*;
use crate::claim::domain::create::NewExposure;
use crate::claim::domain::evidence::Move;
use crate::claim::domain::update::Patch;
use crate::claim::domain::{Claim, Decided};
use crate::domain::error::Error;
use crate::domain::words::*;
use crate::ledger::domain::Posting;
use crate::ledger::domain::recovery::{Incoming, NewRecovery};
use crate::offer::domain::Accepted;

/// Something that somebody does; numbers choose who, which and how much.
#[derive(Clone, Debug)]
pub struct Act {
    verb: usize,
    who: usize,
    which: usize,
    amount: i64,
    pub minutes: u64,
    pub claim: usize,
}

const VERBS: usize = 40;

pub fn acts() -> impl Strategy<Value = Vec<Act>> {
    let verb = prop_oneof![4 => Just(0_usize), 3 => 1..VERBS];
    let amount =
        prop_oneof![1..400_000_i64, 1..80_000_i64, 1..2_000_i64, Just(70_000), Just(70_001)];
    let minutes = prop_oneof![5 => 0..600_u64, 1 => 0..50_000_u64];
    let act = (verb, 0..EVERYBODY.len(), 0..4_usize, amount, minutes, 0..2_usize).prop_map(
        |(verb, who, which, amount, minutes, claim)| Act {
            verb,
            who,
            which,
            amount,
            minutes,
            claim,
        },
    );
    prop::collection::vec(act, 1..130)
}

fn pick<T: Clone>(list: &[T], which: usize) -> Result<T, Error> {
    let place = which.checked_rem(list.len()).ok_or(Error::HandlerRequired)?;
    Ok(list[place].clone())
}

pub fn perform(desk: &Desk, claim: &Claim, other: &Claim, act: &Act) -> Decided {
    let (who, which, amount) = (EVERYBODY[act.who], act.which, act.amount);
    let exposure = pick(&claim.exposures, which)?.id;
    match act.verb {
        0 => desk.forward(claim, amount),
        1..=14 => work(desk, claim, other, act),
        15 => desk.by(who, |c| claim.set_reserve(c, exposure, eur(amount), "known_more")),
        16 => desk.settle(claim, who, amount),
        17 => desk.by(who, |c| claim.propose(c, proposal(DecisionKind::Denial, None))),
        18 => desk.by(who, |c| claim.propose(c, proposal(DecisionKind::ExGratia, Some(amount)))),
        19 => {
            let expense = proposal(DecisionKind::Expense, Some(amount));
            let expense =
                crate::decision::domain::propose::Proposal { exposure: Some(exposure), ..expense };
            desk.by(who, |c| claim.propose(c, expense))
        }
        20 => desk.by(who, |c| claim.propose(c, proposal(DecisionKind::TimeLimitWaiver, None))),
        21 | 22 => {
            let id = pick(&claim.decisions, which)?.id;
            desk.by(who, |c| claim.sign(c, id, None))
        }
        23 => {
            let id = pick(&claim.decisions, which)?.id;
            desk.by(who, |c| claim.refuse(c, id, "too_much", String::new()))
        }
        24 => {
            let id = pick(&claim.decisions, which)?.id;
            desk.by(who, |c| claim.withdraw_decision(c, id))
        }
        _ => money(desk, claim, act),
    }
}

fn work(desk: &Desk, claim: &Claim, other: &Claim, act: &Act) -> Decided {
    let (who, which, amount) = (EVERYBODY[act.who], act.which, act.amount);
    let later = |minutes: u64| Some(desk.now.plus(Duration::from_secs(minutes.max(1) * 60)));
    match act.verb {
        11..=13 if which == 3 => reject(desk, claim, who),
        1 => desk.by(who, |c| claim.assign(c, pick(&[None, Some(person(who))], which)?, "")),
        2 => {
            let items = ["promise".to_owned(), "delivery_proof".to_owned()];
            let until = later(act.minutes).unwrap();
            desk.by(who, |c| claim.request_documents(c, &items[..1 + which % 2], until, "?".into()))
        }
        3 => {
            let kind = pick(&["promise", "pod", "photo_outer"], which)?;
            if let Some(evidence) = claim.evidence.get(act.who) {
                let (action, holder) = ("stored".to_owned(), "store".to_owned());
                let (place, note, at) = (String::new(), String::new(), None);
                let moved = Move { action, holder, place, note, at };
                return desk.by(who, |c| claim.record_custody(c, evidence.id, moved));
            }
            let new = file(kind, &format!("{kind}{amount}"));
            desk.by(who, |c| claim.add_evidence(c, vec![new], &Default::default()))
        }
        4 => {
            let id = pick(&claim.evidence, which)?.id;
            desk.by(who, |c| claim.withdraw_evidence(c, id, "mistake"))
        }
        5 => desk.by(who, |c| claim.waive_item(c, "promise", "known")),
        6 if which == 3 => {
            let link = pick(&claim.links, which)?;
            desk.by(who, |c| claim.unlink(c, link.kind, link.other))
        }
        6 => desk.by(who, |c| claim.link(c, LinkKind::ALL[which], other)),
        7 => desk.by(who, |c| {
            let cost_kind = CostKind::ALL[which];
            let cover = CoverKind::Goodwill;
            claim.add_exposure(c, NewExposure { peril: claim.kind, cover, cost_kind })
        }),
        8 => desk.assess(claim, who, amount),
        9 => desk.offer(claim, who, amount),
        10 => {
            let new = new_offer(desk.id(), amount, later(act.minutes));
            desk.by(who, |c| claim.record_counter_offer(c, new))
        }
        11 => {
            let offer = pick(&claim.offers, which)?.id;
            let by_link = which == 0;
            desk.by(who, |c| claim.accept_offer(c, Accepted { offer, channel: None, by_link }))
        }
        12 => reject(desk, claim, who),
        13 => {
            let id = pick(&claim.offers, which)?.id;
            desk.by(who, |c| claim.withdraw_offer(c, id))
        }
        _ => {
            let lines = Some(vec![line(amount, 1), line(1, 2)]);
            desk.by(who, |c| claim.update(c, Patch { lines, ..Patch::default() }))
        }
    }
}

fn reject(desk: &Desk, claim: &Claim, who: u128) -> Decided {
    let id = claim.open_offer().or(claim.offers.first()).ok_or(Error::HandlerRequired)?.id;
    desk.by(who, |c| claim.reject_offer(c, id, "", Some(Channel::Phone)))
}

fn money(desk: &Desk, claim: &Claim, act: &Act) -> Decided {
    let (who, which, amount) = (EVERYBODY[act.who], act.which, act.amount);
    let exposure = pick(&claim.exposures, which)?.id;
    match act.verb {
        25 => desk.add_payee(claim, who),
        26 => {
            let payee = pick(&claim.payees, which)?.id;
            desk.by(who, |c| claim.prepare_settlement(c, payee, None))
        }
        27 => {
            let payee = pick(&claim.payees, which).ok().map(|payee| payee.id);
            let new = crate::ledger::domain::payment::Order { payee, ..order(exposure, amount) };
            desk.by(who, |c| claim.order_payment(c, &new))
        }
        29 => {
            let payment = pick(&claim.payments, which)?;
            desk.by(who, |c| claim.confirm_payment(c, confirmed(&payment)))
        }
        30 | 31 => {
            let id = pick(&claim.payments, which)?.id;
            desk.by(who, |c| claim.fail_payment(c, id, "returned", act.verb == 31))
        }
        32 => {
            let (against, against_code) = (Party::Carrier, "acme".to_owned());
            let new = NewRecovery { exposure, against, against_code, amount: eur(amount) };
            desk.by(who, |c| claim.open_recovery(c, new))
        }
        33 => {
            let from = pick(&claim.recoveries, which)
                .map_or(Incoming::Salvage(exposure), |recovery| Incoming::Recovery(recovery.id));
            desk.by(who, |c| claim.record_recovery(c, received(from, amount, &amount.to_string())))
        }
        34 => {
            let from = Incoming::Salvage(exposure);
            desk.by(who, |c| claim.record_recovery(c, received(from, amount, "salvage")))
        }
        28 | 35 => {
            let id = pick(&claim.recoveries, which)?.id;
            desk.by(who, |c| claim.close_recovery(c, id, pick(&["", "refused"], which)?))
        }
        36 => {
            let id = pick(&claim.ledger.postings, which + act.who * 4)?.id;
            desk.by(who, |c| claim.reverse_posting(c, id, "mistake"))
        }
        37 => desk.by(who, |c| claim.appeal(c, person(SECOND), "too_low", "No!".into())),
        38 => desk.by(who, |c| claim.withdraw(c, "")),
        _ => {
            let resolution = Resolution::ALL[amount.unsigned_abs() as usize % 6];
            desk.by(who, |c| claim.close(c, resolution, String::new()))
        }
    }
}

/// What holds of a claim at all times.
fn check(desk: &Desk, claim: &Claim) {
    let rules = claim.check_ledger(&desk.shipment);
    assert!(rules.iter().all(|rule| rule.detail.is_empty()), "{rules:?}");
    let open = claim.offers.iter().filter(|offer| offer.is_open()).count();
    assert!(open <= usize::from(claim.state == State::Negotiating), "an offer is open elsewhere");
    let matter = claim.pending_decisions().filter(|d| d.kind.is_on_the_matter()).count();
    assert_eq!(matter, usize::from(claim.state == State::DecisionPending));
    assert_eq!(claim.closed_at.is_some(), claim.state.is_over());
    assert_eq!(claim.resolution.is_some(), claim.state.is_over());
    let running = claim.clocks.iter().filter(|clock| !clock.clock.is_over());
    assert!(!claim.state.is_over() || running.count() == 0, "a clock runs after the end");
    for state in [State::Paid, State::Recovery] {
        assert!(claim.state != state || claim.is_paid(), "paid, and not all was");
    }
    if matches!(claim.state, State::SettlementDue | State::PartlyPaid) {
        assert!(claim.settlement_payee.is_some() && !claim.is_paid());
        assert_eq!(claim.state == State::PartlyPaid, claim.paid_on_the_matter() > 0);
    }
    if claim.state == State::Denied {
        assert_eq!((claim.approved(), claim.paid_on_the_matter()), (0, 0));
    }
    assert!(claim.handler.is_none_or(|handler| !claim.barred.contains(&handler)));
    for clock in &claim.clocks {
        let law = matches!(clock.kind, ClockKind::ClaimLegal | ClockKind::ClaimReport);
        assert!(!law || !clock.clock.is_paused(), "a clock of the law stands still");
        let paused = clock.pauses_in(claim.state.name());
        assert!(clock.clock.is_over() || clock.clock.is_paused() == paused);
    }
    claim.decisions.iter().for_each(check_decision);
}

/// Whoever signed had the authority for everything there was, and nobody is under a decision twice.
fn check_decision(decision: &crate::decision::domain::Decision) {
    let signed = decision.state == DecisionState::Signed;
    let enough = decision.signatures.len() as i32 >= decision.signatures_needed;
    assert_eq!(
        signed,
        enough && !matches!(decision.state, DecisionState::Refused | DecisionState::Withdrawn)
    );
    assert!(!signed || decision.pending == 0);
    let signers: Vec<_> = decision.signatures.iter().map(|s| s.signed_by).collect();
    let mut once = signers.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), signers.len(), "somebody signed twice");
    if let Some(last) = decision.signatures.last().filter(|_| signed) {
        assert!(last.limit.is_none_or(|limit| decision.cumulative <= limit));
    }
    if decision.kind == DecisionKind::Denial {
        assert!(signers.iter().all(|signer| signer.to_string() != decision.proposed_by));
    }
}

/// Walks, and tells which events were told, and which states were reached.
fn walk(acts: &[Act], claimed: i64) -> (BTreeSet<String>, BTreeSet<State>) {
    let (mut seen, mut reached) = (BTreeSet::from(["ClaimCreated".to_owned()]), BTreeSet::new());
    let mut desk = Desk::new();
    let mut claims = [desk.draft(claimed).0, desk.draft(claimed / 2 + 1).0];
    for act in acts {
        desk.pass(act.minutes);
        let (claim, other) = (&claims[act.claim], &claims[1 - act.claim]);
        desk.shipment.others = [(other.id(), other.portion())].into();
        let (claim, woken) = desk.by_principal("service:claims", |c| claim.wake(c)).unwrap();
        if !woken.is_empty() {
            tells_on(Some(Subject::facts(&claims[act.claim])), &woken, &claim);
            check(&desk, &claim);
            seen.extend(names(&woken).into_iter().map(str::to_owned));
        }
        let after = perform(&desk, &claim, other, act);
        claims[act.claim] = match after {
            Ok((after, told)) => {
                check_step(&claim, &after, &told, act);
                check(&desk, &after);
                seen.extend(names(&told).into_iter().map(str::to_owned));
                after
            }
            Err(_) => claim,
        };
        reached.insert(claims[act.claim].state);
    }
    (seen, reached)
}

/// A step is told whole, and nothing that was posted changes.
fn check_step(before: &Claim, after: &Claim, told: &[NewEvent], act: &Act) {
    if told.is_empty() {
        assert_eq!(after, before, "a change without an event: {act:?}");
    } else {
        tells_on(Some(Subject::facts(before)), told, after);
    }
    let (was, is) = (&before.ledger.postings, &after.ledger.postings);
    assert!(is.len() >= was.len(), "a posting is gone");
    for (was, is) in was.iter().zip(is) {
        let reversed_by = was.reversed_by.or(is.reversed_by);
        assert_eq!(&Posting { reversed_by, ..was.clone() }, is, "a posting changed");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn no_walk_reaches_an_illegal_state(acts in acts(), claimed in 1_000..400_000_i64) {
        walk(&acts, claimed);
    }
}

/// The events that no walk tells: it knows nobody who was erased.
const NOT_WALKED: [&str; 1] = ["ClaimErased"];

#[test]
fn the_walks_get_everywhere() {
    let mut runner = TestRunner::deterministic();
    let (mut told, mut reached) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..150 {
        let acts = acts().new_tree(&mut runner).unwrap().current();
        let (names, states) = walk(&acts, 100_000);
        told.extend(names);
        reached.extend(states);
    }
    assert_eq!(reached.len(), State::ALL.len(), "{reached:?}");
    let all = include_str!("events.txt").lines().filter(|name| !NOT_WALKED.contains(name));
    let never: Vec<&str> = all.filter(|name| !told.contains(*name)).collect();
    assert!(never.is_empty(), "no walk tells {never:?}");
}
