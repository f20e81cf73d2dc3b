//! The boundaries of ARCHITECTURE.md, checked over cargo's own metadata and the `use` lines.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::source::{root, rust_files};

/// Crates that only one of ours may name in its manifest, and which.
const ONE_PLACE: [(&str, &[&str]); 3] = [
    ("async-nats", &["kefu-bus"]),
    ("tonic-web", &["kefu-rpc"]),
    ("libsqlite3-sys", &["kefu-store", "kefu-bus"]),
];

#[test]
fn a_service_depends_on_no_other_service() {
    let dependencies = dependencies();
    for (name, uses) in services(&dependencies) {
        let others: Vec<&String> =
            uses.iter().filter(|used| services(&dependencies).contains_key(*used)).collect();
        assert!(others.is_empty(), "{name} depends on {others:?}");
    }
}

#[test]
fn libraries_depend_on_no_service() {
    let dependencies = dependencies();
    let services = services(&dependencies);
    for (name, uses) in &dependencies {
        if !services.contains_key(name) && name != "kefu" && name != "kefu-it" {
            let wrong: Vec<&String> =
                uses.iter().filter(|used| services.contains_key(*used)).collect();
            assert!(wrong.is_empty(), "{name} depends on {wrong:?}");
        }
    }
}

#[test]
fn each_engine_is_named_in_one_place() {
    for (engine, places) in ONE_PLACE {
        for (name, uses) in dependencies() {
            assert!(
                !uses.contains(engine) || places.contains(&name.as_str()),
                "{name} depends on {engine}; only {places:?} may"
            );
        }
    }
}

#[test]
fn only_the_outbox_knows_both_store_and_bus() {
    for (name, uses) in dependencies() {
        let both = uses.contains("kefu-store") && uses.contains("kefu-bus");
        let composes = ["kefu-outbox", "kefu-runtime", "kefu-testkit", "kefu-it"];
        assert!(!both || composes.contains(&name.as_str()), "{name} knows both store and bus");
    }
}

#[test]
fn a_domain_uses_only_the_kernel_and_event_payloads() {
    let mut wrong = Vec::new();
    let domains = rust_files();
    let domains = domains.iter().filter(|file| is_domain(&file.path));
    for file in domains {
        for (number, line) in file.text.lines().enumerate() {
            for word in line.split(|c: char| !c.is_alphanumeric() && c != '_') {
                let foreign = word.starts_with("kefu_")
                    && !["kefu_kernel", "kefu_api_events"].contains(&word);
                if foreign || ["sea_orm", "sqlx", "tonic", "tokio"].contains(&word) {
                    wrong.push(format!("{}:{}: {word}", file.path, number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "the domain reaches out: {wrong:#?}");
}

/// Whether a file is of a service's rules: in a folder `domain` at whatever depth, or such a file.
fn is_domain(path: &str) -> bool {
    let path = path.split_once("services/").map_or("", |(_, path)| path);
    path.split('/').any(|part| part == "domain" || part == "domain.rs")
}

/// The services: crates under `services/` except the binary that composes them.
fn services(all: &BTreeMap<String, BTreeSet<String>>) -> BTreeMap<String, BTreeSet<String>> {
    let folder = root().join("services");
    all.iter()
        .filter(|(name, _)| name.as_str() != "kefu")
        .filter(|(name, _)| folder.join(name.trim_start_matches("kefu-")).is_dir())
        .map(|(name, uses)| (name.clone(), uses.clone()))
        .collect()
}

/// Each workspace crate's ordinary dependencies (tests may use more).
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo describes the workspace");
    let all: BTreeMap<String, BTreeSet<String>> = metadata
        .packages
        .iter()
        .map(|package| {
            let normal = package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal);
            (package.name.to_string(), normal.map(|d| d.name.clone()).collect())
        })
        .collect();
    assert!(all.contains_key("kefu-kernel"), "cargo's metadata lacks our crates");
    all
}
