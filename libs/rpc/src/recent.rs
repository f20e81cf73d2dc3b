//! A bounded map of what was used lately: two generations, of which the older is dropped when the
//! younger is full. It keeps tokens, whose signing and checking cost more than the call they carry.

use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, MutexGuard};

/// At most twice `capacity` entries; an entry used within the last `capacity` insertions is found.
pub(crate) struct Recent<V> {
    capacity: usize,
    generations: Mutex<Generations<V>>,
}

struct Generations<V> {
    young: HashMap<String, V>,
    old: HashMap<String, V>,
}

impl<V: Clone> Recent<V> {
    pub(crate) fn new(capacity: usize) -> Self {
        let generations = Generations { young: HashMap::new(), old: HashMap::new() };
        Self { capacity, generations: Mutex::new(generations) }
    }

    pub(crate) fn get(&self, key: &str) -> Option<V> {
        let generations = self.lock();
        generations.young.get(key).or_else(|| generations.old.get(key)).cloned()
    }

    pub(crate) fn put(&self, key: String, value: V) {
        let mut generations = self.lock();
        if generations.young.len() >= self.capacity {
            generations.old = mem::take(&mut generations.young);
        }
        generations.young.insert(key, value);
    }

    pub(crate) fn clear(&self) {
        let mut generations = self.lock();
        generations.young.clear();
        generations.old.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Generations<V>> {
        self.generations.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_what_was_put_lately_and_is_bounded() {
        let recent = Recent::new(10);
        for number in 0..1_000 {
            recent.put(number.to_string(), number);
        }
        assert!((990..1_000).all(|number| recent.get(&number.to_string()) == Some(number)));
        assert_eq!(recent.get("0"), None);
        let generations = recent.lock();
        assert!(generations.young.len() + generations.old.len() <= 20);
    }
}
