//! Validation rules (`buf.validate.field`) as JSON Schema keywords.

use std::borrow::Cow;

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, OneofDescriptor, Value};
use regex::Regex;
use serde_json::{Map, Value as Json, json};

/// The rules of one field, item, key or value; none of them set where it has none.
pub struct Rules(Option<DynamicMessage>);

/// `buf.validate.Ignore`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ignore {
    No,
    IfZero,
    Always,
}

impl Rules {
    /// The rules of a field.
    pub fn of(field: &FieldDescriptor) -> Self {
        let extension = field.parent_pool().get_extension_by_name("buf.validate.field");
        let options = field.options();
        Self(
            extension
                .filter(|one| options.has_extension(one))
                .and_then(|one| options.get_extension(&one).as_message().cloned()),
        )
    }

    /// The rules of a list's items (`repeated`, `items`) or of a map's `keys` or `values`.
    pub fn inner(&self, kind: &str, part: &str) -> Self {
        Self(self.kind(kind).and_then(|rules| message(&rules, part)))
    }

    /// Whether a request must give the field: it says so, or its zero value breaks its rules.
    pub fn required(&self, field: &FieldDescriptor) -> bool {
        if flag(self.0.as_ref(), "required") {
            return true;
        }
        !field.supports_presence() && self.ignore() == Ignore::No && self.refuses_zero(field)
    }

    /// The keywords that a value must satisfy. `implicit`: absent and zero are the same.
    pub fn keywords(&self, kind: &Kind, implicit: bool) -> Map<String, Json> {
        let mut out = Map::new();
        if self.ignore() == Ignore::Always {
            return out;
        }
        let zero_passes = implicit && self.ignore() == Ignore::IfZero;
        match kind {
            Kind::String => self.string(zero_passes, &mut out),
            Kind::Enum(_) => self.enumeration(kind, zero_passes, &mut out),
            Kind::Message(_) | Kind::Bytes | Kind::Bool => {}
            _ => self.number(kind, zero_passes, &mut out),
        }
        out
    }

    /// The keywords of a list as such.
    pub fn of_list(&self) -> Map<String, Json> {
        let Some(rules) = self.kind("repeated") else { return Map::new() };
        let mut out = Map::new();
        copy(&rules, &[("min_items", "minItems"), ("max_items", "maxItems")], &mut out);
        if flag(Some(&rules), "unique") {
            out.insert("uniqueItems".into(), true.into());
        }
        if self.ignore() != Ignore::No {
            out.remove("minItems");
        }
        out
    }

    /// The keywords of a map as such.
    pub fn of_map(&self) -> Map<String, Json> {
        let Some(rules) = self.kind("map") else { return Map::new() };
        let mut out = Map::new();
        copy(&rules, &[("min_pairs", "minProperties"), ("max_pairs", "maxProperties")], &mut out);
        out
    }

    fn kind(&self, name: &str) -> Option<DynamicMessage> {
        message(self.0.as_ref()?, name)
    }

    fn ignore(&self) -> Ignore {
        let number = self.0.as_ref().and_then(|rules| get(rules, "ignore")?.as_enum_number());
        match number {
            Some(1) => Ignore::IfZero,
            Some(3) => Ignore::Always,
            _ => Ignore::No,
        }
    }

    fn string(&self, zero_passes: bool, out: &mut Map<String, Json>) {
        let required = flag(self.0.as_ref(), "required");
        let Some(rules) = self.kind("string") else {
            if required {
                out.insert("minLength".into(), 1.into());
            }
            return;
        };
        let lengths = [
            ("len", "minLength"),
            ("len", "maxLength"),
            ("min_len", "minLength"),
            ("max_bytes", "maxLength"),
            ("max_len", "maxLength"),
        ];
        copy(&rules, &lengths, out);
        for (rule, format) in FORMATS {
            if flag(Some(&rules), rule) {
                out.insert("format".into(), format.into());
            }
        }
        copy(&rules, &[("const", "const"), ("pattern", "pattern")], out);
        if let Some(prefix) = text(&rules, "prefix").filter(|_| !out.contains_key("pattern")) {
            out.insert("pattern".into(), format!("^{}", regex::escape(&prefix)).into());
        }
        choices(&rules, out);
        if zero_passes {
            out.remove("minLength");
            if let Some(Json::String(pattern)) = out.get_mut("pattern")
                && !matches_empty(pattern)
            {
                *pattern = format!("^$|{pattern}");
            }
            if let Some(format) = out.remove("format") {
                out.insert("anyOf".into(), json!([{ "const": "" }, { "format": format }]));
            }
        } else if required {
            out.entry("minLength").or_insert(1.into());
        }
    }

