//! One list, from what a caller asks for to the page that it gets.

use kefu_kernel::Ambient;
use sea_orm::sea_query::{Condition, Expr, Order as Direction, SelectStatement};

use super::keyset::{self, Bound};
use super::order::{self, Order};
use super::token::{self, Binding};
use super::{ListError, page_size};
use crate::filter::{Field, Filter, Resource, Row, Value};
use crate::seal::Keys;
use crate::search::{Find, Hits, Position};

/// Makes the lists of a service. Cheap to clone.
#[derive(Clone)]
pub struct Pages {
    keys: Keys,
    ambient: Ambient,
}

/// What a list RPC is asked for; the fields are those of its request.
#[derive(Clone, Debug, Default)]
pub struct ListRequest<'a> {
    /// CEL over the resource's fields.
    pub filter: &'a str,
    /// Names that the filter may use beside the fields, such as `now`.
    pub constants: &'a [(&'a str, Value)],
    /// Fields, each with ` desc` or without.
    pub order_by: &'a str,
    /// Rows on a page.
    pub page_size: i32,
    /// The token of the page before.
    pub page_token: &'a str,
    /// What else the request names, joined: parents, a saved view. A token belongs to it.
    pub parent: &'a str,
    /// A filter that holds beside the caller's: a saved view's.
    pub beside: Option<Filter>,
}

/// A list that can be answered: its filter is served by an index that also gives its order.
pub struct List<'a> {
    resource: &'a Resource,
    filter: Filter,
    order: Order,
    size: u64,
    after: Option<Vec<Value>>,
    binding: Binding,
    pages: Pages,
}

/// A page of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// The token of the page after it; empty: there is none.
    pub next_page_token: String,
}

impl Pages {
    /// Lists whose tokens are sealed with these keys.
    pub fn new(keys: Keys, ambient: Ambient) -> Self {
        Self { keys, ambient }
    }

    /// Reads a request.
    pub fn list<'a>(
        &self,
        resource: &'a Resource,
        request: &ListRequest<'_>,
    ) -> Result<List<'a>, ListError> {
        let size = page_size(request.page_size)?;
        let mut filter = resource.compile(request.filter, request.constants)?;
        if let Some(beside) = &request.beside {
            filter = filter.and(beside.clone());
        }
        let order = if filter.search().is_none() {
            order::choose(resource, &filter, request.order_by)?
        } else if request.order_by.is_empty() {
            Order::default()
        } else {
            return Err(ListError::Order(vec!["nothing, a search gives the newest first".into()]));
        };
        let arguments = [resource.name(), request.filter, request.order_by, request.parent];
        let mut list = List {
            resource,
            filter,
            order,
            size,
            after: None,
            binding: token::binding(&arguments),
            pages: self.clone(),
        };
        if !request.page_token.is_empty() {
            let now = self.ambient.machine_now();
            let values = token::decode(&self.keys, now, &list.binding, request.page_token)?;
            list.resume(values)?;
        }
        Ok(list)
    }
}

impl List<'_> {
    /// Gives a select of the resource's rows the list's filter, place, order and limit: one row more
    /// than a page, by which [`List::page`] knows whether there is another.
    pub fn apply(&self, select: &mut SelectStatement) {
        select.cond_where(self.condition());
        if let Some(values) = &self.after {
            let bounds =
                self.order.columns.iter().zip(values).map(|((field, descending), value)| Bound {
                    column: column(field),
                    descending: *descending,
                    value: value.clone(),
                });
            select.cond_where(keyset::after(&bounds.collect::<Vec<_>>()));
        }
        for (field, descending) in self.order.pinned.iter().chain(&self.order.columns) {
            let direction = if *descending { Direction::Desc } else { Direction::Asc };
            select.order_by_expr(column(field), direction);
        }
        select.limit(self.size + 1);
    }

    /// The filter alone, to test rows with.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The filter alone, as a condition; without what the search index answers.
    pub fn condition(&self) -> Condition {
        self.resource.condition(&self.filter)
    }

    /// The page made of the rows that the select gave.
    pub fn page<T: Row>(&self, mut rows: Vec<T>) -> Page<T> {
        let size = usize::try_from(self.size).expect("a page has at most 1000 rows");
        if rows.len() <= size {
            return Page { rows, next_page_token: String::new() };
        }
        rows.truncate(size);
        let last = rows.last().expect("a page has at least one row");
        let values: Vec<Value> =
            self.order.columns.iter().map(|(field, _)| last.value(&field.name)).collect();
        let next_page_token = self.token(&values);
        Page { rows, next_page_token }
    }

    /// What to ask the search index for, where the filter has a `contains`; the select of
    /// [`List::apply`] is not used then. `rows` selects from the resource's table, with whatever the
    /// caller's scope asks for, and no column yet.
    pub fn search(&self, mut rows: SelectStatement) -> Option<Find> {
        let query = self.filter.search()?;
        let after = match self.after.as_deref() {
            Some([Value::Time(at), Value::Id(id)]) => Some(Position { at: *at, id: *id }),
            _ => None,
        };
        let id = self.resource.id_column();
        rows.expr(Expr::column(id.clone())).cond_where(self.condition());
        let limit = usize::try_from(self.size).expect("a page has at most 1000 rows");
        Some(Find::new(query, limit).after(after).within(rows, id))
    }

    /// The page made of the rows whose ids the search index gave.
    pub fn page_of_hits<T>(&self, rows: Vec<T>, hits: &Hits) -> Page<T> {
        let next_page_token = match &hits.next {
            Some(Position { at, id }) => self.token(&[Value::Time(*at), Value::Id(*id)]),
            None => String::new(),
        };
        Page { rows, next_page_token }
    }

    fn token(&self, values: &[Value]) -> String {
        let Pages { keys, ambient } = &self.pages;
        token::encode(keys, ambient.machine_now(), &self.binding, values)
    }

    /// Goes on after the row with these values, where they fit the order.
    fn resume(&mut self, values: Vec<Value>) -> Result<(), ListError> {
        let fits = if self.filter.search().is_some() {
            matches!(values.as_slice(), [Value::Time(_), Value::Id(_)])
        } else {
            let columns = &self.order.columns;
            values.len() == columns.len()
                && columns.iter().zip(&values).all(|((field, _), value)| field.admits(value))
        };
        if !fits {
            return Err(ListError::TokenInvalid);
        }
        self.after = Some(values);
        Ok(())
    }
}

fn column(field: &Field) -> Expr {
    Expr::column(field.column.clone().expect("rows are ordered by columns"))
}
