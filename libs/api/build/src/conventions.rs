//! What every RPC and every request must have, checked while building: permission, HTTP rule,
//! idempotency key, bounds. All that is missing is told at once.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, Value,
};
use prost_types::method_options::IdempotencyLevel;

use crate::model::Model;
use crate::options::{flag, nested};
use crate::{names, rules};

/// Refuses a package that breaks a convention, naming each place.
pub fn check(model: &Model) -> Result<()> {
    let mut found = Vec::new();
    let mut routes = BTreeSet::new();
    for service in model.services() {
        for method in service.methods() {
            let mut say = |text: String| found.push(format!("{}: {text}", method.full_name()));
            permission(model, &method, &mut say);
            if let Some(route) = http(model, &method, &mut say)
                && !routes.insert(route.clone())
            {
                say(format!("the route {route} is taken"));
            }
        }
    }
    for message in model.requests() {
        for field in message.fields() {
            let place = format!("{}.{}", message.full_name(), field.name());
            bounds(model, &field, &mut |text| found.push(format!("{place}: {text}")));
        }
    }
    if found.is_empty() { Ok(()) } else { bail!("{}", found.join("\n")) }
}

fn permission(model: &Model, method: &MethodDescriptor, say: &mut impl FnMut(String)) {
    let Some(permission) = model.options.permission(method) else {
        return say("has no (kefu.common.v1.permission)".to_owned());
    };
    let service = names::service_of(&model.package).unwrap_or_default();
    let word = permission.strip_prefix(service).and_then(|rest| rest.strip_prefix('.'));
    let letters = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    if !word.is_some_and(|word| !word.is_empty() && word.bytes().all(letters)) {
        say(format!("its permission `{permission}` is not of the form {service}.<word>"));
    }
}

/// Checks a method's HTTP rule and gives its route, variables without their names.
fn http(model: &Model, method: &MethodDescriptor, say: &mut impl FnMut(String)) -> Option<String> {
    let Some(rule) = model.options.http(method) else {
        say("has no (google.api.http)".to_owned());
        return None;
    };
    let Some((verb, path)) = verb_and_path(&rule) else {
        say("its HTTP rule has no path".to_owned());
        return None;
    };
    let input = method.input();
    let route = path_shape(&path, &input, say);
    body(&rule, &verb, &input, say);
    let keyed = input.get_field_by_name("request_id").is_some();
    if ["get", "delete"].contains(&verb.as_str()) {
        for name in input.fields().filter(|field| model.options.is_personal(field)) {
            say(format!("the personal {} would stand in its URL", name.name()));
        }
    }
    let reads = verb == "get" || only_reads(method);
    if reads && keyed {
        say("only reads and has a request_id".to_owned());
    }
    if !reads && !keyed && !method.is_client_streaming() {
        say("changes something and has no request_id".to_owned());
    }
    Some(format!("{verb} {route}"))
}

/// Whether a method says that it changes nothing: a read that goes by POST because what it asks by must
/// not stand in a URL, or does not fit one.
fn only_reads(method: &MethodDescriptor) -> bool {
    let options = method.method_descriptor_proto().options.as_ref();
    options.is_some_and(|it| it.idempotency_level() == IdempotencyLevel::NoSideEffects)
}

fn verb_and_path(rule: &DynamicMessage) -> Option<(String, String)> {
    ["get", "put", "post", "delete", "patch"].into_iter().find_map(|verb| {
        let set = rule.has_field_by_name(verb);
        let path = set.then(|| rule.get_field_by_name(verb))??;
        Some((verb.to_owned(), path.as_str()?.to_owned()))
    })
}

fn path_shape(path: &str, input: &MessageDescriptor, say: &mut impl FnMut(String)) -> String {
    if !path.starts_with("/v1/") {
        say(format!("its path {path} does not begin with /v1/"));
    }
    let mut shape = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let field = input.get_field_by_name(name);
        if !field.is_some_and(|field| matches!(field.kind(), Kind::String) && !field.is_list()) {
            say(format!("the variable {name} of its path is no text of {}", input.name()));
        }
        shape.push_str(before);
        shape.push_str("{}");
        rest = after;
    }
    shape + rest
}