    fn number(&self, kind: &Kind, zero_passes: bool, out: &mut Map<String, Json>) {
        let Some(rules) = self.kind(rule_name(kind)) else { return };
        let bounds = [
            ("gt", "exclusiveMinimum"),
            ("gte", "minimum"),
            ("lt", "exclusiveMaximum"),
            ("lte", "maximum"),
            ("const", "const"),
        ];
        copy(&rules, &bounds, out);
        choices(&rules, out);
        if matches!(kind, Kind::Int64 | Kind::Sint64 | Kind::Sfixed64) {
            let (above, least) = (number(&rules, "gt"), number(&rules, "gte"));
            if above.is_some_and(|above| above >= 0.0) {
                out.insert("pattern".into(), "^[1-9][0-9]{0,17}$".into());
            } else if least.is_some_and(|least| least >= 0.0) {
                out.insert("pattern".into(), "^(0|[1-9][0-9]{0,17})$".into());
            }
        }
        if zero_passes && number_refuses_zero(&rules) {
            let strict = Json::Object(std::mem::take(out));
            out.insert("anyOf".into(), json!([{ "const": 0 }, strict]));
        }
    }

    fn enumeration(&self, kind: &Kind, zero_passes: bool, out: &mut Map<String, Json>) {
        let (Kind::Enum(one), Some(rules)) = (kind, self.kind("enum")) else { return };
        let names = |rule: &str| -> Vec<Json> {
            let numbers = get(&rules, rule);
            let numbers = numbers.as_ref().and_then(|value| value.as_list().map(<[Value]>::to_vec));
            let numbers = numbers.unwrap_or_default();
            let numbers = numbers.iter().filter_map(Value::as_i32);
            let numbers =
                numbers.filter(|number| !(zero_passes && rule == "not_in" && *number == 0));
            numbers.filter_map(|number| Some(Json::from(one.get_value(number)?.name()))).collect()
        };
        let (mut only, never) = (names("in"), names("not_in"));
        if zero_passes && !only.is_empty() {
            only.insert(0, one.default_value().name().into());
        }
        if !only.is_empty() {
            out.insert("enum".into(), only.into());
        }
        if !never.is_empty() {
            out.insert("not".into(), json!({ "enum": never }));
        }
    }

    fn refuses_zero(&self, field: &FieldDescriptor) -> bool {
        let name = if field.is_map() {
            "map"
        } else if field.is_list() {
            "repeated"
        } else {
            rule_name(&field.kind())
        };
        let Some(rules) = self.kind(name) else { return false };
        let above_zero = |rule| number(&rules, rule).is_some_and(|least| least > 0.0);
        match name {
            "map" => above_zero("min_pairs"),
            "repeated" => above_zero("min_items"),
            "string" => {
                above_zero("min_len")
                    || above_zero("len")
                    || text(&rules, "pattern").is_some_and(|pattern| !matches_empty(&pattern))
                    || text(&rules, "prefix").is_some_and(|prefix| !prefix.is_empty())
                    || FORMATS.iter().any(|(rule, _)| flag(Some(&rules), rule))
                    || excludes(&rules, |value| value.as_str() == Some(""))
            }
            "enum" => excludes(&rules, |value| value.as_i32() == Some(0)),
            _ => number_refuses_zero(&rules),
        }
    }
}

/// Whether a request must set one member of the oneof.
pub fn oneof_required(oneof: &OneofDescriptor) -> bool {
    let extension = oneof.parent_pool().get_extension_by_name("buf.validate.oneof");
    let options = oneof.options();
    extension
        .filter(|one| options.has_extension(one))
        .is_some_and(|one| flag(options.get_extension(&one).as_message(), "required"))
}

/// Rules of strings that JSON Schema has a format for.
const FORMATS: [(&str, &str); 6] = [
    ("email", "email"),
    ("uuid", "uuid"),
    ("uri", "uri"),
    ("hostname", "hostname"),
    ("ipv4", "ipv4"),
    ("ipv6", "ipv6"),
];

