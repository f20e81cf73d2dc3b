//! The messages, clients and servers of `kefu.claims.v1`, generated from `proto/kefu/claims/v1`.

include!(concat!(env!("OUT_DIR"), "/api.rs"));
