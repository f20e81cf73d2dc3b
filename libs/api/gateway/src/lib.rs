//! The messages, clients and servers of `kefu.gateway.v1`, generated from `proto/kefu/gateway/v1`.

include!(concat!(env!("OUT_DIR"), "/api.rs"));
