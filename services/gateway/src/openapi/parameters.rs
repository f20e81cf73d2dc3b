//! What a request gives outside of its path and body: query parameters and headers.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Value as Json, json};

use super::rules::Rules;
use super::schema::Schemas;
use crate::rest::{FieldPath, Route, fits_text};

/// Messages inside each other are followed this far for parameters such as `a.b.c`.
const DEEPEST_PARAMETER: usize = 3;

/// What the query may give, `a.b` for fields of messages.
pub fn query_parameters(route: &Route, schemas: &mut Schemas<'_>) -> Vec<Json> {
    let mut all = Vec::new();
    add_parameters(route, &route.rpc.input(), "", 0, schemas, &mut all);
    all
}

fn add_parameters(
    route: &Route,
    message: &MessageDescriptor,
    prefix: &str,
    depth: usize,
    schemas: &mut Schemas<'_>,
    all: &mut Vec<Json>,
) {
    for field in message.fields() {
        let name = format!("{prefix}{}", field.name());
        let path = FieldPath::resolve(&route.rpc.input(), &name)
            .filter(|path| route.takes_from_query(path));
        let Some(path) = path.filter(|path| !field.is_map() && !in_headers(route, path)) else {
            continue;
        };
        if fits_text(&field.kind()) {
            let mut schema = schemas.field(&field);
            let description =
                schema.as_object_mut().and_then(|members| members.remove("description"));
            let required = depth == 0 && Rules::of(&field).required(&field);
            let mut parameter = json!({ "name": path.json_name(), "in": "query", "required": required, "schema": schema });
            let text = description.as_ref().and_then(Json::as_str).unwrap_or_default();
            let text = [text, &exclusions(path.first())].join(" ");
            if !text.trim().is_empty() {
                parameter["description"] = text.trim().into();
            }
            all.push(parameter);
        } else if let Kind::Message(inner) = field.kind()
            && !field.is_list()
            && depth < DEEPEST_PARAMETER
        {
            add_parameters(route, &inner, &format!("{name}."), depth + 1, schemas, all);
        }
    }
}

/// What OpenAPI has no keyword for: the other members of a parameter's oneof.
fn exclusions(field: &FieldDescriptor) -> String {
    let oneof = field.containing_oneof().filter(|oneof| !oneof.is_synthetic());
    let others = oneof.iter().flat_map(|oneof| oneof.fields()).filter(|other| other != field);
    let others: Vec<String> = others.map(|other| format!("`{}`", other.json_name())).collect();
    if others.is_empty() { String::new() } else { format!("Excludes {}.", others.join(", ")) }
}

/// The headers that are parameters, by the name of their component.
const HEADERS: [(&str, &str, &str); 4] = [
    (
        "IdempotencyKey",
        "Idempotency-Key",
        "The idempotency key: the same key with the \
        same request has its effect once and the same answer for 72 hours.",
    ),
    ("IfMatch", "If-Match", "The etag of what the caller has seen, in quotes."),
    ("LastEventId", "Last-Event-ID", "The id of the last event received, instead of `cursor`."),
    (
        "RequestTimeout",
        "Request-Timeout",
        "How long the caller waits, in whole seconds; at most 30 for \
        what is not a stream.",
    ),
];

/// The component parameters.
pub fn header_parameters() -> Json {
    let all = HEADERS.iter().map(|(component, name, description)| {
        let schema = match *component {
            "RequestTimeout" => json!({ "type": "integer", "minimum": 1, "maximum": 3600 }),
            "IdempotencyKey" => json!({ "type": "string", "pattern": "^[0-9A-Za-z_-]{1,64}$" }),
            "IfMatch" => json!({ "type": "string", "pattern": "^\"[0-9A-Za-z_-]{1,20}\"$" }),
            _ => json!({ "type": "string" }),
        };
        let parameter =
            json!({ "name": name, "in": "header", "description": description, "schema": schema });
        ((*component).to_owned(), parameter)
    });
    Json::Object(all.collect())
}

/// The headers of an operation; required where the field that they give is.
pub fn headers_of(route: &Route) -> Vec<Json> {
    let given = [&route.request_id, &route.etag, &route.cursor];
    let given = given.map(|path| path.as_ref().map(FieldPath::leaf));
    let mut all = Vec::new();
    for ((component, ..), field) in HEADERS.iter().zip(given) {
        let Some(field) = field else { continue };
        if Rules::of(field).required(field) {
            let mut parameter = header_parameters()[component].take();
            parameter["required"] = true.into();
            all.push(parameter);
        } else {
            all.push(json!({ "$ref": format!("#/components/parameters/{component}") }));
        }
    }
    all.push(json!({ "$ref": "#/components/parameters/RequestTimeout" }));
    all
}

/// Fields of the request that are described as headers, though they may stand in body or query, too.
pub fn in_headers(route: &Route, path: &FieldPath) -> bool {
    [&route.request_id, &route.etag].into_iter().flatten().any(|other| other == path)
}
