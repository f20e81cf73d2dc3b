//! Paths of fields (`ticket.caller.name`): found by name in a message's type, then read and set in a
//! message. A segment may be the field's proto name or its JSON name.

use std::fmt;

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

/// A way from a message to one of its fields, through singular messages. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldPath(Vec<FieldDescriptor>);

impl FieldPath {
    /// Finds the path that `text` names in messages of the type `root`.
    pub fn resolve(root: &MessageDescriptor, text: &str) -> Option<Self> {
        let mut fields: Vec<FieldDescriptor> = Vec::new();
        for name in text.split('.') {
            let owner = match fields.last() {
                None => root.clone(),
                Some(field) => submessage(field)?,
            };
            fields.push(named(&owner, name)?);
        }
        Some(Self(fields))
    }

    /// The field at the end.
    pub fn leaf(&self) -> &FieldDescriptor {
        self.0.last().expect("a path has at least one field")
    }

    /// The field at the beginning.
    pub fn first(&self) -> &FieldDescriptor {
        self.0.first().expect("a path has at least one field")
    }

    /// Whether `self` is `other` or leads into it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// The JSON names, joined by dots.
    pub fn json_name(&self) -> String {
        let names: Vec<&str> = self.0.iter().map(FieldDescriptor::json_name).collect();
        names.join(".")
    }

    /// The value in `message`, where it is set.
    pub fn get(&self, message: &DynamicMessage) -> Option<Value> {
        get(message, &self.0)
    }

    /// Sets the value in `message`, making the messages on the way. Refused, with the name of the
    /// other field, where it would replace another member of a oneof.
    pub fn set(&self, message: &mut DynamicMessage, value: Value) -> Result<(), String> {
        let (leaf, parents) = self.0.split_last().expect("a path has at least one field");
        let mut owner = message;
        for parent in parents {
            refuse_other_member(owner, parent)?;
            owner = owner
                .get_field_mut(parent)
                .as_message_mut()
                .expect("a path leads through singular messages");
        }
        refuse_other_member(owner, leaf)?;
        owner.set_field(leaf, value);
        Ok(())
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(FieldDescriptor::name).collect();
        out.write_str(&names.join("."))
    }
}

/// The field of `owner` that `name` means: a proto name, else a JSON name.
pub fn named(owner: &MessageDescriptor, name: &str) -> Option<FieldDescriptor> {
    owner.get_field_by_name(name).or_else(|| owner.get_field_by_json_name(name))
}

fn get(message: &DynamicMessage, path: &[FieldDescriptor]) -> Option<Value> {
    let (first, rest) = path.split_first()?;
    let value = message.has_field(first).then(|| message.get_field(first))?;
    if rest.is_empty() { Some(value.into_owned()) } else { get(value.as_message()?, rest) }
}

/// The member of `field`'s oneof, other than itself, that is set in `message`.
pub fn other_member(message: &DynamicMessage, field: &FieldDescriptor) -> Option<FieldDescriptor> {
    let oneof = field.containing_oneof()?;
    oneof.fields().find(|other| other != field && message.has_field(other))
}

fn refuse_other_member(message: &DynamicMessage, field: &FieldDescriptor) -> Result<(), String> {
    match other_member(message, field) {
        Some(other) => Err(other.name().to_owned()),
        None => Ok(()),
    }
}

/// The message type that a path may go on through.
fn submessage(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    match field.kind() {
        Kind::Message(message) if !field.is_list() && !field.is_map() => Some(message),
        _ => None,
    }
}
