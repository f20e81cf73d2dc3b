//! Generates this crate from `proto/kefu/orders/v1`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    Ok(kefu_api_build::build("kefu.orders.v1")?)
}
