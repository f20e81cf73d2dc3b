//! The services that the binary holds, as a suite for worlds.

use kefu_runtime::Suite;

/// All of them.
pub fn suite() -> Suite {
    let services =
        vec![kefu_gateway::service(), kefu_tickets::service(), kefu_reporting::service()];
    let roles = kefu_gateway::shipped::role_table().expect("the shipped roles can be read");
    Suite::new(services, roles)
}
