//! Which of a resource's indexes serve a filter.

use super::resource::{Resource, Shape};
use super::{Filter, FilterError};

impl Resource {
    /// The shapes that serve `filter`, the most pinned first, then in the order of declaration. A
    /// filter that no index narrows down is refused with the list of what would do.
    pub fn shapes_for(&self, filter: &Filter) -> Result<Vec<&Shape>, FilterError> {
        let mut serving: Vec<&Shape> =
            self.shapes.iter().filter(|shape| shape.serves(filter)).collect();
        if serving.is_empty() {
            return Err(FilterError::NotIndexed(
                self.shapes.iter().map(ToString::to_string).collect(),
            ));
        }
        serving.sort_by_key(|shape| std::cmp::Reverse(shape.equal.len()));
        Ok(serving)
    }
}

impl Shape {
    fn serves(&self, filter: &Filter) -> bool {
        let pinned = |name: &String| {
            filter.conjuncts().any(|test| test.field.name == *name && test.pins())
        };
        if !self.equal.is_empty() {
            return self.equal.iter().all(pinned);
        }
        let first = self.order.first().map(|sort| sort.field.as_str());
        filter.is_empty()
            || filter
                .conjuncts()
                .any(|test| Some(test.field.name.as_str()) == first && test.bounds())
    }

    /// The columns that order the rows, before the id.
    pub fn order(&self) -> &[super::Sort] {
        &self.order
    }
}
