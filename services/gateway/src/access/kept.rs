//! A bounded memory of what was read of late, dropped whole when anything changes.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// At most `capacity` values; when it is full it begins anew.
pub struct Kept<K, V> {
    capacity: usize,
    state: Mutex<State<K, V>>,
}

struct State<K, V> {
    /// Counts the clearings: what was read before one is not kept after it.
    epoch: u64,
    values: HashMap<K, V>,
}

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    pub fn new(capacity: usize) -> Self {
        Self { capacity, state: Mutex::new(State { epoch: 0, values: HashMap::new() }) }
    }

    pub fn get(&self, key: &K) -> Option<V> {
        self.lock().values.get(key).cloned()
    }

    /// To be asked before reading what is to be kept.
    pub fn epoch(&self) -> u64 {
        self.lock().epoch
    }

    /// Keeps what was read in `epoch`, unless that is over.
    pub fn put(&self, epoch: u64, key: K, value: V) {
        let mut state = self.lock();
        if state.epoch == epoch {
            if state.values.len() >= self.capacity {
                state.values.clear();
            }
            state.values.insert(key, value);
        }
    }

    pub fn clear(&self) {
        let mut state = self.lock();
        state.epoch += 1;
        state.values.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State<K, V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let kept = Kept::new(2);
        let before = kept.epoch();
        kept.clear();
        kept.put(before, 1, "old");
        assert_eq!(kept.get(&1), None);
        kept.put(kept.epoch(), 1, "new");
        assert_eq!(kept.get(&1), Some("new"));
    }

    #[test]
    fn it_is_bounded() {
        let kept = Kept::new(2);
        for number in 0..5 {
            kept.put(0, number, number);
        }
        assert_eq!(kept.lock().values.len(), 1);
        assert_eq!(kept.get(&4), Some(4));
    }
}
