//! How often one caller may call: a token bucket (GCRA) per principal, on the machine clock.
//!
//! Services are not limited: their callers were. All of the public share one principal, so each
//! address among them has its own bucket.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use kefu_kernel::{Ambient, PrincipalKind};

use super::StackLimits;
use crate::caller::Caller;
use crate::error::RpcError;
use crate::listen::Peer;

/// Callers remembered; when there are more, those whose bucket is full again are forgotten.
const KEPT: usize = 20_000;

pub(super) struct Rates {
    limiter: RateLimiter<String, DashMapStateStore<String>, MachineClock, NoOpMiddleware<Duration>>,
    clock: MachineClock,
}

/// The machine clock, as governor asks for it.
#[derive(Clone)]
struct MachineClock(Ambient);

impl Clock for MachineClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.machine_now().as_millis()).unwrap_or(0))
    }
}

impl Rates {
    pub(super) fn new(limits: &StackLimits, ambient: Ambient) -> Self {
        let nonzero = |value| NonZeroU32::new(value).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(nonzero(limits.rate_per_second))
            .allow_burst(nonzero(limits.rate_burst));
        let clock = MachineClock(ambient);
        let limiter = RateLimiter::new(quota, DashMapStateStore::default(), clock.clone());
        Self { limiter, clock }
    }

    pub(super) fn check(&self, caller: &Caller, peer: Option<&Peer>) -> Result<(), RpcError> {
        let key = match caller.principal.kind {
            PrincipalKind::Service => return Ok(()),
            PrincipalKind::Public => {
                peer.map_or_else(String::new, |peer| peer.address.ip().to_string())
            }
            PrincipalKind::Person | PrincipalKind::Key => caller.principal.id.clone(),
        };
        if self.limiter.len() > KEPT {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(&key).map_err(|until| RpcError::RateLimited {
            retry_after: until.wait_time_from(self.clock.now()),
        })
    }
}

#[cfg(test)]
mod tests {
    use kefu_kernel::Principal;
    use kefu_testkit::clock::Moved;

    use super::*;

    #[test]
    fn a_caller_over_its_rate_is_told_when_to_come_back_and_others_are_not() {
        let moved = Moved::here();
        let limits = StackLimits { rate_per_second: 2, rate_burst: 3, ..StackLimits::default() };
        let rates = Rates::new(&limits, moved.ambient);
        let key = |id: &str| {
            let kind = PrincipalKind::Key;
            Caller::new(Principal { kind, id: id.into(), ..Principal::public() })
        };
        for _ in 0..3 {
            rates.check(&key("key_1"), None).unwrap();
        }
        match rates.check(&key("key_1"), None) {
            Err(RpcError::RateLimited { retry_after }) => {
                assert_eq!(retry_after, Duration::from_millis(500));
            }
            other => panic!("{other:?}"),
        }
        rates.check(&key("key_2"), None).unwrap();
        for _ in 0..10 {
            rates.check(&Caller::service("orders", None), None).unwrap();
        }
        moved.machine.advance(Duration::from_millis(500));
        rates.check(&key("key_1"), None).unwrap();
    }
}
