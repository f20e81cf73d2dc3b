//! The services that the binary holds, as a suite for worlds.

use kefu_runtime::Suite;

/// All of them.
pub fn suite() -> Suite {
    kefu_suite::suite().expect("the shipped roles can be read")
}
