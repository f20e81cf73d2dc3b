//! `order_by`, read and matched with the orders that the serving indexes give.

use std::sync::Arc;

use super::ListError;
use crate::filter::{Field, Filter, Resource, Shape, Sort};

/// More columns than any index orders by.
const MAX_COLUMNS: usize = 8;

/// How a list is ordered.
#[derive(Default)]
pub(super) struct Order {
    /// The index's first columns, where the filter pins one by IS NULL: PostgreSQL does not take such a
    /// column for one of a single value, and sorts unless it is told the index's whole order.
    pub pinned: Vec<Column>,
    /// The columns that order the rows, the id last.
    pub columns: Vec<Column>,
}

/// A field, and whether from the greatest to the least.
pub(super) type Column = (Arc<Field>, bool);

/// Reads `created_at desc, number`.
fn parse(order_by: &str) -> Option<Vec<Sort>> {
    if order_by.trim().is_empty() {
        return Some(Vec::new());
    }
    let sorts: Option<Vec<Sort>> = order_by
        .split(',')
        .take(MAX_COLUMNS + 1)
        .map(|part| {
            let mut words = part.split_ascii_whitespace();
            let field = words.next()?.to_owned();
            let descending = match words.next() {
                None | Some("asc") => false,
                Some("desc") => true,
                Some(_) => return None,
            };
            words.next().is_none().then_some(Sort { field, descending })
        })
        .collect();
    sorts.filter(|sorts| sorts.len() <= MAX_COLUMNS)
}

/// The order of a list: the index that serves the filter and gives the order asked for decides.
pub(super) fn choose(
    resource: &Resource,
    filter: &Filter,
    order_by: &str,
) -> Result<Order, ListError> {
    let serving = resource.shapes_for(filter)?;
    let asked = parse(order_by).ok_or_else(|| unsupported(&serving))?;
    if let Some(unknown) = asked.iter().find(|sort| resource.get(&sort.field).is_none()) {
        return Err(ListError::UnknownField(unknown.field.chars().take(64).collect()));
    }
    let reversed: Vec<Sort> = asked.iter().cloned().map(reversed).collect();
    for shape in &serving {
        let order = with_id(resource, shape);
        let backwards = if order.starts_with(&asked) {
            false
        } else if order.starts_with(&reversed) {
            true
        } else {
            continue;
        };
        let column = |name: &str, descending: bool| Some((resource.get(name)?, descending));
        let columns: Vec<Column> = order
            .iter()
            .filter_map(|sort| column(&sort.field, sort.descending != backwards))
            .collect();
        let first = columns.first().is_some_and(|(_, descending)| *descending);
        let pinned: Vec<Column> = match filter.pins_unset(shape) {
            true => shape.equal().iter().filter_map(|name| column(name, first)).collect(),
            false => Vec::new(),
        };
        return Ok(Order { pinned, columns });
    }
    Err(unsupported(&serving))
}

/// The index's order with the id at its end, which runs as the column before it does.
fn with_id(resource: &Resource, shape: &Shape) -> Vec<Sort> {
    let mut order = shape.order().to_vec();
    let descending = order.last().is_none_or(|last| last.descending);
    order.push(Sort { field: resource.id_field().to_owned(), descending });
    order
}

fn reversed(mut sort: Sort) -> Sort {
    sort.descending = !sort.descending;
    sort
}

fn unsupported(serving: &[&Shape]) -> ListError {
    let mut supported = Vec::new();
    for shape in serving {
        let columns: Vec<String> = shape.order().iter().map(ToString::to_string).collect();
        let text = columns.join(", ");
        if !text.is_empty() && !supported.contains(&text) {
            supported.push(text);
        }
    }
    ListError::Order(supported)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_read_as_aip_132_writes_it() {
        let sort = |field: &str, descending| Sort { field: field.into(), descending };
        assert_eq!(parse(""), Some(vec![]));
        assert_eq!(
            parse(" created_at  desc ,number"),
            Some(vec![sort("created_at", true), sort("number", false)])
        );
        assert_eq!(parse("a asc"), Some(vec![sort("a", false)]));
        for wrong in ["a,,b", ",", "a down", "a desc desc", "a,b,c,d,e,f,g,h,i"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
