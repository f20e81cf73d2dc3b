//! A suite of services as the runtime makes a process of it: all in one, and several with everything
//! between them real (PostgreSQL, NATS, mutual TLS).
//!
//! Three services exist for these tests: `counter` has commands, a timer and an outgoing command;
//! `ledger` folds the counters' events and takes that command; `door` is what callers meet.

mod counter;
mod door;
mod ledger;
mod one_process;
mod rig;
mod several;
