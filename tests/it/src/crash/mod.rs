//! The real binary is killed again and again under load, in both shapes: what was acknowledged is there
//! once with all its effects, what was refused left nothing, and what was in the air is there once after
//! it was sent again.

mod caller;

use std::sync::Arc;
use std::time::Duration;

use kefu_api_tickets::v1::ListTicketsRequest;
use kefu_testkit::{Deployment, Kefu};
use tokio::task::JoinSet;

use crate::story::Desk;
use crate::story::clocks::numbers_agree;
use caller::{Caller, Dice, Load};

const KILLS: usize = 20;
const CALLERS: usize = 8;
/// Commands acknowledged between two kills, on average.
const A_CYCLE: usize = 25;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_under_load_one_process_loses_and_doubles_nothing() {
    let Some(deployment) = Deployment::one_process().await else { return };
    killed_under_load(deployment).await;
    println!("backend ran: sqlite + embedded, one process killed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_under_load_four_processes_lose_and_double_nothing() {
    let Some(deployment) = Deployment::four_processes().await else { return };
    killed_under_load(deployment).await;
    println!("backend ran: postgres + jetstream, four processes killed");
}

async fn killed_under_load(deployment: Deployment) {
    let seed = caller::seed();
    println!("KEFU_TEST_SEED={seed}");
    let mut dice = Dice::new(seed);
    let desk = Desk::open(Kefu::Binary(Box::new(deployment))).await;
    let load = Arc::new(Load::default());
    let mut at_work = JoinSet::new();
    for number in 0..CALLERS {
        let caller = Caller::begin(number, &desk, Dice::new(dice.next())).await;
        at_work.spawn(caller.work(Arc::clone(&load)));
    }
    let victims = desk.site().processes();
    for kill in 0..KILLS {
        let goal = load.acknowledged() + 1 + dice.below(2 * A_CYCLE);
        while load.acknowledged() < goal {
            if let Some(ended) = at_work.try_join_next() {
                ended.expect("a caller goes on until it is told to stop");
                panic!("a caller stopped by itself");
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let victim = victims[kill % victims.len()];
        desk.site().kill(victim).await;
        desk.site().restart(victim).await;
    }
    load.stop();
    let callers = at_work.join_all().await;
    desk.world.settle().await;

    let tickets: usize = callers.iter().map(Caller::tickets).sum();
    let looks = callers.into_iter().map(Caller::finds_what_it_was_told);
    let events: usize = looks.collect::<JoinSet<usize>>().join_all().await.into_iter().sum();
    let all = desk.list(ListTicketsRequest { page_size: 100, ..Default::default() }).await;
    assert_eq!(all.len(), tickets, "no ticket that nobody was told of");
    numbers_agree(&desk).await;
    println!(
        "{KILLS} kills of {}; {} commands acknowledged, {} refused, {} sent again because their \
         outcome was unknown; {tickets} tickets with {events} events, each there once and counted once",
        victims.join(", "),
        load.acknowledged(),
        load.refused(),
        load.unknown()
    );
    assert!(load.unknown() > 0, "no kill met a call in the air");
    desk.world.close().await;
}