fn body(
    rule: &DynamicMessage,
    verb: &str,
    input: &MessageDescriptor,
    say: &mut impl FnMut(String),
) {
    let body = rule.get_field_by_name("body").and_then(|body| body.as_str().map(str::to_owned));
    let body = body.unwrap_or_default();
    match verb {
        "get" | "delete" if !body.is_empty() => say(format!("{verb} takes no body")),
        "put" | "post" | "patch" if body.is_empty() => say(format!("{verb} needs a body")),
        _ if !body.is_empty() && body != "*" && input.get_field_by_name(&body).is_none() => {
            say(format!("its body {body} is no field of {}", input.name()));
        }
        _ => {}
    }
    if rule
        .get_field_by_name("additional_bindings")
        .is_some_and(|more| !more.as_list().unwrap_or_default().is_empty())
    {
        say("has more than one route".to_owned());
    }
}

/// Everything of a request is bounded: texts and lists have a greatest size, enums their values.
fn bounds(model: &Model, field: &FieldDescriptor, say: &mut impl FnMut(String)) {
    let rules = model.options.rules(field);
    if field.is_map() {
        let map = rules.as_ref().and_then(|rules| nested(rules, "map"));
        let bounded = map.as_ref().is_some_and(|map| map.has_field_by_name("max_pairs"));
        if !bounded {
            say("a map in a request needs `map.max_pairs`".to_owned());
        }
        if let Kind::Message(entry) = field.kind() {
            let part = |name: &str| map.as_ref().and_then(|map| nested(map, name));
            single(&entry.map_entry_key_field(), part("keys").as_ref(), say);
            single(&entry.map_entry_value_field(), part("values").as_ref(), say);
        }
    } else if field.is_list() {
        let list = rules.as_ref().and_then(|rules| nested(rules, "repeated"));
        if !list.as_ref().is_some_and(|list| list.has_field_by_name("max_items")) {
            say("a list in a request needs `repeated.max_items`".to_owned());
        }
        let items = list.as_ref().and_then(|list| nested(list, "items"));
        single(field, items.as_ref(), say);
    } else {
        single(field, rules.as_ref(), say);
    }
}

fn single(field: &FieldDescriptor, rules: Option<&DynamicMessage>, say: &mut impl FnMut(String)) {
    let group = |name| rules.and_then(|rules| nested(rules, name));
    let any = |group: Option<DynamicMessage>, names: &[&str]| {
        group.is_some_and(|group| names.iter().any(|name| group.has_field_by_name(name)))
    };
    match field.kind() {
        Kind::String => {
            let sized =
                ["len", "max_len", "len_bytes", "max_bytes", "const", "in", "uuid", "email"];
            if !any(group("string"), &sized) && !pattern_is_bounded(group("string")) {
                say("a text in a request needs a greatest length".to_owned());
            }
        }
        Kind::Bytes if !any(group("bytes"), &["len", "max_len"]) => {
            say("bytes in a request need a greatest length".to_owned());
        }
        Kind::Enum(_) => {
            let closed = group("enum").is_some_and(|rules| {
                flag(&rules, "defined_only") == Some(true)
                    || rules.has_field_by_name("in")
                    || rules.has_field_by_name("const")
            });
            if !closed {
                say("an enum in a request needs `enum.defined_only` or `enum.in`".to_owned());
            }
        }
        _ => {}
    }
}

fn pattern_is_bounded(group: Option<DynamicMessage>) -> bool {
    let pattern =
        group.and_then(|group| group.get_field_by_name("pattern").map(|it| it.into_owned()));
    match pattern {
        Some(Value::String(pattern)) => matches!(rules::longest_match(&pattern), Ok(Some(_))),
        _ => false,
    }
}
