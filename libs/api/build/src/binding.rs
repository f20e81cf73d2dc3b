//! How a field's Rust value is reached: what its checks call `value`, and when it counts as not set.

use prost_reflect::{FieldDescriptor, Kind, OneofDescriptor};

use crate::rules::Ignore;

/// The line that binds a field to `value` where its checks apply, and opens their block.
pub fn open(field: &FieldDescriptor, place: &str, ignore: Ignore, required: bool) -> String {
    if field.is_list() || field.is_map() {
        let guard = required || ignore == Ignore::Zero;
        let condition = if guard { format!("if !{place}.is_empty() ") } else { String::new() };
        return format!("{condition}{{\nlet value = &{place};");
    }
    if field.supports_presence() {
        let bound = bind(field, "value");
        return format!("if let Some(value) = &{place} {{\nlet value = {bound};");
    }
    let bound = bind(field, &format!("(&{place})"));
    match zero(field) {
        Some(zero) if required || ignore == Ignore::Zero => {
            format!("let value = {bound};\nif !({zero}) {{")
        }
        _ => format!("let value = {bound};\n{{"),
    }
}

/// From a reference to a field's Rust value to what checks work on.
pub fn bind(field: &FieldDescriptor, reference: &str) -> String {
    match field.kind() {
        Kind::String => format!("{reference}.as_str()"),
        Kind::Bytes => format!("{reference}.as_slice()"),
        Kind::Message(_) => reference.to_owned(),
        _ => format!("*{reference}"),
    }
}

/// Whether `value` is its kind's zero; messages have none.
pub fn zero(field: &FieldDescriptor) -> Option<&'static str> {
    match field.kind() {
        Kind::String | Kind::Bytes => Some("value.is_empty()"),
        Kind::Bool => Some("!value"),
        Kind::Double | Kind::Float => Some("value == 0.0"),
        Kind::Message(_) => None,
        _ => Some("value == 0"),
    }
}

/// The oneof that a field was written in; `optional` fields have one of their own, which is none.
pub fn real_oneof(field: &FieldDescriptor) -> Option<OneofDescriptor> {
    field.containing_oneof().filter(|oneof| !is_synthetic(oneof))
}

/// Whether a oneof only stands for the presence of an `optional` field.
pub fn is_synthetic(oneof: &OneofDescriptor) -> bool {
    oneof.fields().all(|field| field.field_descriptor_proto().proto3_optional())
}
