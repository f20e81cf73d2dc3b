//! Routes as paths and operations.

use std::collections::BTreeMap;

use http::Method;
use prost_reflect::{FieldDescriptor, MethodDescriptor, ServiceDescriptor};
use serde_json::{Map, Value as Json, json};

use super::comments::first_sentence;
use super::errors;
use super::parameters::{headers_of, in_headers, query_parameters};
use super::rules::{Rules, oneof_required};
use super::schema::Schemas;
use crate::rest::{Api, Body, FieldPath, Route, Segment};

/// All paths, and the tags that their operations have.
pub fn paths(api: &Api, schemas: &mut Schemas<'_>) -> (Json, Json) {
    let mut paths: BTreeMap<String, Map<String, Json>> = BTreeMap::new();
    // Paths that differ in their parameters' names only are one path, under the first's names.
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut services: Vec<ServiceDescriptor> = Vec::new();
    for route in api.routes() {
        let Some(method) = operation_key(route.method.as_ref()) else { continue };
        let path = Path::of(route);
        let own = path.names.clone();
        let names = names.entry(path.text(&vec![String::new(); own.len()])).or_insert(own);
        let operation = operation(route, &path, names, schemas);
        paths.entry(path.text(names)).or_default().insert(method, operation);
        let service = route.rpc.parent_service();
        if !services.contains(service) {
            services.push(service.clone());
        }
    }
    let tags = services.iter().map(|service| {
        let text = schemas.comments.of(&service.parent_file(), service.path());
        json!({ "name": tag(service), "description": text })
    });
    let tags = tags.collect();
    (paths.into_iter().map(|(path, item)| (path, Json::Object(item))).collect(), tags)
}

/// OpenAPI has keys for these methods only; others and custom ones are left out.
fn operation_key(method: Option<&Method>) -> Option<String> {
    let name = method?.as_str().to_ascii_lowercase();
    ["get", "put", "post", "delete", "patch"].contains(&name.as_str()).then_some(name)
}

/// A path with a parameter for each segment that is not fixed.
struct Path {
    /// Fixed text, or nothing for a parameter.
    segments: Vec<Option<String>>,
    names: Vec<String>,
    /// For each parameter the index of its variable in the route, where it has one.
    variables: Vec<Option<usize>>,
    verb: Option<String>,
}

impl Path {
    fn of(route: &Route) -> Self {
        let template = &route.template;
        let mut path = Self {
            segments: Vec::new(),
            names: Vec::new(),
            variables: Vec::new(),
            verb: template.verb.clone(),
        };
        for (index, segment) in template.segments.iter().enumerate() {
            if let Segment::Literal(text) = segment {
                path.segments.push(Some(text.clone()));
                continue;
            }
            let variable =
                route.variables.iter().position(|(_, v)| (v.first..v.end).contains(&index));
            let name = variable.map_or("segment", |i| route.variables[i].0.leaf().json_name());
            let numbered = (2..).map(|number| format!("{name}{number}"));
            let mut candidates = std::iter::once(name.to_owned()).chain(numbered);
            let name = candidates.find(|one| !path.names.contains(one)).unwrap_or_default();
            path.segments.push(None);
            path.names.push(name);
            path.variables.push(variable);
        }
        path
    }

    fn text(&self, names: &[String]) -> String {
        let mut names = names.iter();
        let mut text = String::new();
        for segment in &self.segments {
            text.push('/');
            match segment {
                Some(literal) => text.push_str(literal),
                None => text.push_str(&format!("{{{}}}", names.next().map_or("", String::as_str))),
            }
        }
        if let Some(verb) = &self.verb {
            text.push(':');
            text.push_str(verb);
        }
        text
    }
}

fn operation(route: &Route, path: &Path, names: &[String], schemas: &mut Schemas<'_>) -> Json {
    let rpc = &route.rpc;
    let comment = schemas.comments.of(&rpc.parent_file(), rpc.path()).to_owned();
    let mut parameters = path_parameters(route, path, names, schemas);
    parameters.extend(query_parameters(route, schemas));
    parameters.extend(headers_of(route));
    let mut operation = json!({
        "operationId": operation_id(route),
        "tags": [tag(rpc.parent_service())],
        "summary": first_sentence(&comment),
        "description": comment,
        "parameters": parameters,
        "responses": responses(route, schemas),
        "x-kefu-rpc": format!("{}/{}", rpc.parent_service().full_name(), rpc.name()),
    });
    if let Some(permission) = permission(rpc) {
        operation["x-kefu-permission"] = permission.into();
    }
    if route.body != Body::None {
        operation["requestBody"] = request_body(route, schemas);
    }
    operation
}

