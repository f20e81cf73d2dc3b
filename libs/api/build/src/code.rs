//! Rust source in the making. Its indentation is left to whoever wants to read it.

use std::collections::BTreeMap;
use std::fmt::Write;

/// Lines of Rust source, and the patterns that they name.
#[derive(Default)]
pub struct Code {
    text: String,
    patterns: BTreeMap<String, String>,
}

impl Code {
    /// One line.
    pub fn line(&mut self, line: impl AsRef<str>) {
        writeln!(self.text, "{}", line.as_ref()).expect("a string takes text");
    }

    /// Source that was written elsewhere.
    pub fn append(&mut self, other: Self) {
        self.text.push_str(&other.text);
        self.patterns.extend(other.patterns);
    }

    /// Declares a static with a pattern, once for all its uses, and gives its name.
    pub fn pattern(&mut self, pattern: &str) -> String {
        let name = format!("PATTERN_{:016X}", fnv(pattern));
        self.patterns.insert(name.clone(), pattern.to_owned());
        name
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The source, patterns first.
    pub fn into_text(self) -> String {
        let of = "::kefu_api_common::check::Pattern";
        let declare = |(name, pattern)| format!("static {name}: {of} = {of}::new({pattern:?});\n");
        self.patterns.into_iter().map(declare).chain([self.text]).collect()
    }
}

/// FNV-1a, 64 bits: a name that stays the same while the pattern does.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
