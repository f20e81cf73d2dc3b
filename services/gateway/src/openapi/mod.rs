//! The OpenAPI 3.1 document of the REST surface, made from the same compiled rules that serve it:
//! a path, parameter or limit that is not enforced cannot be in it.
//!
//! [`paths`] and [`parameters`] describe the routes, [`schema`] the messages, [`rules`] their validation, [`comments`]
//! finds the texts in the protos, [`errors`] has what all operations share. The output depends on the
//! descriptors alone and is in the same order whenever they are.

mod comments;
mod errors;
mod parameters;
mod paths;
mod rules;
mod schema;
#[cfg(test)]
mod tests;

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use http::header;
use serde_json::{Value as Json, json};

use crate::rest::Api;

/// The document as text, for people to read and tools to compare.
pub fn document(api: &Api) -> String {
    let mut schemas = schema::Schemas::new(api);
    let (paths, tags) = paths::paths(api, &mut schemas);
    let mut document = json!({
        "openapi": "3.1.0",
        "info": info(),
        "servers": [{ "url": "/", "description": "The gateway that serves this document." }],
        "security": [{ "bearer": [] }],
        "tags": tags,
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key (`kefu_live_…`) or an OIDC access token.",
                },
            },
            "parameters": parameters::header_parameters(),
            "responses": errors::responses(),
            "schemas": errors::schemas(&mut schemas),
        },
    });
    document["components"]["schemas"] = schemas.finish(document["components"]["schemas"].take());
    document.sort_all_objects();
    let mut text = serde_json::to_string_pretty(&document).expect("a JSON value can be written");
    text.push('\n');
    text
}

/// Serves the document at `/openapi.json`.
pub fn router(api: &Api) -> Router {
    let text = Bytes::from(document(api));
    let answer = move || async move { ([(header::CONTENT_TYPE, "application/json")], text) };
    Router::new().route("/openapi.json", get(answer))
}

fn info() -> Json {
    json!({
        "title": "Kefu",
        "version": env!("CARGO_PKG_VERSION"),
        "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        "description": "\
            The customer-service platform over REST and JSON. The same methods are served over gRPC; \
            each operation names its own in `x-kefu-rpc`, and the permission it needs in \
            `x-kefu-permission`.\n\n\
            Names of fields are accepted in lowerCamelCase and in snake_case, and sent in lowerCamelCase. \
            Unknown fields are refused. Replies show fields that hold their default; what can be told to \
            be absent is left out. 64-bit integers are sent as strings and accepted as numbers, too. \
            `Idempotency-Key` and `If-Match` may instead be given as the fields `requestId` and `etag` of the \
            request. \
            Violations name fields as the protos do, in snake_case.\n\n\
            Streams of replies are server-sent events: each event's name is the member of the message that \
            is set, its id is the cursor to go on from (`Last-Event-ID`), and an event `error` ends a stream \
            that fails. Streams of requests are bodies with one JSON object a line.",
    })
}
