//! What the binary holds: every service, as one suite. A library of its own, so that tests start the same
//! suite; the command line stays in the binary.

use kefu_rpc::RpcError;
use kefu_runtime::Suite;

/// Every service of Kefu, and what each shipped role may do.
///
/// # Errors
///
/// Where the shipped roles cannot be read, which a test rules out.
pub fn suite() -> Result<Suite, RpcError> {
    let services =
        vec![kefu_gateway::service(), kefu_tickets::service(), kefu_reporting::service()];
    Ok(Suite::new(services, kefu_gateway::shipped::role_table()?))
}
