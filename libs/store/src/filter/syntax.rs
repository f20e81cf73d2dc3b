//! Reading a filter's text into CEL's syntax tree, within bounds.
//!
//! No macro is expanded: `has` stays a call, and comprehensions stay calls that nothing here knows.

use cel::Env;
use cel::common::ast::{EntryExpr, Expr, IdedExpr, SourceInfo};

use super::{FilterError, MAX_NODES};

/// The syntax tree and where each node stands.
pub(super) fn parse(source: &str) -> Result<(IdedExpr, SourceInfo), FilterError> {
    let (tree, positions) =
        Env::default().parser().parse_with_source_info(source).map_err(|errors| {
            let at = errors.errors.first().map_or(1, |error| character(source, error.pos));
            FilterError::Invalid { message: "this cannot be read".into(), at }
        })?;
    count(&tree, &mut 0)?;
    Ok((tree, positions))
}

/// The character, from 1, of a line and column from 1.
fn character(source: &str, (line, column): (isize, isize)) -> usize {
    let lines_before = usize::try_from(line - 1).unwrap_or(0);
    let before: usize =
        source.split_inclusive('\n').take(lines_before).map(|line| line.chars().count()).sum();
    before + usize::try_from(column).unwrap_or(1).max(1)
}

fn count(tree: &IdedExpr, nodes: &mut usize) -> Result<(), FilterError> {
    *nodes += 1;
    if *nodes > MAX_NODES {
        return Err(FilterError::TooLarge(format!("more than {MAX_NODES} parts")));
    }
    match &tree.expr {
        Expr::Call(call) => {
            call.target.iter().map(|target| &**target).chain(&call.args).try_for_each(|part| count(part, nodes))
        }
        Expr::List(list) => list.elements.iter().try_for_each(|part| count(part, nodes)),
        Expr::Select(select) => count(&select.operand, nodes),
        Expr::Map(map) => map.entries.iter().try_for_each(|entry| entry_of(&entry.expr, nodes)),
        Expr::Struct(object) => {
            object.entries.iter().try_for_each(|entry| entry_of(&entry.expr, nodes))
        }
        // Only macros make these, and none is expanded.
        Expr::Comprehension(_) => Err(FilterError::TooLarge("a comprehension".into())),
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Ok(()),
    }
}

fn entry_of(entry: &EntryExpr, nodes: &mut usize) -> Result<(), FilterError> {
    match entry {
        EntryExpr::StructField(field) => count(&field.value, nodes),
        EntryExpr::MapEntry(entry) => {
            count(&entry.key, nodes)?;
            count(&entry.value, nodes)
        }
    }
}
