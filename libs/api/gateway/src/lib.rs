//! Generated code of the gateway protos.
