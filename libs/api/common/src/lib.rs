//! What the packages of the API share: the messages of `kefu.common.v1`, and what generated code
//! stands on: validation ([`Validate`]), idempotency ([`Mutation`]), updates ([`Update`]), the codec
//! that refuses what is not valid, and the conversions between wire and kernel.
//!
//! The rules themselves are in the protos; `kefu-api-build` turns them into the code that calls this.

// Generated code names this crate from inside and outside alike.
extern crate self as kefu_api_common;

pub mod change;
pub mod check;
mod codec;
pub mod field;
mod intake;
mod mutation;
mod reason;
mod status;
mod update;
mod validate;
pub mod wire;

pub use codec::{ValidatingCodec, ValidatingDecoder};
pub use mutation::Mutation;
pub use status::{DOMAIN, fitting, fitting_text, invalid};
pub use update::{Paths, Update};
pub use validate::{Path, Validate, Violations};

include!(concat!(env!("OUT_DIR"), "/api.rs"));
