//! Messages and enums as JSON Schemas, in the form that the transcoder reads and writes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use prost_reflect::{
    EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage as _,
};
use serde_json::{Map, Value as Json, json};

use super::comments::Comments;
use super::rules::{Rules, oneof_required};
use crate::rest::{Api, Body, wrapped};

/// The component schemas, made as they are referred to.
pub struct Schemas<'a> {
    pub(super) comments: Comments,
    usage: HashMap<String, Usage>,
    made: BTreeMap<String, Made>,
    api: &'a Api,
}

/// A schema, and the fields that it leaves out because requests give them elsewhere.
struct Made {
    schema: Json,
    left_out: Vec<String>,
}

/// Where messages of a type occur.
#[derive(Clone, Copy, Default)]
struct Usage {
    in_requests: bool,
    in_replies: bool,
}

impl<'a> Schemas<'a> {
    /// None made yet.
    pub fn new(api: &'a Api) -> Self {
        let comments = Comments::new(api.pool());
        let mut schemas = Self { comments, usage: HashMap::new(), made: BTreeMap::new(), api };
        for route in api.routes() {
            schemas.use_message(&route.rpc.input(), true);
            schemas.use_message(&route.rpc.output(), false);
        }
        schemas
    }

    /// All that were referred to, and `others`.
    pub fn finish(self, others: Json) -> Json {
        let made = self.made.into_iter().map(|(name, made)| (name, made.schema));
        let mut all: Map<String, Json> = made.collect();
        if let Json::Object(others) = others {
            all.extend(others);
        }
        Json::Object(all)
    }

    fn use_message(&mut self, message: &MessageDescriptor, in_request: bool) {
        let usage = self.usage.entry(message.full_name().to_owned()).or_default();
        let seen = if in_request { &mut usage.in_requests } else { &mut usage.in_replies };
        if std::mem::replace(seen, true) {
            return;
        }
        for field in message.fields() {
            if let Kind::Message(inner) = field.kind() {
                self.use_message(&inner, in_request);
            }
        }
    }

    /// The body of a route: its message without the fields named in `elsewhere`.
    pub fn body(&mut self, input: &MessageDescriptor, body: &Body, elsewhere: &[String]) -> Json {
        match body {
            Body::Field(path) => self.field(path.leaf()),
            _ => self.component(input, elsewhere),
        }
    }

    /// A reference to a message's schema, or the schema itself where JSON has a form of its own.
    pub fn reference(&mut self, message: &MessageDescriptor) -> Json {
        if let Some(inner) = wrapped(message) {
            return self.kind(&inner);
        }
        well_known(message.full_name()).unwrap_or_else(|| self.component(message, &[]))
    }

