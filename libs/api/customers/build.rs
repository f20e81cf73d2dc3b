//! Generates this crate from `proto/kefu/customers/v1`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    Ok(kefu_api_build::build("kefu.customers.v1")?)
}
