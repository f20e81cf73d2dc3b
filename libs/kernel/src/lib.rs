//! The pure words of Kefu, that every crate shares: ids, money, time, calendars, clocks, principals
//! and faults.
//!
//! Nothing here is async and nothing does I/O: a rule written with these words can be tested with
//! plain values. What depends on the machine (the time, random bytes, new ids) is a trait here and is
//! handed in as an [`Ambient`].

pub mod aggregate;
pub mod ambient;
pub mod calendar;
pub mod call;
pub mod clock;
pub mod directory;
pub mod event;
pub mod fault;
pub mod field;
pub mod id;
pub mod money;
pub mod principal;
pub mod time;
mod word;
pub mod zone;

pub use aggregate::Head;
pub use ambient::{Ambient, Entropy, TimeSource};
pub use calendar::Calendar;
pub use call::Call;
pub use clock::Calendars;
pub use event::{NewEvent, PARTITIONS, Recorded, partition_of};
pub use fault::{Fault, FaultKind, FieldViolation, InvalidFields, UnknownReference};
pub use id::{Id, IdError};
pub use money::{Currency, Money};
pub use principal::{Principal, PrincipalKind, Scope};
pub use time::Timestamp;
pub use word::Word;
pub use zone::{Day, Zone};
