//! What the generators need to know of a package: which messages are requests, and which of them have
//! anything to check.

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor, ServiceDescriptor};

use crate::options::Options;

/// A package and everything that it imports.
pub struct Model {
    /// The package, `kefu.tickets.v1`.
    pub package: String,
    /// Its options.
    pub options: Options,
    pool: DescriptorPool,
    requests: BTreeMap<String, MessageDescriptor>,
    checked: BTreeSet<String>,
}

impl Model {
    /// Reads the package out of `pool`.
    pub fn new(package: &str, pool: DescriptorPool) -> Self {
        let mut model = Self {
            package: package.to_owned(),
            options: Options::new(&pool),
            pool,
            requests: BTreeMap::new(),
            checked: BTreeSet::new(),
        };
        for root in model.roots() {
            reach(&root, &mut model.requests);
        }
        model.checked = model.find_checked();
        model
    }

    /// The package's services.
    pub fn services(&self) -> impl Iterator<Item = ServiceDescriptor> {
        self.pool.services().filter(|service| service.package_name() == self.package)
    }

    /// The package's messages that a caller can send, in order of name.
    pub fn requests(&self) -> impl Iterator<Item = &MessageDescriptor> {
        self.requests.values().filter(|message| message.package_name() == self.package)
    }

    /// Whether a message or one that it holds has anything to check.
    pub fn is_checked(&self, message: &MessageDescriptor) -> bool {
        self.checked.contains(message.full_name())
    }

    /// Every message of the package that begins a request: what methods take, what is called so, and
    /// what has rules of its own (for the packages that will take it).
    fn roots(&self) -> Vec<MessageDescriptor> {
        let inputs = self
            .services()
            .flat_map(|service| service.methods().map(|method| method.input()).collect::<Vec<_>>());
        let own = self.pool.all_messages().filter(|message| {
            message.package_name() == self.package
                && !message.is_map_entry()
                && (message.name().ends_with("Request") || self.has_rules(message))
        });
        inputs.chain(own).collect()
    }

    fn has_rules(&self, message: &MessageDescriptor) -> bool {
        message.fields().any(|field| self.options.rules(&field).is_some())
            || message.oneofs().any(|oneof| self.options.oneof_required(&oneof))
            || self.options.message_rules(message).is_some()
    }

    /// The requests with something to check, found from those that have rules outwards.
    fn find_checked(&self) -> BTreeSet<String> {
        let mut checked = BTreeSet::new();
        loop {
            let before = checked.len();
            for message in self.requests.values() {
                let inside = |field: FieldDescriptor| {
                    held(&field).is_some_and(|held| checked.contains(held.full_name()))
                };
                if self.has_rules(message) || is_well_known(message) || message.fields().any(inside)
                {
                    checked.insert(message.full_name().to_owned());
                }
            }
            if checked.len() == before {
                return checked;
            }
        }
    }
}

/// The message that a field holds: itself, as an item, or as a map's value.
pub fn held(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    let kind = match field.kind() {
        Kind::Message(entry) if entry.is_map_entry() => entry.map_entry_value_field().kind(),
        kind => kind,
    };
    match kind {
        Kind::Message(message) => Some(message),
        _ => None,
    }
}

/// Whether a message is one of those whose form is always checked.
pub fn is_well_known(message: &MessageDescriptor) -> bool {
    const FORMS: [&str; 2] = ["google.protobuf.Timestamp", "google.protobuf.Duration"];
    FORMS.contains(&message.full_name())
}

fn reach(message: &MessageDescriptor, found: &mut BTreeMap<String, MessageDescriptor>) {
    if found.insert(message.full_name().to_owned(), message.clone()).is_none() {
        message.fields().filter_map(|field| held(&field)).for_each(|held| reach(&held, found));
    }
}
