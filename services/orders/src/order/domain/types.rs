//! Types of orders as data: their fields, what has to be there and checked before one is confirmed, and what
//! may be done in which state.
//!
//! A type is written in TOML and checked once, at start. What holds for every type is code: a cancelled order
//! never changes, and none that was picked up is cancelled.

use std::collections::{BTreeMap, BTreeSet};

use kefu_kernel::field::{FieldDefinition, check_code, check_definitions, check_names};
use serde::Deserialize;

use super::words::{CheckKind, OrderState, OrderVerb, PartyRole};
use crate::domain::Error;

const SHIPPED: &str = include_str!("types.toml");

/// Fields of every order that a type may ask for, beside those of its parties and its own.
const REQUIRABLE: [&str; 9] = [
    "customer_id",
    "goods",
    "goods.weight_grams",
    "payment_terms",
    "price",
    "declared_value",
    "cod_amount",
    "pickup_window",
    "instructions",
];

/// Fields that a rule may let change, as the patch of an update spells them.
pub(super) const CHANGEABLE: [&str; 13] = [
    "customer_id",
    "parties",
    "goods",
    "declared_value",
    "cod_amount",
    "price",
    "payment_terms",
    "pickup_window",
    "instructions",
    "language",
    "branch_id",
    "fields",
    "source",
];

/// All types of orders, in the order in which they are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderTypes(Vec<OrderType>);

/// A kind of order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderType {
    /// Its code, such as `transport`.
    pub code: String,
    /// Its name by BCP 47 language.
    pub names: BTreeMap<String, String>,
    /// Its own fields.
    #[serde(default)]
    pub fields: Vec<FieldDefinition>,
    /// The checks that have to be passed before it is confirmed.
    #[serde(default)]
    pub required_checks: Vec<CheckKind>,
    /// Names of the fields that it must have before it is confirmed.
    #[serde(default)]
    pub required_fields: Vec<String>,
    /// What may be done in which state. What no rule names is refused.
    pub rules: Vec<Rule>,
}

/// That something may be done in some states.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What.
    pub verb: OrderVerb,
    /// In which states.
    pub states: Vec<OrderState>,
    /// What the caller must hold beside the method's permission; empty: nothing.
    #[serde(default)]
    pub permission: String,
    /// With an update: names of the fields that may change; empty: every one.
    #[serde(default)]
    pub fields: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "type")]
    types: Vec<OrderType>,
}

impl OrderTypes {
    /// The types that Kefu ships.
    ///
    /// # Errors
    ///
    /// A sentence: what is wrong with the data.
    pub fn shipped() -> Result<Self, String> {
        Self::parse(SHIPPED)
    }

    /// Types written in TOML; says what is wrong with them otherwise.
    ///
    /// # Errors
    ///
    /// A sentence.
    pub fn parse(toml: &str) -> Result<Self, String> {
        let file: File =
            toml::from_str(toml).map_err(|error| format!("types of orders: {error}"))?;
        let mut codes = BTreeSet::new();
        for kind in &file.types {
            let wrong = |what| format!("type `{}`: {what}", kind.code);
            kind.check().map_err(wrong)?;
            if !codes.insert(&kind.code) {
                return Err(wrong("is there twice".into()));
            }
        }
        Ok(Self(file.types))
    }

    /// The type with this code.
    ///
    /// # Errors
    ///
    /// UNKNOWN_REFERENCE for the field `type`.
    pub fn get(&self, code: &str) -> Result<&OrderType, Error> {
        let found = self.0.iter().find(|kind| kind.code == code);
        found.ok_or_else(|| Error::unknown("type", code))
    }

    /// All of them, in the order in which they are shown.
    pub fn iter(&self) -> impl Iterator<Item = &OrderType> {
        self.0.iter()
    }
}

impl OrderType {
    /// What allows a verb in a state; none: it is refused.
    pub fn rule(&self, verb: OrderVerb, state: OrderState) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.verb == verb && rule.states.contains(&state))
    }

    fn check(&self) -> Result<(), String> {
        check_code(&self.code)?;
        check_names("the type", &self.names)?;
        check_definitions(&self.fields, &CHANGEABLE)?;
        let unknown = self.required_fields.iter().find(|name| !self.is_requirable(name));
        if let Some(name) = unknown {
            return Err(format!("asks for `{name}`, which is no field"));
        }
        let mut seen = BTreeSet::new();
        for rule in &self.rules {
            for state in &rule.states {
                if *state == OrderState::Cancelled {
                    return Err("allows something in a state that never changes".into());
                }
                if !seen.insert((rule.verb, *state)) {
                    let (verb, state) = (rule.verb.name(), state.name());
                    return Err(format!("has two rules for `{verb}` in `{state}`"));
                }
            }
            let unknown = rule.fields.iter().find(|name| !CHANGEABLE.contains(&name.as_str()));
            if let Some(name) = unknown {
                return Err(format!("lets `{name}` change, which is no field"));
            }
        }
        Ok(())
    }

    fn is_requirable(&self, name: &str) -> bool {
        if let Some(own) = name.strip_prefix("fields.") {
            return self.fields.iter().any(|field| field.code == own);
        }
        if let Some(of_party) = name.strip_prefix("parties.") {
            let (role, part) = of_party.split_once('.').unwrap_or((of_party, ""));
            return PartyRole::from_name(role).is_some()
                && ["", "phone", "address"].contains(&part);
        }
        REQUIRABLE.contains(&name)
    }
}
