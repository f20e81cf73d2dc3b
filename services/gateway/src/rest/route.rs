//! A rule resolved against the messages of its RPC: which fields come from the path, the body, the
//! query and the headers, and which part of the reply goes back.

use http::Method;
use http::uri::PathAndQuery;
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor};

use super::fields::FieldPath;
use super::rule::HttpRule;
use super::scalar;
use super::template::{Segment, Template, Variable};

/// One way over HTTP to one RPC.
#[derive(Clone, Debug)]
pub struct Route {
    /// The RPC.
    pub rpc: MethodDescriptor,
    /// Its path over gRPC, `/kefu.tickets.v1.TicketsService/GetTicket`.
    pub rpc_path: PathAndQuery,
    /// 0 for the rule itself, 1… for its additional bindings.
    pub binding: usize,
    /// The HTTP method; none takes every one.
    pub method: Option<Method>,
    /// The path as the rule tells it, `/v1/tickets/{ticket_id}`.
    pub path: String,
    /// The path.
    pub template: Template,
    /// The fields that the path gives, with their places in it.
    pub variables: Vec<(FieldPath, Variable)>,
    /// What the body gives.
    pub body: Body,
    /// The one field of the reply that is sent, instead of all of it.
    pub response_body: Option<FieldDescriptor>,
    /// The field that `Idempotency-Key` gives.
    pub request_id: Option<FieldPath>,
    /// The field that `If-Match` gives.
    pub etag: Option<FieldPath>,
    /// The field that a reconnecting event stream's `Last-Event-ID` gives.
    pub cursor: Option<FieldPath>,
    /// The field of the reply that makes the `ETag` header.
    pub reply_etag: Option<FieldPath>,
    /// The field of a streamed reply that makes its event's id.
    pub reply_cursor: Option<FieldPath>,
}

/// What the body of a request is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Nothing: fields that the path does not give come from the query.
    None,
    /// The whole request message; the query gives nothing.
    Whole,
    /// One field of it; the rest comes from the query.
    Field(FieldPath),
}

impl Route {
    /// Resolves `rule`; the error is a sentence that goes on after the rule.
    pub fn compile(
        rpc: &MethodDescriptor,
        binding: usize,
        rule: &HttpRule,
    ) -> Result<Self, String> {
        let input = rpc.input();
        let template = Template::parse(&rule.path)?;
        if !matches!(template.segments.first(), Some(Segment::Literal(_))) {
            return Err("begins with a variable".into());
        }
        let body = body(&input, &rule.body)?;
        let variables = variables(&input, &template)?;
        if variables.iter().any(|(path, _)| Body::Field(path.clone()) == body) {
            return Err(format!("gives {} in the path and as the body", rule.body));
        }
        let method = method(&rule.method)?;
        if rpc.is_client_streaming() && body == Body::None {
            return Err("streams requests and has no body".into());
        }
        Ok(Self {
            rpc_path: rpc_path(rpc)?,
            path: rule.path.clone(),
            binding,
            variables,
            response_body: response_body(&rpc.output(), &rule.response_body)?,
            request_id: text_field(&input, "request_id"),
            etag: etag(&input, &body),
            reply_etag: text_field(&rpc.output(), "etag"),
            reply_cursor: text_field(&rpc.output(), "cursor"),
            cursor: rpc.is_server_streaming().then(|| text_field(&input, "cursor")).flatten(),
            rpc: rpc.clone(),
            method,
            template,
            body,
        })
    }

    /// Whether the query may give `path`.
    pub fn takes_from_query(&self, path: &FieldPath) -> bool {
        let in_path = self.variables.iter().any(|(variable, _)| variable == path);
        match &self.body {
            Body::Whole => false,
            Body::Field(body) => !in_path && !path.is_within(body),
            Body::None => !in_path,
        }
    }
}

fn method(text: &str) -> Result<Option<Method>, String> {
    match text {
        "" => Err("has no method".into()),
        "*" => Ok(None),
        text => text.parse().map(Some).map_err(|_| "has a method that HTTP does not allow".into()),
    }
}

fn rpc_path(rpc: &MethodDescriptor) -> Result<PathAndQuery, String> {
    let path = format!("/{}/{}", rpc.parent_service().full_name(), rpc.name());
    path.parse().map_err(|_| "has a name that makes no path".into())
}

fn variables(
    input: &MessageDescriptor,
    template: &Template,
) -> Result<Vec<(FieldPath, Variable)>, String> {
    let mut found = Vec::new();
    for variable in &template.variables {
        let name = &variable.field;
        let path = FieldPath::resolve(input, name)
            .ok_or_else(|| format!("binds {name}, which {} does not have", input.full_name()))?;
        let leaf = path.leaf();
        if leaf.is_list() || leaf.is_map() || !scalar::fits_text(&leaf.kind()) {
            return Err(format!("binds {name}, which no part of a path can hold"));
        }
        if template.spans(variable) && leaf.kind() != Kind::String {
            return Err(format!("binds several segments to {name}, which is not a string"));
        }
        found.push((path, variable.clone()));
    }
    Ok(found)
}

fn body(input: &MessageDescriptor, name: &str) -> Result<Body, String> {
    match name {
        "" => Ok(Body::None),
        "*" => Ok(Body::Whole),
        name => match input.get_field_by_name(name) {
            Some(_) => Ok(Body::Field(
                FieldPath::resolve(input, name).ok_or_else(|| format!("has no field {name}"))?,
            )),
            None => Err(format!("has the body {name}, which {} lacks", input.full_name())),
        },
    }
}

fn response_body(
    output: &MessageDescriptor,
    name: &str,
) -> Result<Option<FieldDescriptor>, String> {
    if name.is_empty() {
        return Ok(None);
    }
    let field = output.get_field_by_name(name);
    field.map(Some).ok_or_else(|| format!("answers {name}, which {} lacks", output.full_name()))
}

/// A singular string field of `owner`.
fn text_field(owner: &MessageDescriptor, name: &str) -> Option<FieldPath> {
    FieldPath::resolve(owner, name).filter(|path| {
        let leaf = path.leaf();
        leaf.kind() == Kind::String && !leaf.is_list()
    })
}

/// `etag` of the request, or of the resource that is its body.
fn etag(input: &MessageDescriptor, body: &Body) -> Option<FieldPath> {
    let inner = match body {
        Body::Field(field) => Some(format!("{field}.etag")),
        _ => None,
    };
    text_field(input, "etag").or_else(|| text_field(input, &inner?))
}
