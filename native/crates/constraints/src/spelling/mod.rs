//! Whether tokens spell what the grammar takes them for: words that are no keywords, numbers, literals that close as they opened.
//!
//! The grammar sees kinds of lexemes; their insides are looked at here. What is masked may be anything: a state behind a mask is any
//! state. So nothing is refused that some tokens in the masked slots would complete.

mod code;
pub(crate) mod text;
pub(crate) mod words;

use std::sync::LazyLock;

use crate::bundled::Token;
use text::{Family, Open};
use words::is_word;

const QUOTES: [&str; 4] = ["\"", "'", "\"\"\"", "'''"];

/// An f-string whose field is being read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Frame {
    family: Family,
    brackets: u8,
    /// 0 in a field of its literal text, 1 in one of a format specification.
    level: u8,
}

/// What is being read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum At {
    Code(Before),
    /// A word; None when its beginning is masked. The flag: behind `!`.
    Word(Option<Vec<u8>>, bool),
    Literal(Family, Open),
    /// Literal text of the innermost f-string.
    FString(Open),
    /// Format specification at a level.
    Spec(u8, Open),
    /// Text kept as it stands; None when its beginning is masked.
    Raw(Option<Vec<u8>>),
    Comment,
}

/// The lexeme before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Before {
    Other,
    Text,
    Bytes,
    Bang,
    /// A comment behind code: the line has to end.
    Comment,
}

/// A state of the reader.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct State {
    at: At,
    frames: Vec<Frame>,
    /// Whether there may be f-strings around those of `frames`.
    nested: bool,
    /// Open brackets outside of f-strings; None when not known.
    depth: Option<u8>,
    /// Whether the logical line has begun.
    begun: bool,
}

/// All states that a reader can be in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spelling {
    /// Whether f-strings follow the rules of Python 3.12: any quotes and backslashes in their fields.
    free_fields: bool,
    /// Each once, in order.
    states: Vec<State>,
}

static MASKED: LazyLock<Vec<State>> = LazyLock::new(|| {
    let state = |at: At, frames: Vec<Frame>| State { at, frames, nested: true, depth: None, begun: true };
    let plain = [At::Code(Before::Other), At::Word(None, false), At::Raw(None), At::Comment];
    let mut states: Vec<State> = plain.into_iter().map(|at| state(at, Vec::new())).collect();
    for quote in QUOTES {
        let literal = |prefix: &str| At::Literal(Family::of(prefix, quote), Open::Unknown);
        states.extend(["", "r", "b", "rb"].map(|prefix| state(literal(prefix), Vec::new())));
        for prefix in ["f", "rf"] {
            let frame = Frame { family: Family::of(prefix, quote), brackets: 0, level: 0 };
            let ats = [At::FString(Open::Unknown), At::Spec(0, Open::Unknown), At::Spec(1, Open::Unknown)];
            states.extend(ats.map(|at| state(at, vec![frame.clone()])));
        }
    }
    states.sort_unstable();
    states
});

impl Spelling {
    /// At the start of a logical line. `minor`: of Python 3.
    pub fn at_line_start(minor: u8) -> Self {
        let at = At::Code(Before::Other);
        let state = State { at, frames: Vec::new(), nested: false, depth: Some(0), begun: false };
        Self { free_fields: minor >= 12, states: vec![state] }
    }

    /// Behind something masked.
    pub fn behind_mask(&self) -> Self {
        Self { free_fields: self.free_fields, states: MASKED.clone() }
    }

    /// Whether the tokens read so far spell something.
    pub fn alive(&self) -> bool {
        !self.states.is_empty()
    }

    /// Behind one more token.
    pub fn after(&self, token: &Token) -> Self {
        let next = self.states.iter().flat_map(|state| state.clone().after(token, self.free_fields));
        let mut states: Vec<State> = next.collect();
        states.sort_unstable();
        states.dedup();
        Self { free_fields: self.free_fields, states }
    }
}

impl State {
    fn after(mut self, token: &Token, free_fields: bool) -> Vec<Self> {
        let next = match (&mut self.at, token) {
            (_, Token::Special) => None,
            (At::Word(word, _), Token::Piece { code, starts: false, .. }) => {
                if let Some(word) = word {
                    word.extend(code);
                }
                Some(self)
            }
            (At::Literal(..), _) => self.in_literal(token, free_fields),
            (At::FString(_) | At::Spec(..), _) => self.in_fstring(token, free_fields),
            (At::Raw(_), _) => self.in_raw(token),
            (At::Comment, _) => self.in_comment(token),
            (At::Word(..), _) => {
                return self.ended_word().map_or_else(Vec::new, |state| state.in_code(token, free_fields));
            }
            (At::Code(_), _) => return self.in_code(token, free_fields),
        };
        next.into_iter().collect()
    }

