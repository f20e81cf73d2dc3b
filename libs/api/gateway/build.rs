//! Generates this package from proto/.
fn main() {}
