//! Types of tickets as data: states in categories, ways between them with what they need, own fields.
//!
//! A type is written in TOML and checked once, at start, against everything that the rules rely on; a
//! rule may then take a type at its word. What holds for every type is code (`ticket/`): a closed
//! ticket is immutable, `new` is never entered again, a solved ticket is left by reopening or closing
//! and by nothing else, and solving needs an assignee.

use std::collections::{BTreeMap, BTreeSet};

use kefu_kernel::field::{
    self, FieldDefinition, Fields, FieldsInvalid, check_code, check_definitions, check_names,
};
use serde::Deserialize;

use super::words::Category;

/// The types that Kefu ships.
const SHIPPED: &str = include_str!("types.toml");

/// Fields of every ticket that a way may require beside the type's own.
pub const TICKET_FIELDS: [&str; 4] = ["assignee_id", "cause", "department_id", "resolution"];

/// All types of tickets, in the order in which they are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketTypes(Vec<TicketType>);

/// One type of tickets.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TicketType {
    /// Its code, such as `complaint`.
    pub code: String,
    /// Its name by BCP 47 language.
    pub names: BTreeMap<String, String>,
    /// Its states, in the order in which they are shown. The first of a category is the one that the
    /// rules mean by it: where a new ticket begins, where a reopened one goes on.
    pub states: Vec<State>,
    /// The ways between states.
    pub transitions: Vec<Transition>,
    /// Its own fields.
    #[serde(default)]
    pub fields: Vec<FieldDefinition>,
}

/// A state of a type.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Its code within the type.
    pub code: String,
    /// Its name by BCP 47 language.
    pub names: BTreeMap<String, String>,
    /// Its kind.
    pub category: Category,
}

/// Ways from some states to another one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// Codes of the states that it leaves.
    pub from: Vec<String>,
    /// Code of the state that it reaches.
    pub to: String,
    /// What the caller must hold beside the permission to change states; empty: nothing.
    #[serde(default)]
    pub permission: String,
    /// What must have a value: codes of own fields, or [`TICKET_FIELDS`].
    #[serde(default)]
    pub required_fields: Vec<String>,
}

/// A type's data contradict what the rules rely on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TypesError {
    /// The file is not what it must be.
    #[error("types of tickets: {0}")]
    Format(String),
    /// A type says something impossible.
    #[error("type `{code}`: {what}")]
    Type {
        /// The type's code.
        code: String,
        /// What is wrong with it.
        what: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "type")]
    types: Vec<TicketType>,
}

impl TicketTypes {
    /// The types that Kefu ships.
    pub fn shipped() -> Result<Self, TypesError> {
        Self::parse(SHIPPED)
    }

    /// Types written in TOML; says what is wrong with them otherwise.
    pub fn parse(toml: &str) -> Result<Self, TypesError> {
        let file: File =
            toml::from_str(toml).map_err(|error| TypesError::Format(error.to_string()))?;
        let mut codes = BTreeSet::new();
        for kind in &file.types {
            let wrong = |what| TypesError::Type { code: kind.code.clone(), what };
            kind.check().map_err(wrong)?;
            if !codes.insert(&kind.code) {
                return Err(wrong("is there twice".into()));
            }
        }
        Ok(Self(file.types))
    }

    /// The type with this code.
    pub fn get(&self, code: &str) -> Option<&TicketType> {
        self.0.iter().find(|kind| kind.code == code)
    }

    /// All of them, in the order in which they are shown.
    pub fn iter(&self) -> impl Iterator<Item = &TicketType> {
        self.0.iter()
    }

    /// Every permission that a way needs.
    pub fn permissions(&self) -> BTreeSet<&str> {
        let ways = self.0.iter().flat_map(|kind| &kind.transitions);
        ways.map(|way| way.permission.as_str()).filter(|name| !name.is_empty()).collect()
    }
}

impl TicketType {
    /// The state with this code.
    pub fn state(&self, code: &str) -> Option<&State> {
        self.states.iter().find(|state| state.code == code)
    }

    /// The state that the rules mean by a category: the first of it.
    pub fn first(&self, category: Category) -> Option<&State> {
        self.states.iter().find(|state| state.category == category)
    }

    /// The way between two states.
    pub fn way(&self, from: &str, to: &str) -> Option<&Transition> {
        self.transitions.iter().find(|way| way.to == to && way.from.iter().any(|code| code == from))
    }

