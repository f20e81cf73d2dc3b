//! Generated code of the tickets protos.
