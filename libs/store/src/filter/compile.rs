//! From CEL's syntax tree to a [`Filter`]: types checked, names resolved, negations pushed down.

use std::sync::Arc;

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, SourceInfo, operators};
use kefu_kernel::Timestamp;

use super::constant::Constant;
use super::node::{Check, Comparison, Filter, Node, Test};
use super::resource::{Field, Kind, Resource};
use super::syntax;
use super::{FilterError, Value};
use crate::search::Query;

/// The longest filter that is read, in bytes.
pub const MAX_LENGTH: usize = 2048;
/// The most nodes that a filter's syntax tree may have.
pub const MAX_NODES: usize = 200;

impl Resource {
    /// Compiles a filter. `constants` are names that it may use beside the fields, such as `now`. An
    /// empty filter lets everything through.
    pub fn compile(
        &self,
        source: &str,
        constants: &[(&str, Value)],
    ) -> Result<Filter, FilterError> {
        if source.len() > MAX_LENGTH {
            return Err(FilterError::TooComplex(format!(
                "{} bytes, at most {MAX_LENGTH} are read",
                source.len()
            )));
        }
        if source.trim().is_empty() {
            return Ok(Filter { node: Node::Always });
        }
        let (tree, positions) = syntax::parse(source)?;
        let compiler = Compiler { resource: self, constants, positions };
        Ok(Filter { node: compiler.node(&tree, false, true)? })
    }
}

pub(super) struct Compiler<'a> {
    resource: &'a Resource,
    pub(super) constants: &'a [(&'a str, Value)],
    positions: SourceInfo,
}

pub(super) type Compiled<T> = Result<T, FilterError>;

