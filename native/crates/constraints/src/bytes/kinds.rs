//! Terminals by what bytes spell them.

use crate::grammar::Grammar;
use crate::terminal::TerminalSet;

/// Which end of an f-string or t-string.
#[derive(Clone, Copy)]
pub(super) enum End {
    Start,
    Close,
}

/// The terminals of one grammar as a reader of bytes needs them.
#[derive(Debug)]
pub(super) struct Kinds {
    pub name: TerminalSet,
    pub number: TerminalSet,
    pub imaginary: TerminalSet,
    pub string: TerminalSet,
    pub bytes: TerminalSet,
    pub newline: TerminalSet,
    pub indent: TerminalSet,
    pub dedent: TerminalSet,
    /// Every terminal but the three of layout and the end of the file.
    pub inline: TerminalSet,
    text: [TerminalSet; 2],
    ends: [[[TerminalSet; 4]; 2]; 2],
    words: Vec<(String, TerminalSet)>,
    operators: Vec<(String, TerminalSet)>,
    /// Whether fields follow the rules of Python 3.12.
    pub free_fields: bool,
    /// Whether there are t-strings.
    pub templates: bool,
}

const QUOTES: [&str; 4] = ["\"", "'", "\"\"\"", "'''"];

impl Kinds {
    pub(super) fn of(grammar: &Grammar, minor: u8) -> Self {
        let terminals = grammar.terminals();
        let get = |name: &str| terminals.get(name).map_or(TerminalSet::EMPTY, TerminalSet::of);
        let end = |name: &str| QUOTES.map(|quote| terminals.of_lexeme(name, quote));
        let (newline, indent, dedent) = (get("NEWLINE"), get("INDENT"), get("DEDENT"));
        let layout = newline.union(indent).union(dedent).union(get("ENDMARKER"));
        let spelled: Vec<&str> = terminals.all().iter().map(|t| terminals.name(t)).collect();
        let is_word = |name: &&&str| name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
        let kind = |name: &&str| name.len() > 1 && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
        let word = |name: &&str| {
            (name.to_string(), terminals.of_lexeme("NAME", name).intersection(get("NAME")).union(get(name)))
        };
        let soft = |name: &str| terminals.get(name).is_some_and(|t| terminals.soft().contains(t));
        let keyword = |name: &&str| if soft(name) { word(name) } else { (name.to_string(), get(name)) };
        let template = [get("TSTRING_START"), get("TSTRING_END")].map(|set| [set; 4]);
        Self {
            name: get("NAME"),
            number: get("NUMBER"),
            imaginary: get("IMAGINARY"),
            string: get("STRING"),
            bytes: get("BYTES"),
            newline,
            indent,
            dedent,
            inline: terminals.all().intersection(layout.complement()),
            text: [get("FSTRING_MIDDLE"), get("TSTRING_MIDDLE")],
            ends: [[end("FSTRING_START"), end("FSTRING_END")], template],
            words: spelled.iter().filter(is_word).filter(|name| !kind(name)).map(keyword).collect(),
            operators: spelled.iter().filter(|n| !is_word(n)).map(|name| (name.to_string(), get(name))).collect(),
            free_fields: minor >= 12,
            templates: minor >= 14,
        }
    }

    /// What a whole word is.
    pub(super) fn word(&self, word: &[u8]) -> TerminalSet {
        self.words.iter().find(|w| w.0.as_bytes() == word).map_or(self.name, |w| w.1)
    }

    /// Keywords, hard and soft, that begin so.
    pub(super) fn keywords(&self, start: &[u8]) -> impl Iterator<Item = TerminalSet> + '_ {
        let start = start.to_vec();
        self.words.iter().filter(move |w| w.0.as_bytes().starts_with(&start)).map(|w| w.1)
    }

    /// Operators that begin so, themselves among them.
    pub(super) fn operators(&self, start: &[u8]) -> impl Iterator<Item = TerminalSet> + '_ {
        let start = start.to_vec();
        self.operators.iter().filter(move |o| o.0.as_bytes().starts_with(&start)).map(|o| o.1)
    }

    /// The operator that is spelled so.
    pub(super) fn operator(&self, text: &[u8]) -> Option<TerminalSet> {
        self.operators.iter().find(|o| o.0.as_bytes() == text).map(|o| o.1)
    }

    /// Whether more bytes can make another operator of this.
    pub(super) fn grows(&self, text: &[u8]) -> bool {
        text == b".." || self.operators.iter().any(|o| o.0.len() > text.len() && o.0.as_bytes().starts_with(text))
    }

    /// An end of an f-string or t-string with this quote.
    pub(super) fn end(&self, template: bool, end: End, quote: u8, triple: bool) -> TerminalSet {
        let number = usize::from(quote == b'\'') + 2 * usize::from(triple);
        self.ends[usize::from(template)][end as usize][number]
    }

    /// Literal text of an f-string or t-string.
    pub(super) fn text(&self, template: bool) -> TerminalSet {
        self.text[usize::from(template)]
    }
}
