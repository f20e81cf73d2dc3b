//! What a resource lets filters see: its fields, the columns behind them, and the shapes of its
//! indexes.
//!
//! A resource is declared once, in code, beside the migration that makes its indexes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use sea_orm::sea_query::{ColumnRef, Condition, IntoColumnRef, IntoTableRef, TableRef};

use super::Value;

/// A resource's fields and index shapes.
#[derive(Clone, Debug)]
pub struct Resource {
    pub(super) name: &'static str,
    pub(super) fields: BTreeMap<String, Arc<Field>>,
    pub(super) id: Arc<Field>,
    pub(super) shapes: Vec<Shape>,
}

/// A field that filters and orders may name.
#[derive(Clone, Debug)]
pub struct Field {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) column: Option<ColumnRef>,
    pub(crate) nullable: bool,
    pub(crate) aside: Option<Arc<Aside>>,
}

/// Where the values of a custom field are kept: rows of another table.
#[derive(Clone, Debug)]
pub(crate) struct Aside {
    pub table: TableRef,
    /// The column there that holds the resource's id.
    pub owner: ColumnRef,
    /// Which of its rows are this field's.
    pub rows: Condition,
}

/// A field's type, as filters see it.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Text,
    Int,
    Bool,
    /// Names with the numbers that the column keeps.
    Enum(Arc<[(String, i64)]>),
    /// An id with this prefix in its text form.
    Id(&'static str),
    Time,
    /// Not a column: answered by the search index.
    Search,
}

/// An index: columns compared for equality, then columns that order the rows, then the id.
///
/// A filter must pin all of the first by `==` or `in`; where there are none it must be empty or bound
/// the first ordering column. An ordering column that can be unset serves only filters that leave out
/// the rows without it. The id runs as the column before it, or newest first where no column orders.
///
/// The database's index has the same columns in the same order, the id last. It can be ascending
/// throughout, for it is walked both ways; only where ordering columns run against each other must it
/// say so, with the equality columns running as the first of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    pub(super) equal: Vec<String>,
    pub(super) order: Vec<Sort>,
}

/// One column of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    /// The field's name.
    pub field: String,
    /// From the greatest to the least.
    pub descending: bool,
}

impl Resource {
    /// A resource named `name`, the table's rows told apart and finally ordered by `id`.
    pub fn new(name: &'static str, id: Field) -> Self {
        let id = Arc::new(id);
        let fields = BTreeMap::from([(id.name.clone(), Arc::clone(&id))]);
        Self { name, fields, id, shapes: Vec::new() }
    }

    /// Adds a field.
    #[must_use]
    pub fn field(mut self, field: Field) -> Self {
        self.fields.insert(field.name.clone(), Arc::new(field));
        self
    }

    /// Declares an index. Of several that serve a list, the one with most `equal` columns is taken,
    /// then the one declared first.
    ///
    /// # Panics
    /// Where the shape names a field that is not declared before it, or orders by one that is not a
    /// column: a mistake in the declaration, found by the first test that makes the resource.
    #[must_use]
    pub fn shape(mut self, shape: Shape) -> Self {
        for name in &shape.equal {
            assert!(self.fields.contains_key(name), "{}: no field {name}", self.name);
        }
        for sort in &shape.order {
            let field = self.fields.get(&sort.field);
            let ordered =
                field.is_some_and(|field| field.column.is_some() && field.aside.is_none());
            assert!(ordered, "{}: rows cannot be ordered by {}", self.name, sort.field);
        }
        self.shapes.push(shape);
        self
    }

    /// The resource's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The field of that name.
    pub fn get(&self, name: &str) -> Option<Arc<Field>> {
        self.fields.get(name).cloned()
    }

    /// The name of the id's field.
    pub fn id_field(&self) -> &str {
        &self.id.name
    }

    /// The id's column.
    pub(crate) fn id_column(&self) -> ColumnRef {
        self.id.column.clone().expect("an id is a column")
    }

    /// The declared shapes, in the order of declaration.
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }
}

impl Field {
    /// A text.
    pub fn text(name: impl Into<String>, column: impl IntoColumnRef) -> Self {
        Self::new(name, Kind::Text, column)
    }

    /// A whole number.
    pub fn int(name: impl Into<String>, column: impl IntoColumnRef) -> Self {
        Self::new(name, Kind::Int, column)
    }

    /// A bool.
    pub fn bool(name: impl Into<String>, column: impl IntoColumnRef) -> Self {
        Self::new(name, Kind::Bool, column)
    }

