//! The directory's rules, pure: each thing with the checks that make it one, what an update does to
//! it, and the events that tell of it. Nothing here reads a clock, a table or the network.
//!
//! - a file per thing: `branch`, `department`, `person`, `role`, `key`, `issuer`, `calendar`;
//! - `rights`: what people and keys hold, and how much of it a caller may give away;
//! - `ids`, `change`, `error`: what all of them are described with.

pub mod branch;
pub mod calendar;
mod change;
pub mod department;
pub mod error;
pub mod ids;
pub mod issuer;
pub mod key;
pub mod person;
pub mod rights;
pub mod role;

pub use self::branch::Branch;
pub use self::calendar::Calendar;
pub use self::change::Decision;
pub use self::department::Department;
pub use self::error::Error;
pub use self::issuer::Issuer;
pub use self::key::Key;
pub use self::person::Person;
pub use self::rights::{Giver, Rights};
pub use self::role::Role;
