//! Text before it becomes terms: folding, and the pieces that terms are made of.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Compatibility forms resolved (NFKC) and case folded; accents are still there, for the stemmers.
pub(super) fn fold_case(text: &str) -> String {
    // Upper case first: what has several lower-case forms (ß, final sigma, dotless i) becomes one.
    text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect()
}

/// Without the accents of European scripts and of romanised Chinese tones; marks that are letters of
/// their script (kana voicing, Indic vowels) stay.
pub(super) fn strip_accents(text: &str) -> String {
    text.nfd().filter(|character| !('\u{300}'..='\u{36f}').contains(character)).nfc().collect()
}

/// A piece of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Letters, digits and marks of a script that sets spaces.
    Word(String),
    /// Neighbouring characters of a script that does not.
    Run(Vec<char>),
    /// Words joined by signs, with a digit or an at sign among them (`T-2026-17`, `ana@example.com`):
    /// the joined letters and digits, and the words.
    Code(String, Vec<String>),
    /// Digits in groups, as phone numbers are written: all digits, and the groups.
    Phone(String, Vec<String>),
}

/// The pieces of a case-folded text, in order.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some((phone, after)) = phone(rest) {
            pieces.push(phone);
            rest = after;
            continue;
        }
        let end = rest.find(|c: char| !is_chunk(c)).unwrap_or(rest.len());
        if end == 0 {
            rest = &rest[rest.chars().next().map_or(0, char::len_utf8)..];
            continue;
        }
        let (chunk, after) = rest.split_at(end);
        split_chunk(chunk, &mut pieces);
        rest = after;
    }
    pieces
}

/// What stands between spaces: words, runs, and the signs that join words.
fn is_chunk(character: char) -> bool {
    is_word(character) || is_unspaced(character) || is_joint(character)
}

fn is_word(character: char) -> bool {
    (character.is_alphanumeric() || is_combining_mark(character)) && !is_unspaced(character)
}

fn is_joint(character: char) -> bool {
    "-_./@#:+'\u{2019}\u{2bc}".contains(character)
}

fn is_apostrophe(character: char) -> bool {
    "'\u{2019}\u{2bc}".contains(character)
}

/// Splits what stands between spaces into stretches of one sort of script.
fn split_chunk(chunk: &str, pieces: &mut Vec<Piece>) {
    let mut rest = chunk;
    while let Some(first) = rest.chars().next() {
        let unspaced = is_unspaced(first);
        let end = rest.find(|c: char| is_unspaced(c) != unspaced).unwrap_or(rest.len());
        let (stretch, after) = rest.split_at(end);
        if unspaced {
            pieces.push(Piece::Run(stretch.chars().collect()));
        } else {
            split_words(stretch, pieces);
        }
        rest = after;
    }
}

fn split_words(stretch: &str, pieces: &mut Vec<Piece>) {
    let words: Vec<String> = stretch
        .split(|c: char| is_joint(c) && !is_apostrophe(c))
        .map(|word| word.chars().filter(|c| is_word(*c)).collect::<String>())
        .filter(|word| word.contains(char::is_alphanumeric))
        .collect();
    let code = words.len() > 1
        && (stretch.contains('@') || stretch.contains(|c: char| c.is_ascii_digit()));
    if code {
        pieces.push(Piece::Code(words.concat(), words));
    } else {
        pieces.extend(words.into_iter().map(Piece::Word));
    }
}

/// The fewest and most digits of a phone number, its country's code included (ITU-T E.164).
pub(super) const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// A phone number in groups at the beginning of `text`, and what follows it.
fn phone(text: &str) -> Option<(Piece, &str)> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || c == '+' || c == '(') {
        return None;
    }
    let mut groups: Vec<String> = Vec::new();
    let (mut end, mut gap) = (0, true);
    for (index, character) in text.char_indices() {
        if character.is_ascii_digit() {
            if gap {
                groups.push(String::new());
            }
            groups.last_mut()?.push(character);
            (gap, end) = (false, index + 1);
        } else if is_word(character) || !"+() -./".contains(character) || index - end > 2 {
            break;
        } else {
            gap = true;
        }
    }
    let after = &text[end..];
    let digits = groups.concat();
    let grouped = groups.len() > 1 || text.starts_with('+');
    let ends_there = !after.starts_with(|c: char| is_word(c) || "@_#:".contains(c));
    (grouped && ends_there && PHONE_DIGITS.contains(&digits.len()))
        .then_some((Piece::Phone(digits, groups), after))
}

/// Characters of scripts that set no spaces between words; Hangul is with them because its words carry
/// their particles.
pub(super) fn is_unspaced(character: char) -> bool {
    matches!(u32::from(character),
        0x0e00..=0x0eff        // Thai, Lao
        | 0x0f00..=0x0fff      // Tibetan
        | 0x1000..=0x109f      // Myanmar
        | 0x1780..=0x17ff      // Khmer
        | 0x1100..=0x11ff | 0xa960..=0xa97f | 0xac00..=0xd7ff // Hangul
        | 0x2e80..=0x2fdf      // radicals
        | 0x3005..=0x3007 | 0x3021..=0x3029 | 0x3031..=0x3035 | 0x3038..=0x303b
        | 0x3041..=0x30ff      // kana
        | 0x3100..=0x312f | 0x31a0..=0x31bf // bopomofo
        | 0x31f0..=0x31ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff
        | 0x1aff0..=0x1b16f | 0x20000..=0x3347f // Han, rare
    ) && (character.is_alphanumeric() || is_combining_mark(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        strip_accents(&fold_case(text))
    }

    #[test]
    fn case_width_and_accents_fold_to_one_form() {
        assert_eq!(folded("ＡＢＣ Straße ΣΊΣΥΦΟΣ İstanbul"), "abc strasse σισυφοσ istanbul");
        assert_eq!(folded("Camión AÑO"), "camion ano");
        assert_eq!(folded("nǐ hǎo lǜ"), "ni hao lu");
        assert_eq!(folded("がぎ"), "がぎ");
        assert_eq!(folded("ﬁn"), "fin");
    }

    #[test]
    fn a_text_falls_into_words_runs_codes_and_phones() {
        let word = |text: &str| Piece::Word(text.into());
        let run = |text: &str| Piece::Run(text.chars().collect());
        assert_eq!(pieces("i can't wait"), [word("i"), word("cant"), word("wait")]);
        assert_eq!(pieces("my-order, please."), [word("my"), word("order"), word("please")]);
        assert_eq!(pieces("iphone手机坏了!"), [word("iphone"), run("手机坏了")]);
        assert_eq!(
            pieces("t-2026-17"),
            [Piece::Code("t202617".into(), vec!["t".into(), "2026".into(), "17".into()])]
        );
        assert_eq!(
            pieces("ana@example.com"),
            [Piece::Code(
                "anaexamplecom".into(),
                vec!["ana".into(), "example".into(), "com".into()]
            )]
        );
        assert_eq!(
            pieces("tel +34 600-12 34 56."),
            [
                word("tel"),
                Piece::Phone(
                    "34600123456".into(),
                    ["34", "600", "12", "34", "56"].map(String::from).to_vec()
                )
            ]
        );
        assert_eq!(pieces("600123456"), [word("600123456")]);
    }
}
