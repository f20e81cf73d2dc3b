//! The payloads of events, generated from `proto/kefu/events/v1`: pure data, public, without personal data.

include!(concat!(env!("OUT_DIR"), "/api.rs"));