    fn component(&mut self, message: &MessageDescriptor, leave_out: &[String]) -> Json {
        let mut name = message.full_name().to_owned();
        while self.made.get(&name).is_some_and(|made| made.left_out != leave_out) {
            name.push_str(".Body");
        }
        if !self.made.contains_key(&name) {
            // First the name alone, since messages may hold themselves.
            let left_out = leave_out.to_vec();
            self.made.insert(name.clone(), Made { schema: Json::Null, left_out: left_out.clone() });
            let schema = self.message(message, leave_out);
            self.made.insert(name.clone(), Made { schema, left_out });
        }
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    /// A detail of errors, of which no field is always there.
    pub fn detail(&mut self, message: &MessageDescriptor) -> Json {
        self.message(message, &[])
    }

    /// The reasons of errors, where the descriptors list them.
    pub fn error_reasons(&self) -> Option<Json> {
        let one = self.api.pool().get_enum_by_name("kefu.common.v1.ErrorReason")?;
        Some(self.enumeration(&one, "ERROR_REASON_"))
    }

    fn message(&mut self, message: &MessageDescriptor, leave_out: &[String]) -> Json {
        let usage = self.usage.get(message.full_name()).copied().unwrap_or_default();
        let mut properties = Map::new();
        let mut required = BTreeSet::new();
        for field in
            message.fields().filter(|field| !leave_out.iter().any(|out| out == field.name()))
        {
            let needed = match usage {
                Usage { in_requests: true, .. } => Rules::of(&field).required(&field),
                Usage { in_replies, .. } => in_replies && !field.supports_presence(),
            };
            if needed {
                required.insert(field.json_name().to_owned());
            }
            properties.insert(field.json_name().into(), self.field(&field));
        }
        let mut schema = json!({ "type": "object" });
        self.describe(&mut schema, message);
        if !properties.is_empty() {
            schema["properties"] = Json::Object(properties);
        }
        if !required.is_empty() {
            schema["required"] = required.into_iter().collect();
        }
        if usage.in_requests {
            schema["additionalProperties"] = false.into();
        }
        let oneofs: Vec<Json> = message
            .oneofs()
            .filter_map(|oneof| {
                let members: Vec<FieldDescriptor> = oneof.fields().collect();
                (!oneof.is_synthetic()).then(|| one_of(&members, oneof_required(&oneof)))
            })
            .collect();
        match oneofs.len() {
            0 => {}
            1 => schema["oneOf"] = oneofs.into_iter().next().unwrap_or_default(),
            _ => schema["allOf"] = oneofs.into_iter().map(|one| json!({ "oneOf": one })).collect(),
        }
        schema
    }

    fn describe(&self, schema: &mut Json, message: &MessageDescriptor) {
        let text = self.comments.of(&message.parent_file(), message.path());
        if !text.is_empty() {
            schema["description"] = text.into();
        }
    }

    /// The schema of a field, with its rules, comment and marks.
    pub fn field(&mut self, field: &FieldDescriptor) -> Json {
        let rules = Rules::of(field);
        let kind = field.kind();
        let mut schema = if field.is_map() {
            self.map(&kind, &rules)
        } else if field.is_list() {
            let items = self.ruled(&kind, &rules.inner("repeated", "items"), false);
            let mut list = rules.of_list();
            list.insert("type".into(), "array".into());
            list.insert("items".into(), items);
            Json::Object(list)
        } else {
            self.ruled(&kind, &rules, !field.supports_presence())
        };
        let comment = self.comments.of(&field.parent_file(), field.path());
        if !comment.is_empty() {
            schema["description"] = comment.into();
        }
        for (option, mark) in MARKS {
            if marked(field, option) {
                schema[mark] = true.into();
            }
        }
        schema
    }

    fn map(&mut self, kind: &Kind, rules: &Rules) -> Json {
        let mut map = rules.of_map();
        map.insert("type".into(), "object".into());
        if let Kind::Message(entry) = kind {
            let (key, value) =
                (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
            let keys = rules.inner("map", "keys").keywords(&key, false);
            if key == Kind::String && !keys.is_empty() {
                map.insert("propertyNames".into(), Json::Object(keys));
            } else if key != Kind::String {
                map.insert("propertyNames".into(), json!({ "pattern": key_pattern(&key) }));
            }
            let values = self.ruled(&value, &rules.inner("map", "values"), false);
            map.insert("additionalProperties".into(), values);
        }
        Json::Object(map)
    }

    fn ruled(&mut self, kind: &Kind, rules: &Rules, implicit: bool) -> Json {
        let mut schema = self.kind(kind);
        if let Json::Object(members) = &mut schema {
            let keywords = rules.keywords(kind, implicit);
            // A rule's bound takes the place of the type's own.
            for (exclusive, own) in
                [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")]
            {
                if keywords.contains_key(exclusive) {
                    members.remove(own);
                }
            }
            members.extend(keywords);
        }
        schema
    }

    fn kind(&mut self, kind: &Kind) -> Json {
        match kind {
            Kind::Double | Kind::Float => json!({
                "type": ["number", "string"],
                "format": if *kind == Kind::Double { "double" } else { "float" },
                "pattern": "^(NaN|-?Infinity)$",
            }),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
                json!({ "type": "integer", "format": "int32", "minimum": i32::MIN, "maximum": i32::MAX })
            }
            Kind::Uint32 | Kind::Fixed32 => {
                json!({ "type": "integer", "format": "int64", "minimum": 0, "maximum": u32::MAX })
            }
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => json!({
                "type": ["string", "integer"], "format": "int64", "pattern": "^(0|-?[1-9][0-9]{0,17})$",
            }),
            Kind::Uint64 | Kind::Fixed64 => json!({
                "type": ["string", "integer"], "format": "uint64", "minimum": 0,
                "pattern": "^(0|[1-9][0-9]{0,18})$",
            }),
            Kind::Bool => json!({ "type": "boolean" }),
            Kind::String => json!({ "type": "string" }),
            Kind::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
            Kind::Message(message) => self.reference(message),
            Kind::Enum(one) => {
                if one.full_name() == "google.protobuf.NullValue" {
                    return json!({ "type": "null" });
                }
                let name = one.full_name().to_owned();
                if !self.made.contains_key(&name) {
                    let schema = self.enumeration(one, "");
                    self.made.insert(name.clone(), Made { schema, left_out: Vec::new() });
                }
                json!({ "$ref": format!("#/components/schemas/{name}") })
            }
        }
    }

    fn enumeration(&self, one: &EnumDescriptor, prefix: &str) -> Json {
        let file = one.parent_file();
        let mut lines = vec![self.comments.of(&file, one.path()).to_owned(), String::new()];
        let mut names = Vec::new();
        for value in one.values() {
            let name = value.name().strip_prefix(prefix).unwrap_or(value.name()).to_owned();
            let meaning = self.comments.of(&file, value.path());
            if !meaning.is_empty() {
                lines.push(format!("- `{name}`: {meaning}"));
            }
            names.push(name);
        }
        json!({ "type": "string", "enum": names, "description": lines.join("\n").trim() })
    }
}

/// Options of Kefu's own and how they are shown.
const MARKS: [(&str, &str); 2] =
    [("kefu.common.v1.personal", "x-kefu-personal"), ("kefu.common.v1.secret", "x-kefu-secret")];

fn marked(field: &FieldDescriptor, option: &str) -> bool {
    let options = field.options();
    let extension = options.descriptor().parent_pool().get_extension_by_name(option);
    extension.is_some_and(|one| options.get_extension(&one).as_bool() == Some(true))
}

/// At most one member of a oneof, or exactly one.
fn one_of(members: &[FieldDescriptor], required: bool) -> Json {
    let mut ways: Vec<Json> =
        members.iter().map(|field| json!({ "required": [field.json_name()] })).collect();
    if !required {
        let none = members.iter().map(|field| (field.json_name().to_owned(), json!({ "not": {} })));
        ways.push(json!({ "properties": none.collect::<Map<_, _>>() }));
    }
    ways.into()
}

fn key_pattern(key: &Kind) -> &'static str {
    match key {
        Kind::Bool => "^(true|false)$",
        Kind::Uint32 | Kind::Uint64 | Kind::Fixed32 | Kind::Fixed64 => "^[0-9]+$",
        _ => "^-?[0-9]+$",
    }
}

/// Messages whose JSON is not an object of their fields.
fn well_known(full_name: &str) -> Option<Json> {
    let schema = match full_name.strip_prefix("google.protobuf.")? {
        "Timestamp" => json!({ "type": "string", "format": "date-time" }),
        "Duration" => json!({ "type": "string", "pattern": "^-?[0-9]{1,11}(\\.[0-9]{1,9})?s$" }),
        "FieldMask" => json!({ "type": "string", "pattern": "^[A-Za-z0-9_.,*]*$" }),
        "Struct" => json!({ "type": "object" }),
        "ListValue" => json!({ "type": "array" }),
        "Value" => json!({}),
        "Empty" => json!({ "type": "object", "additionalProperties": false }),
        "Any" => json!({
            "type": "object", "required": ["@type"], "properties": { "@type": { "type": "string" } },
        }),
        _ => return None,
    };
    Some(schema)
}
