//! A compiled filter as a SQL condition with bound values, null-safe and open to indexes.
//!
//! Only columns that can be NULL pay for it, and only where an unset field passes the test. Prefixes
//! are ranges, so that any index over bytewise compared text serves them.

use sea_orm::sea_query::{ColumnRef, Condition, Expr, ExprTrait, Query};

use super::node::{Check, Comparison, Filter, Node, Test};
use super::resource::{Aside, Kind};
use super::{Resource, Value};

impl Resource {
    /// The filter as a condition on the resource's columns. What the search index answers is not part
    /// of it: see [`Filter::search`].
    pub fn condition(&self, filter: &Filter) -> Condition {
        self.node(&filter.node)
    }

    fn node(&self, node: &Node) -> Condition {
        match node {
            Node::Always => Condition::all(),
            Node::Never => Condition::all().add(Expr::cust("1 = 0")),
            Node::All(nodes) => nodes
                .iter()
                .map(|node| self.node(node))
                .filter(|condition| !condition.is_empty())
                .fold(Condition::all(), Condition::add),
            Node::Any(nodes) => {
                nodes.iter().map(|node| self.node(node)).fold(Condition::any(), Condition::add)
            }
            Node::Test(test) => match &test.field.column {
                Some(column) => self.test(test, column),
                None => Condition::all(),
            },
        }
    }

    fn test(&self, test: &Test, column: &ColumnRef) -> Condition {
        let set = expression(test, &Expr::column(column.clone()));
        let unset_passes = test.field.nullable && test.holds(Value::Unset);
        let (set, unset) = match &test.field.aside {
            None => (set, Expr::column(column.clone()).is_null()),
            Some(aside) => {
                let set = set.map(|set| self.owner(aside, Some(set), false).into());
                (set, self.owner(aside, None, true))
            }
        };
        let mut condition = Condition::any();
        if let Some(set) = set {
            condition = condition.add(set);
        }
        if unset_passes {
            condition = condition.add(unset);
        }
        if condition.is_empty() { condition.add(Expr::cust("1 = 0")) } else { condition }
    }

    /// The resource's id is (or is not) among the owners of such rows.
    fn owner(&self, aside: &Aside, set: Option<Condition>, negated: bool) -> Expr {
        let mut owners = Query::select();
        owners
            .expr(Expr::column(aside.owner.clone()))
            .from(aside.table.clone())
            .cond_where(aside.rows.clone());
        if let Some(set) = set {
            owners.cond_where(set);
        }
        let id = Expr::column(self.id_column());
        if negated { id.not_in_subquery(owners) } else { id.in_subquery(owners) }
    }
}

/// The test of a column that is not NULL; none where no such value passes it.
fn expression(test: &Test, column: &Expr) -> Option<Condition> {
    let column = column.clone();
    Some(match &test.check {
        Check::Is(Comparison::Equal, Value::Unset) | Check::Set(false) => return None,
        Check::Is(Comparison::NotEqual, Value::Unset) | Check::Set(true) => {
            column.is_not_null().into()
        }
        Check::Is(comparison, constant) => compared(column, *comparison, constant.clone()).into(),
        Check::OneOf { values, negated } => {
            let values: Vec<Value> =
                values.iter().filter(|value| **value != Value::Unset).cloned().collect();
            match (values.is_empty(), negated) {
                (true, false) => return None,
                (true, true) => column.is_not_null().into(),
                (false, false) => column.is_in(values).into(),
                (false, true) => column.is_not_in(values).into(),
            }
        }
        Check::StartsWith { prefix, negated } => {
            debug_assert!(matches!(test.field.kind, Kind::Text), "only texts have prefixes");
            starts_with(column, prefix, *negated)
        }
        Check::Contains(_) => Condition::all(),
    })
}

fn compared(column: Expr, comparison: Comparison, constant: Value) -> Expr {
    let constant = Expr::value(constant);
    match comparison {
        Comparison::Equal => column.eq(constant),
        Comparison::NotEqual => column.ne(constant),
        Comparison::Less => column.lt(constant),
        Comparison::LessOrEqual => column.lte(constant),
        Comparison::Greater => column.gt(constant),
        Comparison::GreaterOrEqual => column.gte(constant),
    }
}

/// `prefix <= column < the least text after all that begin with the prefix`, bytewise.
fn starts_with(column: Expr, prefix: &str, negated: bool) -> Condition {
    let after = after_prefix(prefix);
    if negated {
        let below = Condition::any().add(column.clone().lt(prefix));
        match after {
            Some(after) => below.add(column.gte(after)),
            None => below,
        }
    } else {
        let from = Condition::all().add(column.clone().gte(prefix));
        match after {
            Some(after) => from.add(column.lt(after)),
            None => from,
        }
    }
}

/// The least text greater than every text with this prefix; none where there is no such text.
/// UTF-8 orders as code points do, so the last character that can be raised is.
fn after_prefix(prefix: &str) -> Option<String> {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        let next = match last {
            '\u{d7ff}' => Some('\u{e000}'),
            other => char::from_u32(u32::from(other) + 1),
        };
        if let Some(next) = next {
            characters.push(next);
            return Some(characters.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_after_a_prefix_is_the_least_greater_one() {
        assert_eq!(after_prefix("ab").as_deref(), Some("ac"));
        assert_eq!(after_prefix("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(after_prefix("\u{d7ff}").as_deref(), Some("\u{e000}"));
        assert_eq!(after_prefix("\u{10ffff}"), None);
        assert_eq!(after_prefix(""), None);
    }
}
