//! Reads the options of methods, fields and oneofs out of the descriptors.
//!
//! They are extensions, which only reflection keeps; a file that does not import an option's proto
//! cannot have it set.

use prost_reflect::{
    DescriptorPool, DynamicMessage, ExtensionDescriptor, FieldDescriptor, MethodDescriptor,
    OneofDescriptor, Value,
};

/// The options that Kefu's protos carry.
pub struct Options {
    permission: Option<ExtensionDescriptor>,
    http: Option<ExtensionDescriptor>,
    field: Option<ExtensionDescriptor>,
    oneof: Option<ExtensionDescriptor>,
    message: Option<ExtensionDescriptor>,
    personal: Option<ExtensionDescriptor>,
}

impl Options {
    /// The options that are known to `pool`.
    pub fn new(pool: &DescriptorPool) -> Self {
        let extension = |name| pool.get_extension_by_name(name);
        Self {
            permission: extension("kefu.common.v1.permission"),
            http: extension("google.api.http"),
            field: extension("buf.validate.field"),
            oneof: extension("buf.validate.oneof"),
            message: extension("buf.validate.message"),
            personal: extension("kefu.common.v1.personal"),
        }
    }

    /// A method's permission.
    pub fn permission(&self, method: &MethodDescriptor) -> Option<String> {
        let value = set(&method.options(), self.permission.as_ref())?;
        value.as_str().map(str::to_owned)
    }

    /// A method's HTTP rule, a `google.api.HttpRule`.
    pub fn http(&self, method: &MethodDescriptor) -> Option<DynamicMessage> {
        message(set(&method.options(), self.http.as_ref())?)
    }

    /// A field's rules, a `buf.validate.FieldRules`.
    pub fn rules(&self, field: &FieldDescriptor) -> Option<DynamicMessage> {
        message(set(&field.options(), self.field.as_ref())?)
    }

    /// Whether one of a oneof's fields must be set.
    pub fn oneof_required(&self, oneof: &OneofDescriptor) -> bool {
        let rules = set(&oneof.options(), self.oneof.as_ref()).and_then(message);
        let required = rules.and_then(|rules| flag(&rules, "required"));
        required.unwrap_or(false)
    }

    /// Whether a field holds personal data.
    pub fn is_personal(&self, field: &FieldDescriptor) -> bool {
        let marked = set(&field.options(), self.personal.as_ref());
        marked.and_then(|value| value.as_bool()).unwrap_or(false)
    }

    /// A message's own rules, a `buf.validate.MessageRules`.
    pub fn message_rules(&self, of: &prost_reflect::MessageDescriptor) -> Option<DynamicMessage> {
        message(set(&of.options(), self.message.as_ref())?)
    }
}

/// A rule that is set, as a truth value.
pub fn flag(rules: &DynamicMessage, name: &str) -> Option<bool> {
    if !rules.has_field_by_name(name) {
        return None;
    }
    rules.get_field_by_name(name)?.as_bool()
}

/// A rule that is set and is a message.
pub fn nested(rules: &DynamicMessage, name: &str) -> Option<DynamicMessage> {
    if !rules.has_field_by_name(name) {
        return None;
    }
    message(rules.get_field_by_name(name)?.into_owned())
}

fn set(options: &DynamicMessage, extension: Option<&ExtensionDescriptor>) -> Option<Value> {
    let extension = extension?;
    options.has_extension(extension).then(|| options.get_extension(extension).into_owned())
}

fn message(value: Value) -> Option<DynamicMessage> {
    match value {
        Value::Message(message) => Some(message),
        _ => None,
    }
}
