//! Generated code of the reporting protos.
