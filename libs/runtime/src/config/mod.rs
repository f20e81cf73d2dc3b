//! The configuration of a process: one typed value, read once at start.
//!
//! Sources, each over the one before: defaults in code → a TOML file → `KEFU_*` variables (two
//! underscores divide levels: `KEFU_LISTEN__PUBLIC`) → flags. Every key is a documented field in
//! [`model`]; the [`reference`](reference::reference) is made from it, and a test demands a description
//! for each. [`load`] never stops at the first mistake: it names all of them, each with its key, where
//! it came from and a hint.
//!
//! A secret is never a value here, but says where it is ([`SecretRef`]).

mod load;
mod model;
mod options;
mod reference;
mod validate;
mod values;

pub use load::{ConfigArgs, Loaded, Problem, Services, load};
pub use model::{
    Bus, Clock, Company, Config, Database, Drain, Internal, Keys, Limits, Listen, LogFormat, Nats,
    Public, ServiceSection, Telemetry,
};
pub use options::{Options, OptionsType};
pub use reference::{Key, markdown, reference};
pub use values::{Period, Secret, SecretError, SecretRef, Words};
