//! The `google.api.http` option of an RPC, read from its descriptor as it is written.

use std::fmt;

use prost_reflect::{DynamicMessage, MethodDescriptor, Value};

/// One binding of an RPC, the option's own or one of its `additional_bindings`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRule {
    /// `GET`, `PUT` …, or what a custom rule says; `*` means every method.
    pub method: String,
    /// The path template.
    pub path: String,
    /// The field that the body is, `*` for the whole request, empty for none.
    pub body: String,
    /// The field of the reply that is sent, empty for all of it.
    pub response_body: String,
}

impl fmt::Display for HttpRule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.method, self.path)
    }
}

/// All bindings of `rpc`; none where it has no such option.
pub fn rules(rpc: &MethodDescriptor) -> Vec<HttpRule> {
    let Some(extension) = rpc.parent_pool().get_extension_by_name("google.api.http") else {
        return Vec::new();
    };
    let options = rpc.options();
    if !options.has_extension(&extension) {
        return Vec::new();
    }
    let value = options.get_extension(&extension);
    let Some(rule) = value.as_message() else { return Vec::new() };
    let more = field(rule, "additional_bindings");
    let more = more.iter().flat_map(|value| value.as_list().unwrap_or_default());
    std::iter::once(one(rule)).chain(more.filter_map(Value::as_message).map(one)).collect()
}

fn one(rule: &DynamicMessage) -> HttpRule {
    let (method, path) = pattern(rule);
    HttpRule { method, path, body: text(rule, "body"), response_body: text(rule, "response_body") }
}

fn pattern(rule: &DynamicMessage) -> (String, String) {
    for method in ["get", "put", "post", "delete", "patch"] {
        if rule.has_field_by_name(method) {
            return (method.to_ascii_uppercase(), text(rule, method));
        }
    }
    match field(rule, "custom").as_ref().and_then(Value::as_message) {
        Some(custom) => (text(custom, "kind"), text(custom, "path")),
        None => (String::new(), String::new()),
    }
}

fn field(message: &DynamicMessage, name: &str) -> Option<Value> {
    message.get_field_by_name(name).map(std::borrow::Cow::into_owned)
}

fn text(message: &DynamicMessage, name: &str) -> String {
    field(message, name).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
