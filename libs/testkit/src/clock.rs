//! Time and randomness as a test sets them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use kefu_kernel::ambient::{SystemClock, SystemEntropy};
use kefu_kernel::{Ambient, Entropy, TimeSource, Timestamp};
use tokio::sync::watch;

/// A clock that stands still until a test moves it. Clones show the same time.
#[derive(Clone)]
pub struct ManualClock {
    time: Arc<watch::Sender<Timestamp>>,
}

impl ManualClock {
    /// A clock that shows `start`.
    pub fn at(start: Timestamp) -> Self {
        Self { time: Arc::new(watch::Sender::new(start)) }
    }

    /// A clock that shows the machine's present time and stands there.
    pub fn now_stopped() -> Self {
        Self::at(SystemClock.now())
    }

    /// Sets it, also back.
    pub fn set(&self, to: Timestamp) {
        self.time.send_replace(to);
    }

    /// Moves it on.
    pub fn advance(&self, by: Duration) {
        self.time.send_modify(|now| *now = now.plus(by));
    }

    /// Tells each change: what waits for a time awaits this instead of sleeping.
    pub fn changes(&self) -> watch::Receiver<Timestamp> {
        self.time.subscribe()
    }

    /// Waits until it shows `time` or later.
    pub async fn reaches(&self, time: Timestamp) {
        let reached = self.changes().wait_for(|now| *now >= time).await.is_ok();
        debug_assert!(reached, "the clock is held by self");
    }
}

impl TimeSource for ManualClock {
    fn now(&self) -> Timestamp {
        *self.time.borrow()
    }
}

/// Random bytes that are the same in each run with the same seed (splitmix64).
pub struct SeededEntropy {
    state: Mutex<u64>,
}

impl SeededEntropy {
    /// The sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { state: Mutex::new(seed) }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        for chunk in bytes.chunks_mut(8) {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = *state;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let word = (word ^ (word >> 31)).to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }
}

/// Surroundings whose two clocks a test moves.
pub struct Moved {
    /// The record clock.
    pub record: ManualClock,
    /// The machine clock.
    pub machine: ManualClock,
    /// Both, with randomness from a seed.
    pub ambient: Ambient,
}

impl Moved {
    /// Both clocks at `start`, ids and randomness from `seed`.
    pub fn at(start: Timestamp, seed: u64) -> Self {
        let (record, machine) = (ManualClock::at(start), ManualClock::at(start));
        let entropy = Arc::new(SeededEntropy::new(seed));
        let ambient = Ambient::new(Arc::new(record.clone()), Arc::new(machine.clone()), entropy);
        Self { record, machine, ambient }
    }

    /// Both clocks at the machine's present time, randomness from the operating system: for tests
    /// that share a server, whose ids must not meet.
    pub fn here() -> Self {
        let (record, machine) = (ManualClock::now_stopped(), ManualClock::now_stopped());
        let ambient = Ambient::new(
            Arc::new(record.clone()),
            Arc::new(machine.clone()),
            Arc::new(SystemEntropy),
        );
        Self { record, machine, ambient }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_moved_clock_wakes_who_waits_for_it() {
        let moved = Moved::at(Timestamp::from_millis(1_000), 7);
        let waits = moved.record.reaches(Timestamp::from_millis(5_000));
        let moves = async { moved.record.advance(Duration::from_secs(4)) };
        tokio::join!(waits, moves);
        assert_eq!(moved.ambient.now(), Timestamp::from_millis(5_000));
        assert_eq!(moved.ambient.machine_now(), Timestamp::from_millis(1_000));
    }

    #[test]
    fn a_seed_gives_the_same_ids_again() {
        let ids = |seed| {
            let ambient = Moved::at(Timestamp::from_millis(1), seed).ambient;
            [ambient.new_uuid(), ambient.new_uuid()]
        };
        assert_eq!(ids(1), ids(1));
        assert_ne!(ids(1), ids(2));
    }
}
