//! The constants of a filter, worked out and brought to the type of the field that they stand beside.

use cel::common::ast::{Expr, IdedExpr, LiteralValue, operators};
use kefu_kernel::id;

use super::Value;
use super::compile::{Compiled, Compiler, shown};
use super::constant::Constant;
use super::resource::{Field, Kind};

impl Compiler<'_> {
    /// The constant as a value of the field's type.
    pub(super) fn typed(
        &self,
        field: &Field,
        constant: Constant,
        at: &IdedExpr,
    ) -> Compiled<Value> {
        let name = &field.name;
        match (&field.kind, constant) {
            (Kind::Text, Constant::Text(text)) if text.contains('\0') => {
                Err(self.invalid(at, "a text cannot hold the character NUL"))
            }
            (Kind::Text, Constant::Text(text)) => Ok(Value::Text(text)),
            (Kind::Int, Constant::Int(value)) => Ok(Value::Int(value)),
            (Kind::Bool, Constant::Bool(value)) => Ok(Value::Bool(value)),
            (Kind::Id(_), Constant::Id(value)) => Ok(Value::Id(value)),
            (Kind::Id(_), Constant::Unset) => Ok(Value::Unset),
            (Kind::Id(_), Constant::Text(text)) if text.is_empty() => Ok(Value::Unset),
            (Kind::Id(prefix), Constant::Text(text)) => {
                id::decode(prefix, &text).map(Value::Id).map_err(|_| {
                    self.invalid(at, format!("`{name}` is compared with an id: \"{prefix}_…\""))
                })
            }
            (Kind::Enum(_), Constant::Text(text)) => {
                field.kind.number(&text).map(Value::Int).ok_or_else(|| {
                    let names = field.kind.names().join(", ");
                    self.invalid(at, format!("`{name}` is one of: {names}"))
                })
            }
            (kind, _) => Err(self.invalid(at, format!("`{name}` is compared with {}", sort(kind)))),
        }
    }

    pub(super) fn constant(&self, tree: &IdedExpr) -> Compiled<Constant> {
        if let Expr::Literal(literal) = &tree.expr {
            return self.literal(tree, literal);
        }
        if let Some(name) = self.name(tree) {
            let given = self.constants.iter().find(|(given, _)| *given == name);
            return given.and_then(|(_, value)| Constant::given(value)).ok_or_else(|| {
                self.invalid(tree, format!("there is no constant `{}`", shown(&name)))
            });
        }
        let Expr::Call(call) = &tree.expr else {
            return Err(self.invalid(tree, "this is not a constant"));
        };
        let worked_out = match (call.func_name.as_str(), &call.target, call.args.as_slice()) {
            (operators::ADD, None, [left, right]) => {
                self.constant(left)?.plus(&self.constant(right)?)
            }
            (operators::SUBSTRACT, None, [left, right]) => {
                self.constant(left)?.minus(&self.constant(right)?)
            }
            (operators::NEGATE, None, [argument]) => self.constant(argument)?.negated(),
            ("timestamp", None, [argument]) => match self.constant(argument)? {
                Constant::Text(text) => Constant::timestamp(&text),
                _ => None,
            },
            ("duration", None, [argument]) => match self.constant(argument)? {
                Constant::Text(text) => Constant::duration(&text),
                _ => None,
            },
            (name, ..) => return Err(self.unknown_function(tree, name)),
        };
        worked_out.ok_or_else(|| {
            let rule = "this is not a timestamp (\"2026-11-22T10:00:00Z\"), a duration (\"36h\") or \
                        a sum of them, or it is out of range";
            self.invalid(tree, rule)
        })
    }

    fn literal(&self, tree: &IdedExpr, literal: &LiteralValue) -> Compiled<Constant> {
        Ok(match literal {
            LiteralValue::Boolean(value) => Constant::Bool(*value.inner()),
            LiteralValue::Int(value) => Constant::Int(*value.inner()),
            LiteralValue::UInt(value) => Constant::Int(
                i64::try_from(*value.inner())
                    .map_err(|_| self.invalid(tree, "this number is too large"))?,
            ),
            LiteralValue::String(value) => Constant::Text(value.inner().to_owned()),
            LiteralValue::Double(_) | LiteralValue::Bytes(_) | LiteralValue::Null => {
                return Err(self.invalid(tree, "decimals, bytes and null are not part of filters"));
            }
        })
    }
}

fn sort(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text => "a text",
        Kind::Int => "a whole number",
        Kind::Bool => "true or false",
        Kind::Enum(_) => "a name in quotes",
        Kind::Id(_) => "an id in quotes",
        Kind::Time => "timestamp(\"2026-11-22T10:00:00Z\")",
        Kind::Search => "nothing",
    }
}