/// The member of `FieldRules` for a kind.
fn rule_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Double => "double",
        Kind::Float => "float",
        Kind::Int32 => "int32",
        Kind::Int64 => "int64",
        Kind::Uint32 => "uint32",
        Kind::Uint64 => "uint64",
        Kind::Sint32 => "sint32",
        Kind::Sint64 => "sint64",
        Kind::Fixed32 => "fixed32",
        Kind::Fixed64 => "fixed64",
        Kind::Sfixed32 => "sfixed32",
        Kind::Sfixed64 => "sfixed64",
        Kind::Bool => "bool",
        Kind::String => "string",
        Kind::Bytes => "bytes",
        Kind::Enum(_) => "enum",
        Kind::Message(_) => "any",
    }
}

fn number_refuses_zero(rules: &DynamicMessage) -> bool {
    let least = |rule| number(rules, rule);
    least("gt").is_some_and(|bound| bound >= 0.0)
        || least("gte").is_some_and(|bound| bound > 0.0)
        || least("lt").is_some_and(|bound| bound <= 0.0)
        || least("lte").is_some_and(|bound| bound < 0.0)
        || excludes(rules, |value| as_number(value) == Some(0.0))
}

/// Whether `const`, `in` or `not_in` exclude the value that `is_it` knows.
fn excludes(rules: &DynamicMessage, is_it: impl Fn(&Value) -> bool) -> bool {
    let list = |name| get(rules, name).and_then(|value| value.as_list().map(<[Value]>::to_vec));
    get(rules, "const").is_some_and(|value| !is_it(&value))
        || list("in").is_some_and(|values| !values.is_empty() && !values.iter().any(&is_it))
        || list("not_in").is_some_and(|values| values.iter().any(&is_it))
}

fn matches_empty(pattern: &str) -> bool {
    Regex::new(pattern).is_ok_and(|regex| regex.is_match(""))
}

/// `in` and `not_in` as they are.
fn choices(rules: &DynamicMessage, out: &mut Map<String, Json>) {
    let list = |name| {
        let values = get(rules, name)?;
        let values: Vec<Json> = values.as_list()?.iter().filter_map(plain).collect();
        (!values.is_empty()).then_some(values)
    };
    if let Some(only) = list("in") {
        out.insert("enum".into(), only.into());
    }
    if let Some(never) = list("not_in") {
        out.insert("not".into(), json!({ "enum": never }));
    }
}

/// Copies rules that are set under their names in JSON Schema.
fn copy(rules: &DynamicMessage, names: &[(&str, &str)], out: &mut Map<String, Json>) {
    for (rule, keyword) in names {
        if let Some(value) = get(rules, rule).as_ref().and_then(plain) {
            out.insert((*keyword).into(), value);
        }
    }
}

fn plain(value: &Value) -> Option<Json> {
    match value {
        Value::String(text) => Some(text.as_str().into()),
        Value::F64(number) if number.fract() != 0.0 => Some((*number).into()),
        #[expect(clippy::cast_possible_truncation, reason = "whole numbers of rules are small")]
        other => as_number(other).map(|number| (number as i64).into()),
    }
}

fn as_number(value: &Value) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "bounds in rules are far below 2^53")]
    match value {
        Value::I32(number) | Value::EnumNumber(number) => Some(f64::from(*number)),
        Value::U32(number) => Some(f64::from(*number)),
        Value::I64(number) => Some(*number as f64),
        Value::U64(number) => Some(*number as f64),
        Value::F32(number) => Some(f64::from(*number)),
        Value::F64(number) => Some(*number),
        _ => None,
    }
}

fn get(message: &DynamicMessage, name: &str) -> Option<Value> {
    let set = message.has_field_by_name(name);
    set.then(|| message.get_field_by_name(name).map(Cow::into_owned)).flatten()
}

fn message(rules: &DynamicMessage, name: &str) -> Option<DynamicMessage> {
    get(rules, name).and_then(|value| value.as_message().cloned())
}

fn text(rules: &DynamicMessage, name: &str) -> Option<String> {
    get(rules, name).and_then(|value| value.as_str().map(str::to_owned))
}

fn number(rules: &DynamicMessage, name: &str) -> Option<f64> {
    get(rules, name).as_ref().and_then(as_number)
}

fn flag(rules: Option<&DynamicMessage>, name: &str) -> bool {
    rules.and_then(|rules| get(rules, name)).and_then(|value| value.as_bool()).unwrap_or(false)
}
