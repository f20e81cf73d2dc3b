//! Generates what folding and writing events needs, for each kind of aggregate `X` of which a package has
//! `XFacts`, `FormerXFacts` and `AnyXEvent`: `Facts` for its facts, and `FactsEvent` for each of its events.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor};

use crate::code::Code;
use crate::names;

/// The implementations for all facts and events of the package.
pub fn generate(package: &str, pool: &DescriptorPool, code: &mut Code) -> Result<()> {
    let of_package = pool.all_messages().filter(|message| message.package_name() == package);
    let messages: BTreeMap<String, MessageDescriptor> =
        of_package.map(|message| (message.name().to_owned(), message)).collect();
    let mut within = BTreeMap::new();
    for name in messages.keys() {
        let kind = name.strip_prefix("Former").and_then(|rest| rest.strip_suffix("Facts"));
        if let Some(kind) = kind {
            let kind =
                Aggregate::of(kind, &messages).with_context(|| format!("{package}.{name}"))?;
            kind.facts(code);
            for field in kind.facts.fields() {
                if let Kind::Message(held) = field.kind() {
                    within.insert(held.name().to_owned(), held);
                }
            }
            for event in messages.values().filter(|message| kind.is_event(message)) {
                kind.event(event, code);
            }
        }
    }
    within
        .values()
        .filter(|held| held.package_name() == package)
        .for_each(|held| parts(held, code));
    Ok(())
}

/// A fact of several parts as text: those that are set, by name.
fn parts(held: &MessageDescriptor, code: &mut Code) {
    let name = names::message(held);
    code.line(format!("impl crate::FactText for {name} {{ fn text(&self) -> String {{"));
    code.line("let none = Self::default(); let mut parts: Vec<String> = Vec::new();");
    for field in held.fields() {
        let (name, text) = (names::field(field.name()), text_of(&field));
        let part = match field.kind() {
            Kind::Bool => format!("{:?}.to_owned()", field.name()),
            _ => format!("format!(\"{} {{}}\", {text})", field.name()),
        };
        code.line(format!("if self.{name} != none.{name} {{ parts.push({part}); }}"));
    }
    code.line("parts.join(\", \") } }");
}

/// The expression for a field's value as text.
fn text_of(field: &FieldDescriptor) -> String {
    let name = names::field(field.name());
    match field.kind() {
        Kind::Enum(_) if field.is_list() => {
            format!("self.{name}().map(|word| word.as_str_name()).collect::<Vec<_>>().join(\" \")")
        }
        Kind::Enum(_) => format!("self.{name}().as_str_name().to_owned()"),
        Kind::Message(_) => {
            format!("self.{name}.as_ref().map(crate::FactText::text).unwrap_or_default()")
        }
        Kind::String => format!("self.{name}.clone()"),
        _ => format!("self.{name}.to_string()"),
    }
}

/// A kind of aggregate, as the events tell of it.
struct Aggregate<'a> {
    facts: &'a MessageDescriptor,
    former: &'a MessageDescriptor,
    any: &'a MessageDescriptor,
}

impl<'a> Aggregate<'a> {
    fn of(kind: &str, messages: &'a BTreeMap<String, MessageDescriptor>) -> Result<Self> {
        let find = |name: String| {
            messages.get(&name).with_context(|| format!("there is no message {name} beside it"))
        };
        let found = Self {
            facts: find(format!("{kind}Facts"))?,
            former: find(format!("Former{kind}Facts"))?,
            any: find(format!("Any{kind}Event"))?,
        };
        ensure!(found.is_event(found.any), "{} does not begin as an event does", found.any.name());
        ensure!(
            found.facts.fields().len() == found.former.fields().len(),
            "{} has not the same fields",
            found.former.name()
        );
        for field in found.facts.fields() {
            let former = found.former.get_field(field.number());
            let same = former.as_ref().is_some_and(|former| {
                former.name() == field.name()
                    && former.kind() == field.kind()
                    && former.supports_presence()
            });
            ensure!(same, "{} has no optional `{}` like it", found.former.name(), field.name());
            ensure!(!field.is_list() && !field.is_map(), "`{}` is not one value", field.name());
        }
        Ok(found)
    }

