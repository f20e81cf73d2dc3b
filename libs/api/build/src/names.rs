//! How things of a proto are called in Rust: where a package's crate is, and what prost makes of names.

use anyhow::{Context, Result, ensure};
use heck::{ToSnakeCase, ToUpperCamelCase};
use prost_reflect::{FieldDescriptor, MessageDescriptor, OneofDescriptor};

/// Words that prost writes as raw identifiers.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

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

/// A message of this package, seen from its module: `Ticket`, `outer::Inner`.
pub fn message(message: &MessageDescriptor) -> String {
    match message.parent_message() {
        Some(parent) => format!("{}::{}", module(&parent), message.name().to_upper_camel_case()),
        None => message.name().to_upper_camel_case(),
    }
}

/// The enum that holds a oneof's value: `transfer_ticket_request::To`.
pub fn oneof_type(oneof: &OneofDescriptor) -> String {
    format!("{}::{}", module(oneof.parent_message()), oneof.name().to_upper_camel_case())
}

/// The variant of that enum which holds a field.
pub fn variant(field: &FieldDescriptor) -> String {
    field.name().to_upper_camel_case()
}

/// A struct's field: `ticket_id`, `r#type`.
pub fn field(proto_name: &str) -> String {
    let name = proto_name.to_snake_case();
    if KEYWORDS.contains(&name.as_str()) { format!("r#{name}") } else { name }
}

fn module(message: &MessageDescriptor) -> String {
    let own = message.name().to_snake_case();
    match message.parent_message() {
        Some(parent) => format!("{}::{own}", module(&parent)),
        None => own,
    }
}
