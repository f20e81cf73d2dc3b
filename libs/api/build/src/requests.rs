//! Generates what requests can do beside being valid: `Mutation` for those with a `request_id`,
//! `Update` for those with an `update_mask`.

use anyhow::{Context, Result, ensure};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use crate::binding::real_oneof;
use crate::code::Code;
use crate::model::Model;
use crate::names;

/// The implementations for all requests of the package.
pub fn generate(model: &Model, code: &mut Code) -> Result<()> {
    for message in model.requests() {
        if has_text(message, "request_id") {
            mutation(message, code);
        }
        let of = || format!("message {}", message.full_name());
        if let Some(update) = Update::of(message).with_context(of)? {
            update.generate(message, code);
        }
    }
    Ok(())
}

/// Writes the check of a request's mask: it may name the fields of its patch alone.
pub fn check_mask(message: &MessageDescriptor, code: &mut Code) -> Result<()> {
    let Some(update) = Update::of(message)? else { return Ok(()) };
    let names = |fields: Vec<FieldDescriptor>| {
        let names: Vec<String> = fields.iter().map(|field| format!("{:?}", field.name())).collect();
        names.join(", ")
    };
    code.line(format!(
        "::kefu_api_common::Paths::check(self.update_mask.as_ref(), &[{}], &[{}], \
         &path.field(\"update_mask\"), found);",
        names(update.patch_fields().collect()),
        names(update.patch_fields().filter(FieldDescriptor::is_map).collect()),
    ));
    Ok(())
}

fn mutation(message: &MessageDescriptor, code: &mut Code) {
    let name = names::message(message);
    let etag = has_text(message, "etag");
    let (read, clear) = if etag { ("&self.etag", " bare.etag.clear();") } else { ("\"\"", "") };
    code.line(format!("impl ::kefu_api_common::Mutation for {name} {{"));
    code.line("    fn request_id(&self) -> &str { &self.request_id }");
    code.line(format!("    fn etag(&self) -> &str {{ {read} }}"));
    code.line("    fn fingerprint_bytes(&self) -> ::std::vec::Vec<u8> {");
    code.line("        let mut bare = self.clone();");
    code.line(format!("        bare.request_id.clear();{clear}"));
    code.line("        ::prost::Message::encode_to_vec(&bare)");
    code.line("    }");
    code.line("}");
}

/// A request that updates: the field that holds its patch, and the patch.
struct Update {
    patch: FieldDescriptor,
    message: MessageDescriptor,
}

impl Update {
    /// The update of a request with a mask; such a request has exactly one field with a patch.
    fn of(message: &MessageDescriptor) -> Result<Option<Self>> {
        let is = |field: &FieldDescriptor, name: &str| match field.kind() {
            Kind::Message(message) => message.full_name() == name,
            _ => false,
        };
        let mask = message.fields().find(|field| is(field, "google.protobuf.FieldMask"));
        let Some(mask) = mask else { return Ok(None) };
        ensure!(mask.name() == "update_mask", "a field mask is called update_mask");
        let mut patches = message.fields().filter_map(|patch| match patch.kind() {
            Kind::Message(message) if !patch.is_list() && message.name().ends_with("Patch") => {
                Some(Self { patch, message })
            }
            _ => None,
        });
        let update = patches.next().context("a mask needs a message called …Patch beside it")?;
        ensure!(patches.next().is_none(), "a mask has one message called …Patch beside it");
        Ok(Some(update))
    }

    fn patch_fields(&self) -> impl Iterator<Item = FieldDescriptor> {
        self.message.fields()
    }

    fn generate(&self, message: &MessageDescriptor, code: &mut Code) {
        let patch = names::field(self.patch.name());
        let name = names::message(message);
        code.line(format!("impl ::kefu_api_common::Update for {name} {{"));
        code.line("    fn paths(&self) -> ::kefu_api_common::Paths {");
        code.line(format!("        let patch = self.{patch}.as_ref();"));
        code.line("        ::kefu_api_common::Paths::of(self.update_mask.as_ref(), &[");
        for field in self.patch_fields() {
            let (name, set) = (field.name(), is_set(&field));
            code.line(format!("            ({name:?}, patch.is_some_and(|patch| {set})),"));
        }
        code.line("        ])");
        code.line("    }");
        code.line("}");
    }
}

fn is_set(field: &FieldDescriptor) -> String {
    if let Some(oneof) = real_oneof(field) {
        let (place, variant) = (names::field(oneof.name()), names::variant(field));
        let kind = names::oneof_type(&oneof);
        return format!("matches!(patch.{place}, Some({kind}::{variant}(_)))");
    }
    let place = format!("patch.{}", names::field(field.name()));
    if field.is_list() || field.is_map() {
        return format!("!{place}.is_empty()");
    }
    if field.supports_presence() {
        return format!("{place}.is_some()");
    }
    match field.kind() {
        Kind::String | Kind::Bytes => format!("!{place}.is_empty()"),
        Kind::Bool => place,
        Kind::Double | Kind::Float => format!("{place} != 0.0"),
        _ => format!("{place} != 0"),
    }
}

fn has_text(message: &MessageDescriptor, name: &str) -> bool {
    message.get_field_by_name(name).is_some_and(|field| {
        matches!(field.kind(), Kind::String) && !field.is_list() && !field.supports_presence()
    })
}
