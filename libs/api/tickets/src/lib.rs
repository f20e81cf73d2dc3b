//! The messages, clients and servers of `kefu.tickets.v1`, generated from `proto/kefu/tickets/v1`.

include!(concat!(env!("OUT_DIR"), "/api.rs"));
