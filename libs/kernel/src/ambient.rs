//! What rules need from the machine, as values that a test can replace: two clocks, ids, randomness.
//!
//! There are two clocks on purpose. The **record clock** dates what happens in the department: record
//! and event times, ids, deadlines, reports. It may be moved for demonstrations and tests. The
//! **machine clock** drives what protects the system: tokens, keys, idempotency, page tokens, rate
//! limits, leases. It is never moved by an offset file.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ring::rand::SecureRandom;
use uuid::Uuid;

use crate::Timestamp;

/// Tells the time. (A *clock* is one running deadline: [`crate::clock`].)
pub trait TimeSource: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// Gives random bytes.
pub trait Entropy: Send + Sync + 'static {
    /// Fills `bytes` with random bytes; in production from the operating system.
    fn fill(&self, bytes: &mut [u8]);
}

/// Everything that a rule may take from its surroundings. Cheap to clone.
#[derive(Clone)]
pub struct Ambient {
    record: Arc<dyn TimeSource>,
    machine: Arc<dyn TimeSource>,
    entropy: Arc<dyn Entropy>,
    last_id_ms: Arc<Mutex<IdState>>,
}

/// The last id made, so that ids of one process ascend even within a millisecond.
#[derive(Default)]
struct IdState {
    millis: i64,
    counter: u16,
}

impl Ambient {
    /// The machine as it is: system time for both clocks, the operating system's randomness.
    pub fn system() -> Self {
        Self::new(Arc::new(SystemClock), Arc::new(SystemClock), Arc::new(SystemEntropy))
    }

    /// Surroundings made of the given parts.
    pub fn new(
        record: Arc<dyn TimeSource>,
        machine: Arc<dyn TimeSource>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { record, machine, entropy, last_id_ms: Arc::default() }
    }

    /// The record clock's present instant: for what happens in the department.
    pub fn now(&self) -> Timestamp {
        self.record.now()
    }

    /// The machine clock's present instant: for tokens, leases, limits and timeouts.
    pub fn machine_now(&self) -> Timestamp {
        self.machine.now()
    }

    /// Fills `bytes` with random bytes.
    pub fn fill_random(&self, bytes: &mut [u8]) {
        self.entropy.fill(bytes);
    }

    /// A new UUIDv7 (RFC 9562 §5.7) dated by the record clock. Ids of one process ascend strictly
    /// while its clock does not go back: the 12 bits after the time are a counter.
    pub fn new_uuid(&self) -> Uuid {
        let mut random = [0u8; 8];
        self.entropy.fill(&mut random);
        let (millis, counter) = self.next_id_time();
        let mut bytes = [0u8; 16];
        bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
        bytes[6] = 0x70 | u8::try_from(counter >> 8).unwrap_or(0x0f);
        bytes[7] = counter.to_be_bytes()[1];
        bytes[8..].copy_from_slice(&random);
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Uuid::from_bytes(bytes)
    }

    fn next_id_time(&self) -> (i64, u16) {
        let now = self.now().as_millis().max(0);
        let mut last = self.last_id_ms.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if now > last.millis || last.millis - now > BACKWARDS_TOLERANCE_MS {
            *last = IdState { millis: now, counter: 0 };
        } else if last.counter < 0x0fff {
            last.counter += 1;
        } else {
            *last = IdState { millis: last.millis + 1, counter: 0 };
        }
        (last.millis, last.counter)
    }
}

/// How far the record clock may step back before ids follow it instead of holding their place.
const BACKWARDS_TOLERANCE_MS: i64 = 10_000;

/// The operating system's clock.
pub struct SystemClock;

impl TimeSource for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "the one place where machine time is read")]
        let now = std::time::SystemTime::now();
        let since = now.duration_since(std::time::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Timestamp::EPOCH.plus(since)
    }
}

/// The operating system's random number generator.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        ring::rand::SystemRandom::new()
            .fill(bytes)
            .expect("the operating system's random number generator answers");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_process_ascend() {
        let ambient = Ambient::system();
        let ids: Vec<Uuid> = (0..10_000).map(|_| ambient.new_uuid()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
    }
}