    /// Whether a message begins as this aggregate's events do: its id, facts, former facts.
    fn is_event(&self, message: &MessageDescriptor) -> bool {
        let holds = |number, held: &MessageDescriptor| {
            let field = message.get_field(number);
            field.is_some_and(|field| field.kind() == Kind::Message(held.clone()))
        };
        holds(2, self.facts) && holds(3, self.former)
    }

    fn facts(&self, code: &mut Code) {
        let (facts, former) = (names::message(self.facts), names::message(self.former));
        code.line(format!("impl crate::Facts for {facts} {{ type Former = {former};"));
        code.line(format!("fn former(before: &Self, now: &Self) -> {former} {{ {former} {{"));
        for field in self.facts.fields() {
            let name = names::field(field.name());
            let or = if is_message(&field) { ".unwrap_or_default()" } else { "" };
            code.line(format!(
                "{name}: (before.{name} != now.{name}).then(|| before.{name}.clone(){or}),"
            ));
        }
        code.line("} }");
        code.line(format!("fn before(&self, former: &{former}) -> Self {{ Self {{"));
        for field in self.facts.fields() {
            let name = names::field(field.name());
            code.line(if is_message(&field) {
                format!(
                    "{name}: match &former.{name} {{ None => self.{name}.clone(), \
                     Some(was) => (*was != Default::default()).then(|| was.clone()) }},"
                )
            } else {
                format!("{name}: former.{name}.clone().unwrap_or_else(|| self.{name}.clone()),")
            });
        }
        code.line("} }");
        self.text(code);
        let any = names::message(self.any);
        code.line(
            "fn read(payload: &[u8]) -> ::core::result::Result<crate::Told<Self>, \
             ::prost::DecodeError> {",
        );
        code.line(format!("let event = <{any} as ::prost::Message>::decode(payload)?;"));
        let clocks = if self.has_clocks(self.any) { "event.clock_changes" } else { "Vec::new()" };
        code.line(format!(
            "Ok(crate::Told {{ id: event.{}, facts: event.facts.unwrap_or_default(), \
             former: event.former, clock_changes: {clocks} }}) }} }}",
            self.id_of(self.any)
        ));
    }

    /// The facts one by one as text, for histories.
    fn text(&self, code: &mut Code) {
        code.line("fn text(&self, field: &str) -> Option<String> { Some(match field {");
        for field in self.facts.fields() {
            let text = text_of(&field);
            code.line(format!("{:?} => {text},", field.name()));
        }
        code.line("_ => return None, }) }");
    }

    fn event(&self, event: &MessageDescriptor, code: &mut Code) {
        let name = names::message(event);
        let facts = names::message(self.facts);
        code.line(format!("impl crate::FactsEvent for {name} {{ type Facts = {facts};"));
        code.line(format!("fn fill(&mut self, told: crate::Told<{facts}>) {{"));
        code.line(format!(
            "self.{} = told.id; self.facts = Some(told.facts); self.former = told.former;",
            self.id_of(event)
        ));
        if self.has_clocks(event) {
            code.line("self.clock_changes = told.clock_changes;");
        }
        code.line("} }");
    }

    fn id_of(&self, event: &MessageDescriptor) -> String {
        let field = event.get_field(1).expect("an event begins with its aggregate's id");
        names::field(field.name())
    }

    fn has_clocks(&self, event: &MessageDescriptor) -> bool {
        event.get_field(4).is_some_and(|field| field.name() == "clock_changes")
    }
}

fn is_message(field: &FieldDescriptor) -> bool {
    matches!(field.kind(), Kind::Message(_))
}