    /// An enum kept as its number. `names` are proto's (`TICKET_STATE_OPEN`); filters may leave out
    /// the prefix that the name of number 0 shows (`TICKET_STATE_UNSPECIFIED` → `OPEN`).
    pub fn enumeration<'a>(
        name: impl Into<String>,
        column: impl IntoColumnRef,
        names: impl IntoIterator<Item = (&'a str, i32)>,
    ) -> Self {
        let names = names.into_iter().map(|(name, number)| (name.to_owned(), number.into()));
        Self::new(name, Kind::Enum(names.collect()), column)
    }

    /// An id kept as a uuid, written in filters with its prefix: `ticket_01h…`.
    pub fn id(name: impl Into<String>, prefix: &'static str, column: impl IntoColumnRef) -> Self {
        Self::new(name, Kind::Id(prefix), column)
    }

    /// An instant kept in milliseconds.
    pub fn time(name: impl Into<String>, column: impl IntoColumnRef) -> Self {
        Self::new(name, Kind::Time, column)
    }

    /// Text that the search index holds: knows `contains`, and nothing else.
    pub fn search(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: Kind::Search, column: None, nullable: true, aside: None }
    }

    /// The values are kept in another table, a row each: those of `table` that meet `rows` and whose
    /// `owner` is the resource's id. For custom fields; unset where there is no such row.
    #[must_use]
    pub fn kept_in(
        mut self,
        table: impl IntoTableRef,
        owner: impl IntoColumnRef,
        rows: Condition,
    ) -> Self {
        let (table, owner) = (table.into_table_ref(), owner.into_column_ref());
        self.aside = Some(Arc::new(Aside { table, owner, rows }));
        self.nullable = true;
        self
    }

    /// The column can be NULL.
    #[must_use]
    pub fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    fn new(name: impl Into<String>, kind: Kind, column: impl IntoColumnRef) -> Self {
        let column = Some(column.into_column_ref());
        Self { name: name.into(), kind, column, nullable: false, aside: None }
    }

    /// What an unset field compares as; none: it compares with nothing.
    pub(crate) fn default(&self) -> Option<Value> {
        match &self.kind {
            Kind::Text => Some(Value::Text(String::new())),
            Kind::Int | Kind::Enum(_) => Some(Value::Int(0)),
            Kind::Bool => Some(Value::Bool(false)),
            Kind::Id(_) => Some(Value::Unset),
            Kind::Time | Kind::Search => None,
        }
    }

    /// Whether `value` can stand in this field's column.
    pub(crate) fn admits(&self, value: &Value) -> bool {
        matches!(
            (&self.kind, value),
            (Kind::Text, Value::Text(_))
                | (Kind::Int | Kind::Enum(_), Value::Int(_))
                | (Kind::Bool, Value::Bool(_))
                | (Kind::Id(_), Value::Id(_))
                | (Kind::Time, Value::Time(_))
        )
    }
}

impl Kind {
    /// The number of an enum's name, with or without the common prefix.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        let Self::Enum(names) = self else { return None };
        let short = |full: &str| full.strip_prefix(prefix(names)).is_some_and(|rest| rest == name);
        names.iter().find(|(full, _)| full == name || short(full)).map(|(_, number)| *number)
    }

    /// An enum's names as filters write them.
    pub(super) fn names(&self) -> Vec<&str> {
        let Self::Enum(names) = self else { return Vec::new() };
        let prefix = prefix(names);
        names.iter().map(|(full, _)| full.strip_prefix(prefix).unwrap_or(full)).collect()
    }
}

fn prefix(names: &[(String, i64)]) -> &str {
    let zero = names.iter().find(|(_, number)| *number == 0);
    zero.and_then(|(name, _)| name.strip_suffix("UNSPECIFIED")).unwrap_or("")
}

impl Shape {
    /// An index that begins with these columns, compared for equality.
    pub fn on<const N: usize>(equal: [&str; N]) -> Self {
        Self { equal: equal.map(str::to_owned).to_vec(), order: Vec::new() }
    }

    /// Then ordered by `field`, least first.
    #[must_use]
    pub fn ascending(self, field: &str) -> Self {
        self.then(field, false)
    }

    /// Then ordered by `field`, greatest first.
    #[must_use]
    pub fn descending(self, field: &str) -> Self {
        self.then(field, true)
    }

    fn then(mut self, field: &str, descending: bool) -> Self {
        self.order.push(Sort { field: field.to_owned(), descending });
        self
    }
}

impl fmt::Display for Shape {
    /// What a filter must hold: `department_id == …, state == …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.equal.is_empty() {
            return match self.order.first() {
                Some(first) => write!(f, "a range of {}", first.field),
                None => write!(f, "nothing"),
            };
        }
        for (index, name) in self.equal.iter().enumerate() {
            write!(f, "{}{name} == …", if index == 0 { "" } else { " && " })?;
        }
        Ok(())
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.field)?;
        if self.descending { f.write_str(" desc") } else { Ok(()) }
    }
}
