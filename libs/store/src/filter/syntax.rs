//! Reading a filter's text into CEL's syntax tree, within bounds.
//!
//! No macro is expanded: `has` stays a call, and comprehensions stay calls that nothing here knows.

use std::thread;

use cel::Env;
use cel::common::ast::{EntryExpr, Expr, IdedExpr, SourceInfo};

use super::{FilterError, MAX_NODES};

/// How deep brackets may nest.
const MAX_DEPTH: u16 = 32;
/// The parser takes up to 200 KiB of stack for each level (unoptimised), more than a runtime's
/// threads have for 32; it gets a stack of its own, of which only what it touches is real.
const STACK: usize = 16 << 20;

/// The syntax tree and where each node stands.
pub(super) fn parse(source: &str) -> Result<(IdedExpr, SourceInfo), FilterError> {
    thread::scope(|scope| {
        thread::Builder::new()
            .name("filter".into())
            .stack_size(STACK)
            .spawn_scoped(scope, || parse_here(source))
            .map_err(|_| FilterError::Busy)?
            .join()
            .unwrap_or_else(|_| Err(unreadable(1)))
    })
}

fn parse_here(source: &str) -> Result<(IdedExpr, SourceInfo), FilterError> {
    let parser = Env::default().parser().max_recursion_depth(MAX_DEPTH);
    let (tree, positions) = parser.parse_with_source_info(source).map_err(|errors| {
        unreadable(errors.errors.first().map_or(1, |error| character(source, error.pos)))
    })?;
    count(&tree, &mut 0)?;
    Ok((tree, positions))
}

fn unreadable(at: usize) -> FilterError {
    FilterError::Invalid { message: "this cannot be read".into(), at }
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
        return Err(FilterError::TooComplex(format!("more than {MAX_NODES} parts")));
    }
    match &tree.expr {
        Expr::Call(call) => {
            let target = call.target.iter().map(|target| &**target);
            target.chain(&call.args).try_for_each(|part| count(part, nodes))
        }
        Expr::List(list) => list.elements.iter().try_for_each(|part| count(part, nodes)),
        Expr::Select(select) => count(&select.operand, nodes),
        Expr::Map(map) => map.entries.iter().try_for_each(|entry| entry_of(&entry.expr, nodes)),
        Expr::Struct(object) => {
            object.entries.iter().try_for_each(|entry| entry_of(&entry.expr, nodes))
        }
        // Only macros make these, and none is expanded.
        Expr::Comprehension(_) => Err(FilterError::TooComplex("a comprehension".into())),
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