    /// The own field with this code.
    pub fn field(&self, code: &str) -> Option<&FieldDefinition> {
        self.fields.iter().find(|spec| spec.code == code)
    }

    /// Refuses values that are not of the type; names all of them.
    pub fn check_values(&self, values: &Fields) -> Result<(), FieldsInvalid> {
        field::check_values(&self.fields, &format!("type `{}`", self.code), values)
    }

    /// Refuses a new ticket whose required fields are not all given; names all of them.
    pub fn check_required(&self, values: &Fields) -> Result<(), FieldsInvalid> {
        field::check_required(&self.fields, values)
    }

    fn check(&self) -> Result<(), String> {
        check_code(&self.code)?;
        check_names("the type", &self.names)?;
        self.check_states()?;
        check_definitions(&self.fields, &TICKET_FIELDS)?;
        self.check_transitions()?;
        self.check_paths()
    }

    fn check_states(&self) -> Result<(), String> {
        for (index, state) in self.states.iter().enumerate() {
            check_code(&state.code)?;
            check_names(&format!("state `{}`", state.code), &state.names)?;
            if self.states[..index].iter().any(|other| other.code == state.code) {
                return Err(format!("state `{}` is there twice", state.code));
            }
        }
        for needed in [Category::New, Category::Open, Category::Solved, Category::Closed] {
            if self.first(needed).is_none() {
                return Err(format!("has no state of the category `{}`", needed.name()));
            }
        }
        Ok(())
    }

    fn check_transitions(&self) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        for way in &self.transitions {
            let to = self.known(&way.to)?;
            if to.category == Category::New {
                return Err(format!(
                    "`{}` is of the category new and is never entered again",
                    way.to
                ));
            }
            for field in &way.required_fields {
                if !TICKET_FIELDS.contains(&field.as_str()) && self.field(field).is_none() {
                    return Err(format!(
                        "the way to `{}` needs `{field}`, which is no field",
                        way.to
                    ));
                }
            }
            for code in &way.from {
                let from = self.known(code)?;
                if code == &way.to || !seen.insert((code, &way.to)) {
                    return Err(format!("the way from `{code}` to `{}` is there twice", way.to));
                }
                let leaves_solved = from.category == Category::Solved && to.category.is_active();
                if from.category == Category::Closed || leaves_solved {
                    return Err(format!(
                        "no way leads from `{code}` to `{}`: a solved ticket is reopened or closed, a \
                         closed one never changes",
                        way.to
                    ));
                }
            }
        }
        Ok(())
    }

    /// Every state can be reached, and from every active state some way leads to the end.
    fn check_paths(&self) -> Result<(), String> {
        let ways = self.transitions.iter().flat_map(|way| {
            way.from.iter().map(|from| (from.as_str(), way.to.as_str())).collect::<Vec<_>>()
        });
        let mut ways: BTreeSet<(&str, &str)> = ways.collect();
        // What the rules do by themselves: taking up, going on, reopening.
        let open = self.first(Category::Open).map_or("", |state| state.code.as_str());
        for state in &self.states {
            if state.category != Category::Closed {
                ways.insert((&state.code, open));
            }
        }
        let first = self.first(Category::New).map_or("", |state| state.code.as_str());
        let reached = closure(first, |from, to| ways.contains(&(from, to)), &self.states);
        if let Some(lost) = self.states.iter().find(|state| !reached.contains(state.code.as_str()))
        {
            return Err(format!("state `{}` cannot be reached", lost.code));
        }
        let solved =
            |code: &&str| self.state(code).is_some_and(|state| state.category == Category::Solved);
        for state in &self.states {
            let ahead = closure(&state.code, |from, to| ways.contains(&(from, to)), &self.states);
            if state.category.is_active() && !ahead.iter().any(solved) {
                return Err(format!("no way leads from `{}` to a solved state", state.code));
            }
        }
        Ok(())
    }

    fn known(&self, code: &str) -> Result<&State, String> {
        self.state(code).ok_or_else(|| format!("`{code}` is no state"))
    }
}

/// The states that can be reached from `start`, itself included.
fn closure<'a>(
    start: &'a str,
    leads: impl Fn(&str, &str) -> bool,
    states: &'a [State],
) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::from([start]);
    loop {
        let next = states
            .iter()
            .map(|state| state.code.as_str())
            .find(|code| !reached.contains(code) && reached.iter().any(|from| leads(from, code)));
        match next {
            Some(code) => reached.insert(code),
            None => return reached,
        };
    }
}
