//! The condition "after this row" for any order: where an index serves the order, it serves this too.

use sea_orm::sea_query::{Condition, Expr, ExprTrait};

use crate::filter::Value;

/// One column of the order with the row's value in it.
pub(super) struct Bound {
    pub column: Expr,
    pub descending: bool,
    pub value: Value,
}

/// Rows that come after the one with these values. The columns together tell every row apart.
pub(super) fn after(bounds: &[Bound]) -> Condition {
    let Some(first) = bounds.first() else { return Condition::all() };
    if bounds.iter().all(|bound| bound.descending == first.descending) {
        return one_way(bounds, first.descending).into();
    }
    // a > 1 OR (a = 1 AND b < 2) OR (a = 1 AND b = 2 AND id > 3), and a >= 1 to begin the index at.
    let steps = (0..bounds.len()).fold(Condition::any(), |steps, index| {
        let equal = bounds[..index].iter().fold(Condition::all(), |equal, bound| {
            equal.add(bound.column.clone().eq(value(bound)))
        });
        steps.add(equal.add(beyond(&bounds[index])))
    });
    let from = match first.descending {
        true => first.column.clone().lte(value(first)),
        false => first.column.clone().gte(value(first)),
    };
    Condition::all().add(from).add(steps)
}

/// `(a, b, id) > (1, 2, 3)`: both databases walk an index from there.
fn one_way(bounds: &[Bound], descending: bool) -> Expr {
    if let [only] = bounds {
        return beyond(only);
    }
    let columns = Expr::tuple(bounds.iter().map(|bound| bound.column.clone()));
    let values = Expr::tuple(bounds.iter().map(value));
    if descending { columns.lt(values) } else { columns.gt(values) }
}

fn beyond(bound: &Bound) -> Expr {
    match bound.descending {
        true => bound.column.clone().lt(value(bound)),
        false => bound.column.clone().gt(value(bound)),
    }
}

fn value(bound: &Bound) -> Expr {
    Expr::value(bound.value.clone())
}
