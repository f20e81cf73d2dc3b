//! A compiled filter, and what it says of a row in memory.

use std::sync::Arc;

use super::resource::{Field, Kind};
use super::{Row, Value};
use crate::search::Query;

/// A compiled filter.
#[derive(Clone, Debug)]
pub struct Filter {
    pub(super) node: Node,
}

/// Negations are gone: they stand in the checks.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Always,
    Never,
    All(Vec<Node>),
    Any(Vec<Node>),
    Test(Test),
}

/// A check of one field.
#[derive(Clone, Debug)]
pub(super) struct Test {
    pub field: Arc<Field>,
    pub check: Check,
}

#[derive(Clone, Debug)]
pub(super) enum Check {
    Is(Comparison, Value),
    OneOf {
        values: Vec<Value>,
        negated: bool,
    },
    StartsWith {
        prefix: String,
        negated: bool,
    },
    /// Only for timestamps; for other kinds `has` is a comparison with the default.
    Set(bool),
    Contains(Arc<Query>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Filter {
    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        matches!(self.node, Node::Always)
    }

    /// Whether the row passes.
    pub fn matches(&self, row: &impl Row) -> bool {
        self.node.matches(row)
    }

    /// Both filters at once.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { node: Node::all([self.node, other.node]) }
    }

    /// What the search index is asked for, where the filter has a `contains`.
    pub fn search(&self) -> Option<Arc<Query>> {
        let queries: Vec<&Query> = self.conjuncts().filter_map(Test::query).collect();
        match queries.as_slice() {
            [] => None,
            queries => Some(Arc::new(Query::all_of(queries))),
        }
    }

    /// The tests that every matching row passes.
    pub(super) fn conjuncts(&self) -> impl Iterator<Item = &Test> {
        let nodes = match &self.node {
            Node::All(nodes) => nodes.as_slice(),
            node => std::slice::from_ref(node),
        };
        nodes.iter().filter_map(|node| match node {
            Node::Test(test) => Some(test),
            _ => None,
        })
    }
}

impl Node {
    /// All of `nodes`, simplified; `All` within `All` becomes one.
    pub fn all(nodes: impl IntoIterator<Item = Node>) -> Self {
        let mut kept = Vec::new();
        for node in nodes {
            match node {
                Self::Always => {}
                Self::Never => return Self::Never,
                Self::All(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        match kept.len() {
            0 => Self::Always,
            1 => kept.remove(0),
            _ => Self::All(kept),
        }
    }

    /// Any of `nodes`, simplified.
    pub fn any(nodes: impl IntoIterator<Item = Node>) -> Self {
        let mut kept = Vec::new();
        for node in nodes {
            match node {
                Self::Never => {}
                Self::Always => return Self::Always,
                Self::Any(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        match kept.len() {
            0 => Self::Never,
            1 => kept.remove(0),
            _ => Self::Any(kept),
        }
    }

    pub fn constant(holds: bool) -> Self {
        if holds { Self::Always } else { Self::Never }
    }

    fn matches(&self, row: &impl Row) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::All(nodes) => nodes.iter().all(|node| node.matches(row)),
            Self::Any(nodes) => nodes.iter().any(|node| node.matches(row)),
            Self::Test(test) => test.holds(row.value(&test.field.name)),
        }
    }
}

impl Test {
    /// Whether a field of this value passes.
    pub fn holds(&self, value: Value) -> bool {
        let value = match (value, self.field.default()) {
            (Value::Unset, Some(default)) => default,
            (value, _) => value,
        };
        let timestamp = matches!(self.field.kind, Kind::Time);
        if timestamp && value == Value::Unset {
            return matches!(self.check, Check::Set(false));
        }
        match &self.check {
            Check::Is(comparison, constant) => comparison.holds(&value, constant),
            Check::OneOf { values, negated } => values.contains(&value) != *negated,
            Check::StartsWith { prefix, negated } => {
                let Value::Text(text) = &value else { return false };
                text.starts_with(prefix.as_str()) != *negated
            }
            Check::Set(set) => *set,
            Check::Contains(query) => {
                let Value::Text(text) = &value else { return false };
                query.matches(text)
            }
        }
    }

    /// Whether it pins the field to one of a few values, as the leading columns of an index need.
    pub fn pins(&self) -> bool {
        // That a row is not there is in no index.
        if self.field.aside.is_some() && self.holds(Value::Unset) {
            return false;
        }
        match &self.check {
            Check::Is(comparison, _) => *comparison == Comparison::Equal,
            Check::OneOf { negated, .. } => !negated,
            Check::Set(set) => !set,
            Check::StartsWith { .. } | Check::Contains(_) => false,
        }
    }

    /// Whether it bounds the field on one side at least.
    pub fn bounds(&self) -> bool {
        match &self.check {
            Check::Is(comparison, _) => *comparison != Comparison::NotEqual,
            Check::StartsWith { negated, .. } => !negated,
            _ => self.pins(),
        }
    }

    fn query(&self) -> Option<&Query> {
        match &self.check {
            Check::Contains(query) => Some(query),
            _ => None,
        }
    }
}

impl Comparison {
    /// The comparison that holds where this one does not.
    pub fn negated(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
        }
    }

    /// The same comparison with its sides exchanged.
    pub fn flipped(self) -> Self {
        match self {
            Self::Equal | Self::NotEqual => self,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }

    fn holds(self, left: &Value, right: &Value) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}
