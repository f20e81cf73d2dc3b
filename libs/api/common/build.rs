//! Generates this crate from `proto/kefu/common/v1`, and what its tests validate from `tests/proto`.

use kefu_api_build::Build;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    kefu_api_build::build("kefu.common.v1")?;
    Ok(Build::new("kefu.fixture.v1").folder("tests/proto").output("fixture").run()?)
}
