//! The tree as the tests of its order see it: every Rust file, read once, and parsed.

use std::path::{Path, PathBuf};

/// One Rust source file of the workspace.
pub struct SourceFile {
    /// Path from the root, with forward slashes.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl SourceFile {
    /// The syntax tree; every file of the workspace parses.
    pub fn parse(&self) -> syn::File {
        syn::parse_file(&self.text).unwrap_or_else(|error| panic!("{}: {error}", self.path))
    }
}

/// The workspace's root folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the root exists")
}

/// All Rust files of proto, libs, services, deploy and tests, in order of path.
pub fn rust_files() -> Vec<SourceFile> {
    let root = root();
    let mut files: Vec<SourceFile> = ["libs", "services", "tests", "proto", "deploy"]
        .iter()
        .flat_map(|folder| walkdir::WalkDir::new(root.join(folder)))
        .filter_map(Result::ok)
        .filter(|entry| entry.path().extension().is_some_and(|end| end == "rs"))
        .filter(|entry| !entry.path().components().any(|part| part.as_os_str() == "node_modules"))
        .map(|entry| SourceFile {
            path: relative(&root, entry.path()),
            text: std::fs::read_to_string(entry.path()).expect("a source file is readable"),
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(files.len() > 50, "found only {} Rust files: looking in the wrong place", files.len());
    files
}

fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root)
        .expect("the file is under the root")
        .to_string_lossy()
        .replace('\\', "/")
}
