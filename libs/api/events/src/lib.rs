//! Generated code of the events protos.
