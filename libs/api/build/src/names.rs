//! How things of a proto are called in Rust: where a package's crate is, and what prost makes of names.

use anyhow::{Context, Result, ensure};

/// The service of a package `kefu.<service>.v1`.
pub fn service_of(package: &str) -> Result<&str> {
    let mut parts = package.split('.');
    let (root, service, version) = (parts.next(), parts.next(), parts.next());
    ensure!(
        root == Some("kefu") && version == Some("v1") && parts.next().is_none(),
        "`{package}` is not of the form kefu.<service>.v1"
    );
    service.context("a package has a service")
}

/// The Rust path of another package's module: `::kefu_api_<service>::v1`.
pub fn crate_path(package: &str) -> Result<String> {
    Ok(format!("::kefu_api_{}::v1", service_of(package)?))
}
