//! Which of a resource's indexes serve a filter.

use super::node::Test;
use super::{Filter, FilterError, Resource, Shape, Sort, Value};

impl Resource {
    /// The shapes that serve `filter`, the most pinned first, then in the order of declaration. A
    /// filter that no index narrows down is refused with the list of what would do.
    pub fn shapes_for(&self, filter: &Filter) -> Result<Vec<&Shape>, FilterError> {
        let mut serving: Vec<&Shape> =
            self.shapes.iter().filter(|shape| shape.serves(self, filter)).collect();
        if serving.is_empty() {
            return Err(FilterError::NotIndexed(
                self.shapes.iter().map(ToString::to_string).collect(),
            ));
        }
        serving.sort_by_key(|shape| std::cmp::Reverse(shape.equal.len()));
        Ok(serving)
    }
}

impl Filter {
    /// Whether it asks for one of the shape's first columns to be NULL.
    pub(crate) fn pins_unset(&self, shape: &Shape) -> bool {
        self.conjuncts().any(|test| {
            shape.equal.contains(&test.field.name)
                && test.field.nullable
                && test.holds(Value::Unset)
        })
    }
}

impl Shape {
    fn serves(&self, resource: &Resource, filter: &Filter) -> bool {
        let any = |name: &str, holds: fn(&Test) -> bool| {
            filter.conjuncts().any(|test| test.field.name == name && holds(test))
        };
        let ordered = self.order.iter().all(|sort| {
            !resource.fields[&sort.field].nullable
                || any(&sort.field, |test| !test.holds(Value::Unset))
        });
        let narrowed = match (self.equal.as_slice(), self.order.first()) {
            ([], Some(first)) => filter.is_empty() || any(&first.field, Test::bounds),
            ([], None) => filter.is_empty(),
            (equal, _) => equal.iter().all(|name| any(name, Test::pins)),
        };
        ordered && narrowed
    }

    /// The columns compared for equality.
    pub fn equal(&self) -> &[String] {
        &self.equal
    }

    /// The columns that order the rows, before the id.
    pub fn order(&self) -> &[Sort] {
        &self.order
    }
}
