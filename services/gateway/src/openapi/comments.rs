//! The comments of protos, by what they stand before.

use std::collections::HashMap;

use prost_reflect::{DescriptorPool, FileDescriptor};

/// Every comment of a pool.
pub struct Comments(HashMap<(String, Vec<i32>), String>);

impl Comments {
    /// Reads them from the descriptors' source information.
    pub fn new(pool: &DescriptorPool) -> Self {
        let mut all = HashMap::new();
        for file in pool.files() {
            let source = file.file_descriptor_proto().source_code_info.as_ref();
            for location in source.map(|info| info.location.as_slice()).unwrap_or_default() {
                let text = text(location.leading_comments());
                let text =
                    if text.is_empty() { self::text(location.trailing_comments()) } else { text };
                if !text.is_empty() {
                    all.insert((file.name().to_owned(), location.path.clone()), text);
                }
            }
        }
        Self(all)
    }

    /// The comment of what stands at `path` of `file`; empty where there is none.
    pub fn of(&self, file: &FileDescriptor, path: &[i32]) -> &str {
        self.0.get(&(file.name().to_owned(), path.to_vec())).map_or("", String::as_str)
    }
}

/// The first sentence of a text, without its full stop.
pub fn first_sentence(text: &str) -> &str {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let end = paragraph.find(". ").or_else(|| paragraph.strip_suffix('.').map(str::len));
    &paragraph[..end.unwrap_or(paragraph.len())]
}

/// A comment without its line breaks, except between paragraphs.
fn text(comment: &str) -> String {
    let mut paragraphs: Vec<Vec<&str>> = vec![Vec::new()];
    for line in comment.lines().map(str::trim) {
        match paragraphs.last_mut() {
            Some(paragraph) if !line.is_empty() => paragraph.push(line),
            Some(paragraph) if !paragraph.is_empty() => paragraphs.push(Vec::new()),
            _ => {}
        }
    }
    let paragraphs: Vec<String> = paragraphs
        .into_iter()
        .filter(|lines| !lines.is_empty())
        .map(|lines| lines.join(" "))
        .collect();
    paragraphs.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_paragraphs_kept() {
        assert_eq!(text(" One\n two.\n\n\n Three.\n"), "One two.\n\nThree.");
        assert_eq!(first_sentence("One, e.g. two. Three."), "One, e.g");
        assert_eq!(first_sentence("One.\n\nTwo."), "One");
    }
}
