//! Generates `impl Validate` for every request message of a package, from the rules in its proto.
//!
//! A message without anything to check gets an empty one. Timestamps and durations are checked for
//! their form even without rules, so that a handler can convert them without looking; texts for the
//! one character that PostgreSQL cannot hold.

use anyhow::{Context, Result, bail, ensure};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, OneofDescriptor};

use crate::binding::{bind, is_synthetic, open, real_oneof, zero};
use crate::code::Code;
use crate::model::{Model, is_well_known};
use crate::rules::{self, Broken, Check, Ignore};
use crate::{names, requests};

/// The implementations for all requests of the package.
pub fn generate(model: &Model, code: &mut Code) -> Result<()> {
    for message in model.requests() {
        let generator = Generator { model };
        let of = || format!("message {}", message.full_name());
        generator.message(message, code).with_context(of)?;
    }
    Ok(())
}

struct Generator<'a> {
    model: &'a Model,
}

impl Generator<'_> {
    fn message(&self, message: &MessageDescriptor, code: &mut Code) -> Result<()> {
        ensure!(
            self.model
                .options
                .message_rules(message)
                .is_none_or(|rules| rules.fields().count() == 0),
            "rules on a whole message are not supported"
        );
        let mut body = Code::default();
        self.fields(message, &mut body)?;
        let (path, found) = if body.is_empty() { ("_path", "_found") } else { ("path", "found") };
        code.line(format!("impl ::kefu_api_common::Validate for {} {{", names::message(message)));
        code.line(format!("fn check(&self, {path}: &::kefu_api_common::Path<'_>,"));
        code.line(format!("{found}: &mut ::kefu_api_common::Violations) {{"));
        code.append(body);
        code.line("}");
        code.line("}");
        Ok(())
    }

    fn fields(&self, message: &MessageDescriptor, code: &mut Code) -> Result<()> {
        for field in message.fields() {
            if real_oneof(&field).is_none() {
                let of = || format!("field {}", field.name());
                self.field(&field, code).with_context(of)?;
            }
        }
        for oneof in message.oneofs().filter(|oneof| !is_synthetic(oneof)) {
            self.oneof(&oneof, code).with_context(|| format!("oneof {}", oneof.name()))?;
        }
        requests::check_mask(message, code)
    }

    fn field(&self, field: &FieldDescriptor, code: &mut Code) -> Result<()> {
        let rules = self.model.options.rules(field);
        let (ignore, required) =
            rules.as_ref().map(rules::presence).transpose()?.unwrap_or((Ignore::Unset, false));
        if ignore == Ignore::Always {
            return Ok(());
        }
        let mut checks = Code::default();
        self.value(field, rules.as_ref(), &mut checks)?;
        if checks.is_empty() && !required {
            return Ok(());
        }
        let place = format!("self.{}", names::field(field.name()));
        code.line("{");
        code.line(format!("let at = path.field({:?});", field.name()));
        code.line(open(field, &place, ignore, required));
        code.append(checks);
        if required {
            code.line("} else {");
            code.line("found.add(&at, \"required\", \"must be set\");");
        }
        code.line("}");
        code.line("}");
        Ok(())
    }

    /// The checks of what a field holds, once it is bound to `value`.
    fn value(
        &self,
        field: &FieldDescriptor,
        rules: Option<&DynamicMessage>,
        code: &mut Code,
    ) -> Result<()> {
        if field.is_map() {
            self.map(field, rules, code)
        } else if field.is_list() {
            self.list(field, rules, code)
        } else {
            self.single(field, rules, code)
        }
    }

    fn list(
        &self,
        field: &FieldDescriptor,
        rules: Option<&DynamicMessage>,
        code: &mut Code,
    ) -> Result<()> {
        let kind = field.kind();
        let read =
            rules.map(|rules| rules::repeated(rules, &kind)).transpose()?.unwrap_or_default();
        add(&read.checks, code);
        self.each(
            field,
            read.items.as_ref(),
            "(index, value) in value.iter().enumerate()",
            "index(index)",
            code,
        )
    }

    fn map(
        &self,
        field: &FieldDescriptor,
        rules: Option<&DynamicMessage>,
        code: &mut Code,
    ) -> Result<()> {
        let Kind::Message(entry) = field.kind() else { bail!("a map has entries") };
        let read = rules.map(rules::map).transpose()?.unwrap_or_default();
        add(&read.checks, code);
        let key = entry.map_entry_key_field();
        self.each(&key, read.keys.as_ref(), "(key, _) in value.iter()", "key(key)", code)?;
        let inside = entry.map_entry_value_field();
        self.each(&inside, read.values.as_ref(), "(key, value) in value.iter()", "key(key)", code)
    }

    /// A loop over a list's items, a map's keys or its values, each bound as a value of `field`.
    fn each(
        &self,
        field: &FieldDescriptor,
        rules: Option<&DynamicMessage>,
        head: &str,
        step: &str,
        code: &mut Code,
    ) -> Result<()> {
        let ignore = rules.map(rules::presence).transpose()?.map(|(ignore, _)| ignore);
        if ignore == Some(Ignore::Always) {
            return Ok(());
        }
        let mut checks = Code::default();
        self.single(field, rules, &mut checks)?;
        if checks.is_empty() {
            return Ok(());
        }
        code.line(format!("for {head} {{"));
        code.line(format!("let at = at.{step};"));
        let item = if field.name() == "key" { "key" } else { "value" };
        code.line(format!("let value = {};", bind(field, item)));
        match (ignore, zero(field)) {
            (Some(Ignore::Zero), Some(zero)) => code.line(format!("if !({zero}) {{")),
            _ => code.line("{"),
        }
        code.append(checks);
        code.line("}");
        code.line("}");
        Ok(())
    }

    /// The checks of one value of a field's kind.
    fn single(
        &self,
        field: &FieldDescriptor,
        rules: Option<&DynamicMessage>,
        code: &mut Code,
    ) -> Result<()> {
        if let Kind::Message(message) = field.kind() {
            if is_well_known(&message) {
                add(&[rules::form(message.full_name())], code);
            } else if self.model.is_checked(&message) {
                ensure!(
                    message.package_name() != "kefu.events.v1",
                    "{} is pure data and cannot be checked in a request",
                    message.full_name()
                );
                code.line("::kefu_api_common::Validate::check(value, &at, found);");
            }
        }
        let checks = rules.map(|rules| rules::of_value(rules, field)).transpose()?;
        add(&checks.unwrap_or_default(), code);
        if matches!(field.kind(), Kind::String) {
            add(&[rules::no_nul()], code);
        }
        Ok(())
    }

    fn oneof(&self, oneof: &OneofDescriptor, code: &mut Code) -> Result<()> {
        let mut arms = Code::default();
        for field in oneof.fields() {
            self.arm(oneof, &field, &mut arms)
                .with_context(|| format!("field {}", field.name()))?;
        }
        let required = self.model.options.oneof_required(oneof);
        if arms.is_empty() && !required {
            return Ok(());
        }
        code.line(format!("match &self.{} {{", names::field(oneof.name())));
        code.append(arms);
        if required {
            let path = format!("&path.field({:?})", oneof.name());
            let names: Vec<String> =
                oneof.fields().map(|field| format!("`{}`", field.name())).collect();
            let text = format!("must be set: one of {}", names.join(", "));
            code.line(format!("None => found.add({path}, \"required\", {text:?}),"));
        }
        code.line("_ => {}");
        code.line("}");
        Ok(())
    }

    fn arm(&self, oneof: &OneofDescriptor, field: &FieldDescriptor, code: &mut Code) -> Result<()> {
        let rules = self.model.options.rules(field);
        let (ignore, required) =
            rules.as_ref().map(rules::presence).transpose()?.unwrap_or((Ignore::Unset, false));
        ensure!(!required, "`required` belongs on the oneof, not on one of its fields");
        if ignore == Ignore::Always {
            return Ok(());
        }
        let mut checks = Code::default();
        self.single(field, rules.as_ref(), &mut checks)?;
        if checks.is_empty() {
            return Ok(());
        }
        code.line(format!(
            "Some({}::{}(value)) => {{",
            names::oneof_type(oneof),
            names::variant(field)
        ));
        code.line(format!("let at = path.field({:?});", field.name()));
        code.line(format!("let value = {};", bind(field, "value")));
        code.append(checks);
        code.line("}");
        Ok(())
    }
}

fn add(checks: &[Check], code: &mut Code) {
    for Check { broken, rule, text } in checks {
        let broken = match broken {
            Broken::If(condition) => condition.clone(),
            Broken::Unmatched(pattern) => format!("!{}.matches(value)", code.pattern(pattern)),
        };
        code.line(format!("if {broken} {{ found.add(&at, {rule:?}, {text:?}); }}"));
    }
}
