//! The messages, clients and servers of `kefu.orders.v1`, generated from `proto/kefu/orders/v1`.

include!(concat!(env!("OUT_DIR"), "/api.rs"));