impl Compiler<'_> {
    /// A bool expression. `required`: every matching row must satisfy it, as `contains` needs.
    fn node(&self, tree: &IdedExpr, negated: bool, required: bool) -> Compiled<Node> {
        match &tree.expr {
            Expr::Call(call) => self.call(tree, call, negated, required),
            Expr::Literal(LiteralValue::Boolean(literal)) => {
                Ok(Node::constant(*literal.inner() != negated))
            }
            _ => match self.name(tree) {
                Some(name) => self.bool_field(tree, &name, negated),
                None => Err(self.invalid(tree, "this is not a condition")),
            },
        }
    }

    fn call(
        &self,
        tree: &IdedExpr,
        call: &CallExpr,
        negated: bool,
        required: bool,
    ) -> Compiled<Node> {
        match (call.func_name.as_str(), call.target.as_deref(), call.args.as_slice()) {
            (name @ (operators::LOGICAL_AND | operators::LOGICAL_OR), None, arguments) => {
                let conjunction = (name == operators::LOGICAL_AND) != negated;
                let required = required && conjunction;
                let nodes = arguments
                    .iter()
                    .map(|argument| self.node(argument, negated, required))
                    .collect::<Compiled<Vec<_>>>()?;
                Ok(if conjunction { Node::all(nodes) } else { Node::any(nodes) })
            }
            (operators::LOGICAL_NOT, None, [argument]) => self.node(argument, !negated, required),
            (operators::IN, None, [field, list]) => self.one_of(field, list, negated),
            ("has", None, [argument]) => self.has(argument, negated),
            ("startsWith", Some(field), [argument]) => self.starts_with(field, argument, negated),
            ("contains", Some(field), [argument]) => {
                if negated || !required {
                    let rule =
                        "`contains` stands by itself or beside `&&`, never below `||` or `!`";
                    return Err(self.invalid(tree, rule));
                }
                self.contains(field, argument)
            }
            (name, None, [left, right]) => match comparison(name) {
                Some(comparison) => self.comparison(tree, comparison, left, right, negated),
                None => Err(self.unknown_function(tree, name)),
            },
            (name, ..) => Err(self.unknown_function(tree, name)),
        }
    }

    fn bool_field(&self, tree: &IdedExpr, name: &str, negated: bool) -> Compiled<Node> {
        let field = self.field(tree, name)?;
        if !matches!(field.kind, Kind::Bool) {
            return Err(self.invalid(tree, format!("`{name}` is not a bool; compare it")));
        }
        Ok(test(field, Check::Is(Comparison::Equal, Value::Bool(!negated))))
    }

    fn comparison(
        &self,
        tree: &IdedExpr,
        comparison: Comparison,
        left: &IdedExpr,
        right: &IdedExpr,
        negated: bool,
    ) -> Compiled<Node> {
        let (field, constant, comparison) = match (self.field_at(left)?, self.field_at(right)?) {
            (Some(_), Some(_)) => {
                return Err(self.invalid(tree, "a field is compared with a constant only"));
            }
            (Some(field), None) => (field, right, comparison),
            (None, Some(field)) => (field, left, comparison.flipped()),
            (None, None) => {
                return Err(self.invalid(tree, "one side of a comparison must be a field"));
            }
        };
        let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        match &field.kind {
            Kind::Search => {
                let rule = format!("`{}` knows `contains` only", field.name);
                return Err(self.invalid(tree, rule));
            }
            Kind::Bool | Kind::Enum(_) | Kind::Id(_) if !equality => {
                let rule = format!("`{}` is compared by ==, != or in only", field.name);
                return Err(self.invalid(tree, rule));
            }
            _ => {}
        }
        let comparison = if negated { comparison.negated() } else { comparison };
        let value = self.constant(constant)?;
        if let (Kind::Time, Constant::Time(time)) = (&field.kind, &value) {
            return Ok(time_test(field, comparison, *time));
        }
        let value = self.typed(&field, value, constant)?;
        Ok(test(field, Check::Is(comparison, value)))
    }

    fn one_of(&self, field: &IdedExpr, list: &IdedExpr, negated: bool) -> Compiled<Node> {
        let name = field;
        let field = self.required_field(name, "before `in` stands a field")?;
        if matches!(field.kind, Kind::Search) {
            return Err(self.invalid(name, format!("`{}` knows `contains` only", field.name)));
        }
        let Expr::List(list) = &list.expr else {
            return Err(self.invalid(list, "after `in` stands a list of constants: [\"a\", \"b\"]"));
        };
        if !list.optional_indices.is_empty() {
            return Err(self.invalid(name, "optional list elements are not part of filters"));
        }
        let mut values = Vec::with_capacity(list.elements.len());
        for element in &list.elements {
            let constant = self.constant(element)?;
            // No stored instant equals one between two milliseconds.
            match (&field.kind, &constant) {
                (Kind::Time, Constant::Time(time)) => values.extend(exact_millis(*time)),
                _ => values.push(self.typed(&field, constant, element)?),
            }
        }
        Ok(match (values.is_empty(), &field.kind) {
            (true, Kind::Time) if negated => test(field, Check::Set(true)),
            (true, _) => Node::constant(negated),
            (false, _) => test(field, Check::OneOf { values, negated }),
        })
    }

    fn has(&self, argument: &IdedExpr, negated: bool) -> Compiled<Node> {
        let field = self.required_field(argument, "`has` asks for a field: has(due_at)")?;
        match (&field.kind, field.default()) {
            (Kind::Search, _) => {
                Err(self.invalid(argument, format!("`{}` knows `contains` only", field.name)))
            }
            (_, Some(default)) => {
                let comparison = if negated { Comparison::Equal } else { Comparison::NotEqual };
                Ok(test(field, Check::Is(comparison, default)))
            }
            (_, None) => Ok(test(field, Check::Set(!negated))),
        }
    }

    fn starts_with(&self, target: &IdedExpr, argument: &IdedExpr, negated: bool) -> Compiled<Node> {
        let field = self.required_field(target, "`startsWith` follows a field")?;
        if !matches!(field.kind, Kind::Text) {
            return Err(self.invalid(target, format!("`{}` is not a text", field.name)));
        }
        let Value::Text(prefix) = self.typed(&field, self.constant(argument)?, argument)? else {
            return Err(self.invalid(argument, "`startsWith` takes a text"));
        };
        if prefix.is_empty() {
            return Ok(Node::constant(!negated));
        }
        Ok(test(field, Check::StartsWith { prefix, negated }))
    }

    fn contains(&self, target: &IdedExpr, argument: &IdedExpr) -> Compiled<Node> {
        let field = self.required_field(target, "`contains` follows a field")?;
        if !matches!(field.kind, Kind::Search) {
            let rule = format!("`{}` is not a field of the search index", field.name);
            return Err(self.invalid(target, rule));
        }
        let Constant::Text(text) = self.constant(argument)? else {
            return Err(self.invalid(argument, "`contains` takes a text"));
        };
        let query =
            Query::parse(&text).map_err(|error| self.invalid(argument, error.to_string()))?;
        Ok(test(field, Check::Contains(Arc::new(query))))
    }

    /// The field that an expression names; none where it is not a name, or names a constant.
    fn field_at(&self, tree: &IdedExpr) -> Compiled<Option<Arc<Field>>> {
        match self.name(tree) {
            Some(name) if self.constants.iter().any(|(given, _)| *given == name) => Ok(None),
            Some(name) => self.field(tree, &name).map(Some),
            None => Ok(None),
        }
    }

    fn required_field(&self, tree: &IdedExpr, rule: &str) -> Compiled<Arc<Field>> {
        self.field_at(tree)?.ok_or_else(|| self.invalid(tree, rule))
    }

    fn field(&self, tree: &IdedExpr, name: &str) -> Compiled<Arc<Field>> {
        self.resource.fields.get(name).cloned().ok_or_else(|| {
            let known = self.resource.fields.keys().cloned().collect();
            FilterError::UnknownField { field: shown(name), at: self.position(tree), known }
        })
    }

    /// `a` or `a.b.c`.
    pub(super) fn name(&self, tree: &IdedExpr) -> Option<String> {
        match &tree.expr {
            Expr::Ident(name) => Some(name.clone()),
            Expr::Select(select) if !select.test => {
                Some(format!("{}.{}", self.name(&select.operand)?, select.field))
            }
            _ => None,
        }
    }

    pub(super) fn unknown_function(&self, tree: &IdedExpr, name: &str) -> FilterError {
        let name = shown(name.trim_matches(|character| "_@".contains(character)));
        self.invalid(tree, format!("`{name}` is not part of filters here"))
    }

    pub(super) fn invalid(&self, tree: &IdedExpr, message: impl Into<String>) -> FilterError {
        FilterError::Invalid { message: message.into(), at: self.position(tree) }
    }

    /// Where a node stands, in characters from 1.
    fn position(&self, tree: &IdedExpr) -> usize {
        self.positions.offset_for(tree.id).map_or(1, |(start, _)| start as usize + 1)
    }
}

