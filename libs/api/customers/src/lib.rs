//! The messages, clients and servers of `kefu.customers.v1`, generated from `proto/kefu/customers/v1`.

include!(concat!(env!("OUT_DIR"), "/api.rs"));