/// `tickets_AssignTicket`, with the binding's number after it where it is not the first.
fn operation_id(route: &Route) -> String {
    let id = format!("{}_{}", area(route.rpc.parent_service()), route.rpc.name());
    if route.binding == 0 { id } else { format!("{id}_{}", route.binding) }
}

/// `tickets.TicketsService`.
fn tag(service: &ServiceDescriptor) -> String {
    format!("{}.{}", area(service), service.name())
}

/// The part of a package's name before its version.
fn area(service: &ServiceDescriptor) -> &str {
    service.package_name().rsplit('.').nth(1).unwrap_or(service.package_name())
}

fn permission(rpc: &MethodDescriptor) -> Option<String> {
    let extension = rpc.parent_pool().get_extension_by_name("kefu.common.v1.permission")?;
    let options = rpc.options();
    let value = options.has_extension(&extension).then(|| options.get_extension(&extension))?;
    value.as_str().map(str::to_owned)
}

fn path_parameters(
    route: &Route,
    path: &Path,
    names: &[String],
    schemas: &mut Schemas<'_>,
) -> Vec<Json> {
    let one = |(name, variable): (&String, &Option<usize>)| {
        let mut schema = match variable.map(|index| &route.variables[index]) {
            Some((field, variable)) if variable.end - variable.first == 1 => {
                schemas.field(field.leaf())
            }
            _ => json!({ "type": "string" }),
        };
        let description = schema.as_object_mut().and_then(|members| members.remove("description"));
        if schema["type"] == "string"
            && !schema.as_object().is_some_and(|s| s.contains_key("pattern"))
        {
            schema["minLength"] = 1.into();
        }
        let mut parameter =
            json!({ "name": name, "in": "path", "required": true, "schema": schema });
        if let Some(text) = description {
            parameter["description"] = text;
        }
        parameter
    };
    names.iter().zip(&path.variables).map(one).collect()
}

fn request_body(route: &Route, schemas: &mut Schemas<'_>) -> Json {
    let input = route.rpc.input();
    let in_path = |path: &FieldPath| route.variables.iter().any(|(variable, _)| variable == path);
    let elsewhere = |field: &FieldDescriptor| {
        let path = FieldPath::resolve(&input, field.name());
        path.is_some_and(|path| in_path(&path) || in_headers(route, &path))
    };
    let (out, left): (Vec<_>, Vec<_>) = input.fields().partition(elsewhere);
    let out: Vec<String> = out.iter().map(|field| field.name().to_owned()).collect();
    let schema = schemas.body(&input, &route.body, &out);
    if route.rpc.is_client_streaming() {
        let lines = parts_of_text("One JSON object a line.", &schema);
        return json!({ "required": true, "content": { "application/x-ndjson": { "schema": lines } } });
    }
    let required = match &route.body {
        Body::Field(path) => Rules::of(path.leaf()).required(path.leaf()),
        _ => {
            left.iter().any(|field| Rules::of(field).required(field))
                || input.oneofs().any(|oneof| oneof_required(&oneof))
        }
    };
    json!({ "required": required, "content": { "application/json": { "schema": schema } } })
}

/// Text that is made of JSON values; the keywords of JSON Schema for that come nearest to it.
fn parts_of_text(description: &str, part: &Json) -> Json {
    json!({
        "type": "string",
        "description": description,
        "contentMediaType": "application/json",
        "contentSchema": part,
    })
}

fn responses(route: &Route, schemas: &mut Schemas<'_>) -> Json {
    let output = route.rpc.output();
    let schema = match &route.response_body {
        Some(field) => schemas.field(field),
        None => schemas.reference(&output),
    };
    let mut response = json!({ "description": "What was asked for." });
    if route.rpc.is_server_streaming() {
        response["content"]["text/event-stream"]["schema"] =
            parts_of_text("Server-sent events; the data of each is one JSON object.", &schema);
    } else {
        response["content"]["application/json"]["schema"] = schema;
    }
    if route.reply_etag.is_some() && !route.rpc.is_server_streaming() {
        response["headers"]["ETag"] = json!({
            "description": "The resource's etag, in quotes.",
            "schema": { "type": "string" },
        });
    }
    let changes = route.method.as_ref() != Some(&Method::GET);
    let mut all = errors::of_operation(!route.variables.is_empty(), changes);
    all.insert("200".into(), response);
    Json::Object(all)
}
