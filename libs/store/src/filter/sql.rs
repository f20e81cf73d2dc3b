//! A compiled filter as a SQL condition with bound values, null-safe and open to indexes.
//!
//! Only columns that can be NULL pay for it, and only where an unset field passes the test. Prefixes
//! are ranges, so that any index over bytewise compared text serves them.

use sea_orm::sea_query::{ColumnRef, Condition, Expr, ExprTrait};

use super::node::{Check, Comparison, Filter, Node, Test};
use super::resource::Kind;
use super::Value;

impl Filter {
    /// The condition on the resource's columns. What the search index answers is not part of it: see
    /// [`Filter::search`].
    pub fn condition(&self) -> Condition {
        condition(&self.node)
    }
}

fn condition(node: &Node) -> Condition {
    match node {
        Node::Always => Condition::all(),
        Node::Never => Condition::all().add(Expr::cust("1 = 0")),
        Node::All(nodes) => {
            nodes.iter().map(condition).filter(|c| !c.is_empty()).fold(Condition::all(), Condition::add)
        }
        Node::Any(nodes) => nodes.iter().map(condition).fold(Condition::any(), Condition::add),
        Node::Test(test) => match &test.field.column {
            Some(column) => test_of(test, column),
            None => Condition::all(),
        },
    }
}

fn test_of(test: &Test, column: &ColumnRef) -> Condition {
    let unset_passes = test.field.nullable && test.holds(Value::Unset);
    let mut condition = Condition::any();
    if let Some(expression) = expression(test, &Expr::column(column.clone())) {
        condition = condition.add(expression);
    }
    if unset_passes {
        condition = condition.add(Expr::column(column.clone()).is_null());
    }
    if condition.is_empty() { condition.add(Expr::cust("1 = 0")) } else { condition }
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
