//! From texts to terms. A term is a class letter and a token of letters and digits.

use std::collections::HashSet;
use std::sync::LazyLock;

use rust_stemmers::{Algorithm, Stemmer};

use super::text::{PHONE_DIGITS, Piece, fold_case, pieces, strip_accents};

/// The language of a document's texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Spanish.
    Spanish,
    /// One without stems: words as they are, characters in pairs.
    Other,
}

/// What sort of token a term is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// A word without case and accents.
    Word,
    /// A stem that differs from its word.
    Stem,
    /// Two neighbouring characters, or the last of a run.
    Gram,
    /// A code or phone number without its signs.
    Exact,
    /// A mark that the index's owner gave the document.
    Facet,
}

impl Class {
    fn letter(self) -> char {
        match self {
            Self::Word => 'w',
            Self::Stem => 's',
            Self::Gram => 'g',
            Self::Exact => 'x',
            Self::Facet => 'f',
        }
    }

    /// The term of a token: only letters, digits and marks remain of it, at most 64 characters.
    pub fn term(self, token: &str) -> String {
        let kept = token.chars().filter(|c| !c.is_ascii() || c.is_ascii_alphanumeric());
        std::iter::once(self.letter()).chain(kept.take(MAX_TOKEN)).collect()
    }
}

const MAX_TOKEN: usize = 64;
/// What of a document is read: texts after that are left out.
const MAX_TEXT_BYTES: usize = 1 << 20;
/// A tsvector holds at most 1 MiB of terms; a segment's number before each is counted in.
const MAX_TERMS: usize = 20_000;
const MAX_TERM_BYTES: usize = 512 << 10;
const SEGMENT_BYTES: usize = 8;

/// The terms of a document's texts, each once; the first texts are the last to be cut. Without a
/// language, words get the stems of every language there is.
pub(super) fn terms<T: AsRef<str>>(texts: &[T], language: Option<Language>) -> Vec<String> {
    let mut collected = Collected::default();
    collected.read(texts, language);
    collected.terms
}

/// The terms of a document that has these and gets further texts: first those that it has, in their order.
pub(super) fn more_terms<'a>(
    known: Vec<String>,
    texts: impl IntoIterator<Item = (&'a [String], Option<Language>)>,
) -> Vec<String> {
    let bytes = known.iter().map(|term| term.len() + SEGMENT_BYTES).sum();
    let seen = known.iter().cloned().collect();
    let mut collected = Collected { terms: known, seen, bytes };
    for (texts, language) in texts {
        collected.read(texts, language);
    }
    collected.terms
}

#[derive(Default)]
struct Collected {
    terms: Vec<String>,
    seen: HashSet<String>,
    bytes: usize,
}

impl Collected {
    fn read<T: AsRef<str>>(&mut self, texts: &[T], language: Option<Language>) {
        let mut left = MAX_TEXT_BYTES;
        for text in texts {
            let text = cut(text.as_ref(), left);
            left -= text.len();
            for piece in pieces(&fold_case(text)) {
                self.add(piece, language);
            }
        }
    }

    fn add(&mut self, piece: Piece, language: Option<Language>) {
        match piece {
            Piece::Word(word) => self.word(&word, language),
            Piece::Run(characters) => {
                for gram in grams(&characters) {
                    self.push(gram);
                }
            }
            Piece::Code(joined, words) => {
                self.push(Class::Exact.term(&strip_accents(&joined)));
                words.iter().for_each(|word| self.word(word, language));
            }
            Piece::Phone(digits, groups) => {
                suffixes(&digits).for_each(|suffix| self.push(Class::Exact.term(suffix)));
                groups.iter().for_each(|group| self.word(group, language));
            }
        }
    }

    fn word(&mut self, word: &str, language: Option<Language>) {
        let plain = strip_accents(word);
        for stem in stems(word, language) {
            if stem != plain {
                self.push(Class::Stem.term(&stem));
            }
        }
        self.push(Class::Word.term(&plain));
    }

    fn push(&mut self, term: String) {
        let bytes = self.bytes + term.len() + SEGMENT_BYTES;
        let fits = self.terms.len() < MAX_TERMS && bytes <= MAX_TERM_BYTES;
        if fits && term.len() > 1 && !self.seen.contains(&term) {
            self.seen.insert(term.clone());
            self.terms.push(term);
            self.bytes = bytes;
        }
    }
}

/// Each two neighbouring characters, and the last alone: a query of one character finds every run
/// that has it, as the beginning of a pair or as the last.
fn grams(characters: &[char]) -> impl Iterator<Item = String> {
    let last = characters.last().map(|last| Class::Gram.term(&last.to_string()));
    characters.windows(2).map(|pair| Class::Gram.term(&String::from_iter(pair))).chain(last)
}

/// The number with and without its country's and area's code: every ending long enough to be one.
pub(super) fn suffixes(digits: &str) -> impl Iterator<Item = &str> {
    let most = digits.len().saturating_sub(*PHONE_DIGITS.start());
    (0..=most).filter_map(|start| digits.get(start..))
}

/// The stems of a case-folded word, without accents.
pub(super) fn stems(word: &str, language: Option<Language>) -> Vec<String> {
    static ENGLISH: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::English));
    static SPANISH: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::Spanish));
    let latin = |c: char| c.is_alphabetic() && u32::from(c) < 0x250;
    if word.len() > 4 * MAX_TOKEN || !word.chars().all(latin) {
        return Vec::new();
    }
    let stemmers: &[&LazyLock<Stemmer>] = match language {
        Some(Language::English) => &[&ENGLISH],
        Some(Language::Spanish) => &[&SPANISH],
        Some(Language::Other) => &[],
        None => &[&ENGLISH, &SPANISH],
    };
    let mut stems: Vec<String> =
        stemmers.iter().map(|stemmer| strip_accents(&stemmer.stem(word))).collect();
    stems.dedup();
    stems.retain(|stem| !stem.is_empty());
    stems
}

fn cut(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