    fn ended_word(mut self) -> Option<Self> {
        let At::Word(word, bang) = &self.at else { return None };
        let conversion = |word: &Vec<u8>| matches!(word.as_slice(), b"r" | b"s" | b"a");
        let valid = word.as_ref().is_none_or(|word| is_word(word) && (!bang || conversion(word)));
        self.at = At::Code(Before::Other);
        valid.then_some(self)
    }

    fn in_literal(mut self, token: &Token, free_fields: bool) -> Option<Self> {
        let At::Literal(family, open) = &self.at else { return None };
        match token {
            Token::Piece { text, .. } => {
                let fits = free_fields || self.frames.iter().all(|frame| fits_field(&frame.family, text));
                let next = family.read(*open, text).filter(|_| fits)?;
                self.at = At::Literal(family.clone(), next);
                Some(self)
            }
            Token::Close(quote) => {
                let closes = family.closes_with(quote) && family.may_end(*open);
                self.at = At::Code(if family.bytes { Before::Bytes } else { Before::Text });
                closes.then_some(self)
            }
            _ => None,
        }
    }

    fn in_fstring(mut self, token: &Token, free_fields: bool) -> Option<Self> {
        let (open, level) = match self.at {
            At::FString(open) => (open, None),
            At::Spec(level, open) => (open, Some(level)),
            _ => return None,
        };
        let (frame, around) = self.frames.split_last_mut()?;
        let turns = frame.family.may_turn(open);
        match token {
            Token::Piece { text, .. } => {
                let braces = level.is_some() && text.iter().any(|b| b"{}".contains(b));
                let fits = free_fields || around.iter().all(|outer| fits_field(&outer.family, text));
                let open = frame.family.read(open, text).filter(|_| fits && !braces)?;
                self.at = level.map_or(At::FString(open), |level| At::Spec(level, open));
                Some(self)
            }
            Token::Lexeme(word) if word == "{" && turns && level != Some(1) => {
                (frame.brackets, frame.level) = (0, u8::from(level.is_some()));
                self.at = At::Code(Before::Other);
                Some(self)
            }
            Token::Lexeme(word) if word == "}" && turns => {
                frame.level = 0;
                self.at = if level? == 0 { At::FString(Open::Nothing) } else { At::Spec(0, Open::Nothing) };
                Some(self)
            }
            Token::Close(quote) if level.is_none() => {
                let closes = frame.family.closes_with(quote) && frame.family.may_end(open);
                self.frames.pop();
                self.at = At::Code(Before::Text);
                closes.then_some(self)
            }
            _ => None,
        }
    }

    fn in_raw(mut self, token: &Token) -> Option<Self> {
        let At::Raw(known) = &mut self.at else { return None };
        match token {
            Token::Piece { text, .. } => {
                if let Some(known) = known {
                    known.extend(text);
                }
                (!text.contains(&0)).then_some(self)
            }
            Token::RawEnd => {
                let valid = known.as_ref().is_none_or(|text| may_be_fstring(text));
                self.at = At::Code(Before::Text);
                valid.then_some(self)
            }
            _ => None,
        }
    }

    fn in_comment(mut self, token: &Token) -> Option<Self> {
        match token {
            Token::Piece { text, .. } => (!text.iter().any(|b| b"\n\r\0".contains(b))).then_some(self),
            Token::CommentEnd => {
                let ends = self.begun && self.depth == Some(0);
                self.at = At::Code(if ends { Before::Comment } else { Before::Other });
                Some(self)
            }
            _ => None,
        }
    }
}

/// Before Python 3.12 a field holds neither a backslash nor the quote that would end its f-string.
fn fits_field(family: &Family, text: &[u8]) -> bool {
    !text.contains(&b'\\') && (family.triple || !(text.contains(&family.quote) || text.contains(&b'\n')))
}

/// What is kept as it stands is an f-string that shows its own expressions.
fn may_be_fstring(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let opening = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let prefix = text[..text.len() - opening.len()].to_ascii_lowercase();
    let quote = QUOTES.iter().rev().find(|quote| opening.starts_with(*quote));
    let closes = quote.is_some_and(|quote| opening.len() >= 2 * quote.len() && opening.ends_with(quote));
    matches!(prefix.as_str(), "f" | "fr" | "rf") && closes && opening.contains('{') && opening.contains('=')
}
