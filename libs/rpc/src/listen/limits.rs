//! What bounds connections, each and all of them together.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// Bounds of a listener. The defaults are the hardened profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenLimits {
    /// Streams open at once on a connection.
    pub streams_per_connection: u32,
    /// Bytes of a request's headers.
    pub header_bytes: u32,
    /// After how long without a sign of life an HTTP/2 peer is pinged.
    pub keepalive_interval: Duration,
    /// How long it has to answer.
    pub keepalive_timeout: Duration,
    /// Age at which a connection is asked to go; spread by a tenth, so that not all go together.
    pub connection_age: Duration,
    /// How long its open streams may then go on.
    pub age_grace: Duration,
    /// Time for the TLS handshake.
    pub handshake_timeout: Duration,
    /// Time for a request's headers on HTTP/1.1, and for a connection's first bytes.
    pub header_timeout: Duration,
    /// Connections open at once.
    pub connections: usize,
    /// Of these, from one address.
    pub connections_per_address: usize,
    /// Streams that a peer may open and reset before we have taken them (CVE-2023-44487).
    pub pending_resets: usize,
}

impl Default for ListenLimits {
    fn default() -> Self {
        Self {
            streams_per_connection: 128,
            header_bytes: 16 * 1024,
            keepalive_interval: Duration::from_secs(60),
            keepalive_timeout: Duration::from_secs(20),
            connection_age: Duration::from_secs(10 * 60),
            age_grace: Duration::from_secs(15 * 60),
            handshake_timeout: Duration::from_secs(5),
            header_timeout: Duration::from_secs(5),
            connections: 10_000,
            connections_per_address: 256,
            pending_resets: 20,
        }
    }
}

/// Counts open connections.
pub(super) struct Admission {
    total: usize,
    per_address: usize,
    open: Arc<Mutex<Open>>,
}

#[derive(Default)]
struct Open {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A connection's place; given back when dropped.
pub(super) struct Place {
    address: IpAddr,
    open: Arc<Mutex<Open>>,
}

impl Admission {
    pub(super) fn new(limits: &ListenLimits) -> Self {
        let (total, per_address) = (limits.connections, limits.connections_per_address);
        Self { total, per_address, open: Arc::default() }
    }

    /// A place for a connection from `address`; none where it has too many.
    pub(super) fn admit(&self, address: IpAddr) -> Option<Place> {
        let mut open = lock(&self.open);
        let from_there = open.by_address.get(&address).copied().unwrap_or(0);
        if open.all >= self.total || from_there >= self.per_address {
            return None;
        }
        open.all += 1;
        open.by_address.insert(address, from_there + 1);
        Some(Place { address, open: Arc::clone(&self.open) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = lock(&self.open);
        open.all -= 1;
        if let Some(count) = open.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.by_address.remove(&self.address);
            }
        }
    }
}

fn lock(open: &Mutex<Open>) -> MutexGuard<'_, Open> {
    open.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_in_all_and_by_address_and_come_back() {
        let limits =
            ListenLimits { connections: 3, connections_per_address: 2, ..ListenLimits::default() };
        let admission = Admission::new(&limits);
        let (one, two) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let first = admission.admit(one).unwrap();
        let _second = admission.admit(one).unwrap();
        assert!(admission.admit(one).is_none(), "its address has two");
        let third = admission.admit(two).unwrap();
        assert!(admission.admit(two).is_none(), "there are three");
        drop(third);
        drop(first);
        assert!(admission.admit(one).is_some());
        drop(_second);
        assert!(lock(&admission.open).by_address.is_empty());
    }
}
