//! The messages, clients and servers of `kefu.reporting.v1`, generated from `proto/kefu/reporting/v1`.

include!(concat!(env!("OUT_DIR"), "/api.rs"));
