//! Rules about files that a reviewer should not have to check: headers, lengths, unfinished words.

use syn::spanned::Spanned;
use syn::visit::Visit;

use crate::source::{SourceFile, rust_files};

const MOST_LINES_OF_A_FILE: usize = 500;
const MOST_LINES_OF_A_FUNCTION: usize = 70;

#[test]
fn every_file_says_why_it_exists() {
    let silent: Vec<String> = rust_files()
        .into_iter()
        .filter(|file| !file.text.starts_with("//!"))
        .map(|file| file.path)
        .collect();
    assert!(silent.is_empty(), "files that do not open with a //! line: {silent:#?}");
}

#[test]
fn no_file_is_longer_than_its_limit() {
    let long: Vec<String> = rust_files()
        .iter()
        .map(|file| (file, file.text.lines().count()))
        .filter(|(_, lines)| *lines > MOST_LINES_OF_A_FILE)
        .map(|(file, lines)| format!("{}: {lines}", file.path))
        .collect();
    assert!(long.is_empty(), "files over {MOST_LINES_OF_A_FILE} lines: {long:#?}");
}

#[test]
fn no_function_is_longer_than_its_limit() {
    let mut long = Vec::new();
    for file in rust_files() {
        let mut lengths = FunctionLengths { file: &file, long: &mut long };
        lengths.visit_file(&file.parse());
    }
    assert!(long.is_empty(), "functions over {MOST_LINES_OF_A_FUNCTION} lines: {long:#?}");
}

#[test]
fn nothing_is_unfinished_by_its_own_words() {
    // Put together here, so that this file does not find itself.
    let words = [
        ["TO", "DO"],
        ["FIX", "ME"],
        ["XX", "X"],
        ["place", "holder"],
        ["not implemented", " yet"],
    ];
    let mut found = Vec::new();
    for file in rust_files() {
        for (number, line) in file.text.lines().enumerate() {
            if words.iter().any(|parts| line.contains(&parts.concat())) {
                found.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "unfinished by its own words: {found:#?}");
}

struct FunctionLengths<'a> {
    file: &'a SourceFile,
    long: &'a mut Vec<String>,
}

impl FunctionLengths<'_> {
    fn check(&mut self, name: &syn::Ident, body: &syn::Block) {
        let lines = body.span().end().line - body.span().start().line + 1;
        if lines > MOST_LINES_OF_A_FUNCTION {
            let start = body.span().start().line;
            self.long.push(format!("{}:{start}: {name} has {lines}", self.file.path));
        }
    }
}

impl<'ast> Visit<'ast> for FunctionLengths<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.check(&item.sig.ident, &item.block);
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.check(&item.sig.ident, &item.block);
        syn::visit::visit_impl_item_fn(self, item);
    }
}
