//! What is searched for: every word must be found, each in one of its forms; the last may be begun
//! only.

use std::collections::HashSet;

use kefu_kernel::{Fault, FaultKind, FieldViolation};

use super::analyse::{self, Class, stems, suffixes};
use super::text::{Piece, fold_case, pieces, strip_accents};

/// A parsed search text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    clauses: Vec<Clause>,
}

/// Any of these, each of which is all of its terms.
type Clause = Vec<Vec<Term>>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub text: String,
    /// Terms that begin with it count as well.
    pub prefix: bool,
}

/// A search text that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// No letter or digit in it.
    #[error("there is no word to search for")]
    Empty,
    /// Longer than people type.
    #[error(
        "at most {MAX_WORDS} words of at most {MAX_CHARACTERS} characters together are searched for"
    )]
    TooLong,
}

const MAX_WORDS: usize = 16;
const MAX_CHARACTERS: usize = 256;
/// The fewest letters of a begun last word; fewer are taken as a whole word.
const MIN_PREFIX: usize = 2;

impl Query {
    /// Parses a search text.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        if text.chars().nth(MAX_CHARACTERS).is_some() {
            return Err(QueryError::TooLong);
        }
        let pieces = pieces(&fold_case(text));
        let begun = text.ends_with(char::is_alphanumeric);
        let last = pieces.len().saturating_sub(1);
        let clauses: Vec<Clause> = pieces
            .iter()
            .enumerate()
            .map(|(index, piece)| clause(piece, begun && index == last))
            .filter(|clause| !clause.is_empty())
            .collect();
        match clauses.len() {
            0 => Err(QueryError::Empty),
            1..=MAX_WORDS => Ok(Self { clauses }),
            _ => Err(QueryError::TooLong),
        }
    }

    /// What all of `queries` find.
    pub fn all_of(queries: &[&Query]) -> Self {
        Self { clauses: queries.iter().flat_map(|query| query.clauses.clone()).collect() }
    }

    /// Whether the index would find a document of this text, whose language is not known.
    pub fn matches(&self, text: &str) -> bool {
        let terms: HashSet<String> = analyse::terms(&[text], None).into_iter().collect();
        let found = |term: &Term| match term.prefix {
            false => terms.contains(&term.text),
            true => terms.iter().any(|candidate| candidate.starts_with(&term.text)),
        };
        self.clauses.iter().all(|clause| clause.iter().any(|all| all.iter().all(found)))
    }

    /// The query in a database's language, for terms of one segment.
    pub(super) fn render(&self, dialect: &Dialect, segment: i64) -> String {
        let clauses = self.clauses.iter().map(|clause| {
            let any = clause.iter().map(|all| {
                let all: Vec<String> = all.iter().map(|term| dialect.term(segment, term)).collect();
                all.join(dialect.and)
            });
            let any: Vec<String> = any.map(|all| format!("({all})")).collect();
            format!("({})", any.join(dialect.or))
        });
        clauses.collect::<Vec<_>>().join(dialect.and)
    }

    /// How many terms it looks up in a segment.
    pub(super) fn size(&self) -> usize {
        self.clauses.iter().flatten().map(Vec::len).sum()
    }
}

/// How a database writes a query.
pub(super) struct Dialect {
    pub and: &'static str,
    pub or: &'static str,
    pub quote: char,
    pub prefix: &'static str,
}

/// PostgreSQL's tsquery.
pub(super) const TSQUERY: Dialect = Dialect { and: " & ", or: " | ", quote: '\'', prefix: ":*" };
/// SQLite's FTS5.
pub(super) const FTS5: Dialect = Dialect { and: " AND ", or: " OR ", quote: '"', prefix: "*" };

impl Dialect {
    /// Terms hold no quotes: see [`Class::term`].
    pub fn term(&self, segment: i64, term: &Term) -> String {
        let (quote, prefix) = (self.quote, if term.prefix { self.prefix } else { "" });
        format!("{quote}{segment}{}{quote}{prefix}", term.text)
    }
}

fn clause(piece: &Piece, begun: bool) -> Clause {
    match piece {
        Piece::Word(word) => forms(word, begun).into_iter().map(|form| vec![form]).collect(),
        Piece::Run(characters) => vec![run(characters)],
        Piece::Code(joined, words) => {
            let joined = strip_accents(joined);
            let mut any = vec![vec![term(Class::Exact, &joined)], vec![term(Class::Word, &joined)]];
            any.push(words_of(words, begun));
            any
        }
        Piece::Phone(digits, groups) => {
            let exact =
                |suffix| [vec![term(Class::Exact, suffix)], vec![term(Class::Word, suffix)]];
            let mut any: Clause = suffixes(digits).flat_map(exact).collect();
            any.push(words_of(groups, false));
            any
        }
    }
}

/// The forms in which a word may stand in the index.
fn forms(word: &str, begun: bool) -> Vec<Term> {
    let plain = strip_accents(word);
    let digits = plain.contains(|c: char| c.is_ascii_digit());
    let prefix = begun && !digits && plain.chars().nth(MIN_PREFIX - 1).is_some();
    let mut forms = vec![Term { prefix, ..term(Class::Word, &plain) }];
    if digits {
        forms.push(term(Class::Exact, &plain));
    }
    for stem in stems(word, None) {
        for form in [term(Class::Stem, &stem), term(Class::Word, &stem)] {
            if !forms.iter().any(|known| known.text == form.text) {
                forms.push(form);
            }
        }
    }
    forms
}

/// Each of the words as it stands; the last may be begun.
fn words_of(words: &[String], begun: bool) -> Vec<Term> {
    let last = words.len().saturating_sub(1);
    let word =
        |(index, word): (usize, &String)| forms(word, begun && index == last).into_iter().next();
    words.iter().enumerate().filter_map(word).collect()
}

fn run(characters: &[char]) -> Vec<Term> {
    match characters {
        [only] => vec![Term { prefix: true, ..term(Class::Gram, &only.to_string()) }],
        more => more.windows(2).map(|pair| term(Class::Gram, &String::from_iter(pair))).collect(),
    }
}

fn term(class: Class, token: &str) -> Term {
    Term { text: class.term(token), prefix: false }
}

impl Fault for QueryError {
    fn kind(&self) -> FaultKind {
        FaultKind::Invalid
    }

    fn reason(&self) -> &'static str {
        "VALIDATION_FAILED"
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        vec![FieldViolation {
            field: "text".into(),
            description: self.to_string(),
            reason: "search_text".into(),
        }]
    }
}
