//! What goes wrong in every operation alike: one form of error, by status.

use prost_reflect::MessageDescriptor;
use serde_json::{Map, Value as Json, json};

use super::schema::Schemas;
use crate::rest::DETAIL_TYPES;

/// The responses that operations refer to, by status.
const RESPONSES: [(&str, &str, &str); 9] = [
    (
        "400",
        "Invalid",
        "The request is not valid (BadRequest names every field that is wrong), or the \
        state of things does not allow it (PreconditionFailure).",
    ),
    (
        "401",
        "Unauthenticated",
        "The method needs credentials, and there are none or they do not hold.",
    ),
    ("403", "Forbidden", "The caller's roles do not hold the method's permission."),
    ("404", "NotFound", "It does not exist, or the caller may not know that it does."),
    ("409", "Conflict", "Another change came first, or one with the same name exists."),
    ("413", "TooLarge", "The request is larger than 1 MiB."),
    ("429", "Limited", "The caller is over a limit; `Retry-After` says when to go on."),
    ("503", "Unavailable", "Not now; `Retry-After` says when to try again."),
    ("default", "Error", "Any other error."),
];

/// The statuses that an operation lists: those that every one has, 404 where the path names a thing,
/// 409 and 413 where it changes something.
pub fn of_operation(names_a_thing: bool, changes: bool) -> Map<String, Json> {
    let listed = RESPONSES.iter().filter(|(status, ..)| match *status {
        "404" => names_a_thing,
        "409" | "413" => changes,
        _ => true,
    });
    listed
        .map(|(status, name, _)| {
            let reference = json!({ "$ref": format!("#/components/responses/{name}") });
            ((*status).to_owned(), reference)
        })
        .collect()
}

/// The component responses.
pub fn responses() -> Json {
    let all = RESPONSES.iter().map(|(status, name, description)| {
        let mut response = json!({
            "description": description,
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } },
        });
        if matches!(*status, "429" | "503") {
            response["headers"]["Retry-After"] = json!({
                "description": "Seconds to wait.",
                "schema": { "type": "integer", "minimum": 0 },
            });
        }
        ((*name).to_owned(), response)
    });
    Json::Object(all.collect())
}

/// The details that errors carry.
const DETAILS: [&str; 7] = [
    "ErrorInfo",
    "BadRequest",
    "RetryInfo",
    "PreconditionFailure",
    "QuotaFailure",
    "ResourceInfo",
    "RequestInfo",
];

/// The schemas of errors.
pub fn schemas(schemas: &mut Schemas<'_>) -> Json {
    let mut all = Map::new();
    let mut any_of = Vec::new();
    for name in DETAILS {
        let full_name = format!("google.rpc.{name}");
        let kind: MessageDescriptor = DETAIL_TYPES
            .get_message_by_name(&full_name)
            .expect("tonic-types has the standard details");
        let mut schema = schemas.detail(&kind);
        let url = format!("type.googleapis.com/{full_name}");
        schema["properties"]["@type"] = json!({ "const": url });
        schema["required"] = json!(["@type"]);
        any_of.push(json!({ "$ref": format!("#/components/schemas/{full_name}") }));
        all.insert(full_name, schema);
    }
    if let Some(reasons) = schemas.error_reasons() {
        all["google.rpc.ErrorInfo"]["properties"]["reason"] = json!({
            "description": "Why; later versions may send reasons that are not listed yet.",
            "anyOf": [{ "$ref": "#/components/schemas/ErrorReason" }, { "type": "string" }],
        });
        all.insert("ErrorReason".into(), reasons);
    }
    all.insert("Error".into(), json!({
        "type": "object",
        "description": "`google.rpc.Status` as JSON (AIP-193).",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "status", "message", "details"],
                "properties": {
                    "code": { "type": "integer", "description": "The HTTP status." },
                    "status": { "type": "string", "description": "The gRPC code, such as `NOT_FOUND`." },
                    "message": { "type": "string", "description": "A text for people." },
                    "details": {
                        "type": "array",
                        "description": "At most one of each type; ErrorInfo is always there.",
                        "items": {
                            "type": "object",
                            "required": ["@type"],
                            "properties": { "@type": { "type": "string" } },
                            "anyOf": any_of,
                        },
                    },
                },
            },
        },
    }));
    Json::Object(all)
}
