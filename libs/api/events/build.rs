//! Generates this crate from `proto/kefu/events/v1`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    Ok(kefu_api_build::build_data("kefu.events.v1")?)
}
