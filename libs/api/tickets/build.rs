//! Generates this crate from `proto/kefu/tickets/v1`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    Ok(kefu_api_build::build("kefu.tickets.v1")?)
}
