//! What a reader has begun and not ended: the lexemes that this can still become.

use super::kinds::{End, Kinds};
use super::lexer::{At, Lexer};
use crate::spelling::text::Open;
use crate::terminal::TerminalSet;

impl Lexer {
    /// Whether a lexeme is being read, and what rows of lexemes it can turn into.
    pub(super) fn pending(&self, kinds: &Kinds) -> Vec<Vec<TerminalSet>> {
        let one = |set: TerminalSet| vec![vec![set]];
        match &self.at {
            At::Line(..) | At::Code | At::Comment | At::Continued | At::Joined(..) => vec![Vec::new()],
            At::Word(_) | At::Name | At::Wide(_) if self.bang => one(kinds.name),
            At::Name | At::Wide(_) => one(kinds.name),
            At::Word(word) => one(word_set(kinds, word.get())),
            At::Number(digits) => match digits.last() {
                Some(b'j' | b'J') => one(kinds.imaginary),
                _ => one(kinds.number.union(kinds.imaginary)),
            },
            At::Operator(text) => operator_rows(kinds, text.get()),
            At::Quotes(family, template, count) if family.braces => {
                let end = |end: End, triple: bool| kinds.end(*template, end, family.quote, triple);
                let long = vec![end(End::Start, true)];
                let short = end(End::Start, false);
                vec![if *count == 1 { vec![short] } else { vec![short, end(End::Close, false)] }, long]
            }
            At::Quotes(family, ..) | At::Literal(family, _) => {
                one(if family.bytes { kinds.bytes } else { kinds.string })
            }
            At::Text(open, some) => {
                let template = self.family().is_some_and(|f| f.1);
                let text = kinds.text(template);
                let brace = kinds.operator(b"{").unwrap_or_default();
                match (open, some) {
                    (Open::Brace(b'{'), true) => vec![vec![text], vec![text, brace]],
                    (Open::Brace(b'{'), false) => vec![vec![text], vec![brace]],
                    (_, true) => one(text),
                    (_, false) => vec![Vec::new()],
                }
            }
        }
    }
}

fn word_set(kinds: &Kinds, word: &[u8]) -> TerminalSet {
    let all = kinds.keywords(word).fold(kinds.name, TerminalSet::union);
    let prefixes: [&[u8]; 9] = [b"r", b"b", b"u", b"f", b"br", b"rb", b"fr", b"rf", b"t"];
    let lower = word.to_ascii_lowercase();
    let literals = prefixes.iter().filter(|prefix| prefix.starts_with(&lower));
    literals.fold(all, |all, prefix| {
        let has = |letter: u8| prefix.contains(&letter);
        all.union(match (has(b'b'), has(b'f') || has(b't')) {
            (true, _) => kinds.bytes,
            (_, true) => starts(kinds),
            _ => kinds.string.union(if lower == b"r" { kinds.bytes.union(starts(kinds)) } else { TerminalSet::EMPTY }),
        })
    })
}

/// Every start of an f-string or t-string.
fn starts(kinds: &Kinds) -> TerminalSet {
    let each = [(b'"', false), (b'\'', false), (b'"', true), (b'\'', true)];
    let of =
        |template: bool| each.into_iter().map(move |(quote, triple)| kinds.end(template, End::Start, quote, triple));
    of(false).chain(of(true)).fold(TerminalSet::EMPTY, TerminalSet::union)
}

fn operator_rows(kinds: &Kinds, text: &[u8]) -> Vec<Vec<TerminalSet>> {
    let all = kinds.operators(text).fold(TerminalSet::EMPTY, TerminalSet::union);
    let number = kinds.number.union(kinds.imaginary);
    match text {
        b"." => vec![vec![all.union(number)]],
        b".." => {
            let point = kinds.operator(b".").unwrap_or_default();
            vec![vec![all], vec![point, point.union(number)]]
        }
        _ => vec![vec![all]],
    }
}
