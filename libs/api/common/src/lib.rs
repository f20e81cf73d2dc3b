//! Generated code of the common protos.
