//! How a client reaches a service, and what stands between them.
//!
//! - [`Endpoint`] is the transport of every generated client: the same in one process and over mutual
//!   TLS. [`Mount`] collects a server's services, [`Guarded`] is the stack around them, and
//!   [`Listener`] serves it on a port with REST beside it.
//! - A handler is reached through [`command`], [`query`] or [`watch`] and knows its call as a
//!   [`CallContext`]; its errors become statuses in [`status`] and are read back as a [`Failure`].
//! - Who calls is established by [`Authentication`]: service tokens ([`token`]) everywhere; API keys
//!   ([`keys`]) and identity providers ([`jwks`]) where the gateway adds them. [`Roles`] say what the
//!   caller may do.
//!
//! Nothing here decides what a service does, and nothing here keeps state of its own.

mod auth;
mod caller;
pub mod context;
mod deadline;
mod endpoint;
mod error;
mod failure;
mod forward;
pub mod jwks;
pub mod keys;
mod listen;
mod method;
mod mount;
mod observe;
mod raw;
mod recent;
mod roles;
mod serve;
mod stack;
pub mod status;
mod tasks;
pub mod token;

pub use auth::{Authenticate, Authentication, Credentials};
pub use caller::Caller;
pub use context::CallContext;
pub use endpoint::{ClientTls, Endpoint, Local, Remote, RemoteConfig};
pub use error::{BoxError, RpcError};
pub use failure::Failure;
pub use listen::{
    Drained, ListenConfig, ListenLimits, Listener, Opening, Peer, ServerTls, TlsFiles, app, cors,
};
pub use method::{Method, Methods};
pub use mount::Mount;
pub use observe::code_name;
pub use raw::{RawCodec, call_raw};
pub use roles::{RoleTable, Roles};
pub use serve::{Answer, Replies, command, open, query, watch};
pub use stack::{Guarded, StackConfig, StackLimits};

/// Bytes of one request message.
pub const MAX_REQUEST_BYTES: usize = 1024 * 1024;

/// Bytes of one reply message.
pub const MAX_REPLY_BYTES: usize = 8 * 1024 * 1024;
