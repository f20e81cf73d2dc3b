//! The table of seams in tests/README.md names tests that exist.

use std::collections::BTreeSet;

use crate::source::{root, rust_files};

#[test]
fn every_test_that_the_table_names_exists() {
    let text = std::fs::read_to_string(root().join("tests/README.md")).unwrap();
    let (_, table) = text.split_once("| seam | test |").expect("the table is there");
    let quoted = table.split('`').skip(1).step_by(2);
    let (files, names): (Vec<&str>, Vec<&str>) =
        quoted.filter(|word| !word.contains('…')).partition(|word| word.ends_with(".rs"));
    assert!(names.len() > 15, "read only {names:?}");
    let sources = rust_files();
    let words: BTreeSet<&str> = sources
        .iter()
        .flat_map(|file| file.text.split(|sign: char| !sign.is_alphanumeric() && sign != '_'))
        .collect();
    let missing = names.iter().filter(|name| !words.contains(**name));
    let missing: Vec<&&str> = missing.collect();
    assert!(missing.is_empty(), "named and not there: {missing:?}");
    let lost: Vec<&&str> = files
        .iter()
        .filter(|path| !sources.iter().any(|file| file.path.ends_with(**path)))
        .collect();
    assert!(lost.is_empty(), "files named and not there: {lost:?}");
}
