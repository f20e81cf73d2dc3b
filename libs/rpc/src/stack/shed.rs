//! Refusing what is too much, before it waits.
//!
//! Two counters, because they are of different sizes: unary calls are short and few at a time, open
//! streams are idle and many. Health and reflection have a reserve: an overloaded server must still be
//! able to say that it lives.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kefu_telemetry::metrics;

use super::StackLimits;
use crate::error::RpcError;
use crate::method::Method;

/// Calls beyond the limit that health and reflection may take.
const RESERVE: usize = 64;

pub(super) struct Shed {
    calls: Counted,
    streams: Counted,
}

struct Counted {
    now: Arc<AtomicUsize>,
    limit: usize,
}

/// A place among the calls in flight; given back when dropped.
pub(super) struct Slot(Arc<AtomicUsize>);

impl Shed {
    pub(super) fn new(limits: &StackLimits) -> Self {
        let counted = |limit| Counted { now: Arc::default(), limit };
        Self { calls: counted(limits.calls_in_flight), streams: counted(limits.streams_open) }
    }

    pub(super) fn enter(&self, method: &Method) -> Result<Slot, RpcError> {
        let counted = if method.is_stream() { &self.streams } else { &self.calls };
        let open = method.permission.is_none();
        let limit = if open { counted.limit.saturating_add(RESERVE) } else { counted.limit };
        let slot = Slot(Arc::clone(&counted.now));
        if counted.now.fetch_add(1, Ordering::Relaxed) >= limit {
            metrics::RPC_SHED.add(1, &[]);
            return Err(RpcError::Overloaded);
        }
        Ok(slot)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn method(permission: Option<&str>) -> Method {
        Method {
            name: "kefu.test.v1.TestService/Do".into(),
            permission: permission.map(str::to_owned),
            further_permissions: Vec::new(),
            client_streaming: false,
            server_streaming: false,
        }
    }

    #[test]
    fn past_the_limit_only_health_is_let_in_and_a_place_comes_back() {
        let shed = Shed::new(&StackLimits { calls_in_flight: 2, ..StackLimits::default() });
        let ordinary = method(Some("test.do"));
        let mut slots: Vec<Slot> =
            (0..2).map(|_| shed.enter(&ordinary).expect("within the limit")).collect();
        assert!(matches!(shed.enter(&ordinary), Err(RpcError::Overloaded)));
        drop(shed.enter(&method(None)).expect("health has a reserve"));
        slots.pop();
        assert!(shed.enter(&ordinary).is_ok());
    }
}