fn test(field: Arc<Field>, check: Check) -> Node {
    Node::Test(Test { field, check })
}

/// Columns keep milliseconds; a constant between two of them moves to the side where the same rows
/// pass.
fn time_test(field: Arc<Field>, comparison: Comparison, time: jiff::Timestamp) -> Node {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    let below = floor_millis(time);
    let is = |comparison| Check::Is(comparison, Value::Time(Timestamp::from_millis(below)));
    let check = match (comparison, exact_millis(time)) {
        (comparison, Some(_)) => is(comparison),
        (Equal, None) => return Node::Never,
        (NotEqual, None) => Check::Set(true),
        (Less | LessOrEqual, None) => is(LessOrEqual),
        (Greater | GreaterOrEqual, None) => is(Greater),
    };
    test(field, check)
}

fn exact_millis(time: jiff::Timestamp) -> Option<Value> {
    let millis = floor_millis(time);
    let exact = jiff::Timestamp::from_millisecond(millis).is_ok_and(|exact| exact == time);
    exact.then(|| Value::Time(Timestamp::from_millis(millis)))
}

fn floor_millis(time: jiff::Timestamp) -> i64 {
    i64::try_from(time.as_nanosecond().div_euclid(1_000_000))
        .expect("jiff's range is less than that of 64-bit milliseconds")
}

fn comparison(name: &str) -> Option<Comparison> {
    Some(match name {
        operators::EQUALS => Comparison::Equal,
        operators::NOT_EQUALS => Comparison::NotEqual,
        operators::LESS => Comparison::Less,
        operators::LESS_EQUALS => Comparison::LessOrEqual,
        operators::GREATER => Comparison::Greater,
        operators::GREATER_EQUALS => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

/// A name of the filter's, short enough for a message.
pub(super) fn shown(name: &str) -> String {
    name.chars().take(64).collect()
}
