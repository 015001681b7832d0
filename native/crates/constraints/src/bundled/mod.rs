//! The bundled vocabulary: tokens that never cross a lexeme, by their names in `tokenizer.json`.

mod reading;

use std::sync::Arc;

use crate::grammar::Grammar;
use crate::terminal::{TerminalSet, Terminals};
use crate::vocabulary::{Exit, Mode, Move, Vocabulary};

pub use reading::{Lexeme, read};

/// In front of a subword: a word starts here (in code), or a space stands here (in text).
const MARK: char = '\u{2581}';

const NAME: Mode = 1;
const NUMBER: Mode = 2;
/// A number whose `j` is to come.
const IMAGINARY: Mode = 3;
const FSTRING: Mode = 4;
const COMMENT: Mode = 5;
const RAW: Mode = 6;
/// Literals by their quotes; bytes have modes of their own behind these.
const TEXT: Mode = 7;
const BYTES: Mode = TEXT + QUOTES.len() as Mode;
const MODES: usize = BYTES as usize + QUOTES.len();

const QUOTES: [&str; 4] = ["\"", "'", "\"\"\"", "'''"];

const SPECIALS: [&str; 8] = ["[PAD]", "[M]", "[EXPAND]", "[DELETE]", "[EOS]", "[SEP]", "[TYPE]", "[SPARE]"];

/// What a token stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Token {
    /// For no text: a mask, padding, an end.
    Special,
    /// A lexeme of its own: a keyword, an operator, NEWLINE, INDENT or DEDENT.
    Lexeme(String),
    /// Prefix and quote that open a literal.
    Open {
        /// Lower case, in the order of the vocabulary.
        prefix: String,
        /// One or three quotes.
        quote: String,
    },
    /// The quote that closes a literal.
    Close(String),
    /// A comment begins.
    Comment,
    /// A comment ends.
    CommentEnd,
    /// Text that is kept as it stands begins.
    Raw,
    /// It ends.
    RawEnd,
    /// A piece of a word or of text. `starts`: in code it starts a word.
    Piece {
        /// Bytes in code.
        code: Vec<u8>,
        /// Bytes in literals and comments.
        text: Vec<u8>,
        /// Whether it starts a word in code.
        starts: bool,
    },
}

impl Token {
    /// The token of a name.
    pub fn of(name: &str) -> Self {
        let inner = |open: &str| name.strip_prefix(open).filter(|rest| !rest.is_empty());
        match name {
            "<#>" => Self::Comment,
            "</#>" => Self::CommentEnd,
            "<raw>" => Self::Raw,
            "</raw>" => Self::RawEnd,
            "<NEWLINE>" | "<INDENT>" | "<DEDENT>" => Self::Lexeme(name[1..name.len() - 1].to_owned()),
            "" => Self::Special,
            _ if SPECIALS.contains(&name) => Self::Special,
            _ => {
                if let Some(word) = inner("<kw>") {
                    Self::Lexeme(word.to_owned())
                } else if let Some(opening) = inner("<open>") {
                    let quotes = opening.find(['"', '\'']).unwrap_or(opening.len());
                    Self::Open { prefix: opening[..quotes].to_owned(), quote: opening[quotes..].to_owned() }
                } else if let Some(quote) = inner("<close>") {
                    Self::Close(quote.to_owned())
                } else {
                    Self::piece(name)
                }
            }
        }
    }

    fn piece(name: &str) -> Self {
        let byte = name.strip_prefix("<0x").and_then(|hex| u8::from_str_radix(hex.strip_suffix('>')?, 16).ok());
        if let Some(byte) = byte {
            return Self::Piece { code: vec![byte], text: vec![byte], starts: false };
        }
        let starts = name.starts_with(MARK);
        let code = if starts { &name[MARK.len_utf8()..] } else { name };
        Self::Piece { code: code.as_bytes().to_vec(), text: name.replace(MARK, " ").into_bytes(), starts }
    }
}

/// The bundled vocabulary.
#[derive(Debug)]
pub struct Bundled {
    /// By id.
    pub tokens: Vec<Token>,
    /// Their moves.
    pub vocabulary: Arc<Vocabulary>,
    /// Ids of the mask, of the request for one more slot and of that for one less, where it has them.
    pub requests: [Option<usize>; 3],
    /// Minor version of Python 3 that literals are read by.
    pub minor: u8,
}

impl Bundled {
    /// From the names of all tokens, by id. `minor`: of Python 3.
    pub fn new(grammar: &Grammar, names: &[impl AsRef<str>], minor: u8) -> Self {
        let tokens: Vec<Token> = names.iter().map(|name| Token::of(name.as_ref())).collect();
        let whole = |word: &str| {
            let is_it =
                |token: &Token| matches!(token, Token::Piece { code, starts: true, .. } if code == word.as_bytes());
            tokens.iter().any(is_it)
        };
        let soft = grammar.terminals().soft().iter().map(|t| grammar.terminals().name(t).to_owned());
        let spelled: Vec<String> = soft.filter(|word| !whole(word)).collect();
        let stages = stages(&spelled);
        let moves = tokens.iter().map(|token| moves(grammar.terminals(), token, &stages)).collect();
        let mut exits = vec![Exit::Never; MODES + stages.len()];
        for mode in [0, NAME, NUMBER, FSTRING] {
            exits[usize::from(mode)] = Exit::Anywhere;
        }
        let requests =
            ["[M]", "[EXPAND]", "[DELETE]"].map(|request| names.iter().position(|name| name.as_ref() == request));
        Self { tokens, vocabulary: Arc::new(Vocabulary::new(moves, exits)), requests, minor }
    }
}

/// A soft keyword that no token is, and how much of it is there; its mode is as far behind [`MODES`] as it is in the list.
type Stage = (String, usize);

fn stages(spelled: &[String]) -> Vec<Stage> {
    spelled.iter().flat_map(|word| (1..word.len()).map(|length| (word.clone(), length))).collect()
}

/// Mode of a stage; 0 when the word is whole.
fn mode_of(stages: &[Stage], word: &str, length: usize) -> Mode {
    stages.iter().position(|stage| stage.0 == word && stage.1 == length).map_or(0, |at| (MODES + at) as Mode)
}

fn moves(terminals: &Terminals, token: &Token, stages: &[Stage]) -> Vec<Move> {
    let spelled_step = |from: Mode, kind: &str, text: &str, to: Mode| {
        let path = vec![terminals.of_lexeme(kind, text)];
        Move { from, path, to }
    };
    let step = |from: Mode, kind: &str, to: Mode| spelled_step(from, kind, "", to);
    let free = |from: Mode, to: Mode| Move { from, path: Vec::new(), to };
    let all = match token {
        Token::Special => Vec::new(),
        Token::Lexeme(name) => vec![step(0, name, 0)],
        Token::Open { prefix, quote } if prefix.contains('f') => vec![spelled_step(0, "FSTRING_START", quote, 0)],
        Token::Open { prefix, quote } if prefix.contains('b') => vec![step(0, "BYTES", BYTES + quote_number(quote))],
        Token::Open { quote, .. } => vec![step(0, "STRING", TEXT + quote_number(quote))],
        Token::Close(quote) => {
            let ends = [TEXT, BYTES].map(|literal| free(literal + quote_number(quote), 0));
            ends.into_iter().chain([spelled_step(0, "FSTRING_END", quote, 0)]).collect()
        }
        Token::Comment => vec![step(0, "COMMENT", COMMENT)],
        Token::CommentEnd => vec![free(COMMENT, 0)],
        Token::Raw => vec![step(0, "STRING", RAW)],
        Token::RawEnd => vec![free(RAW, 0)],
        Token::Piece { text, .. } if text.contains(&0) => Vec::new(),
        Token::Piece { code, text, starts } => {
            let mut moves = vec![step(0, "FSTRING_MIDDLE", FSTRING)];
            let literals = if text.is_ascii() { TEXT..MODES as Mode } else { TEXT..BYTES };
            moves.extend([FSTRING, RAW].into_iter().chain(literals).map(|mode| free(mode, mode)));
            moves.extend((!text.iter().any(|b| b"\n\r".contains(b))).then(|| free(COMMENT, COMMENT)));
            moves.extend(if *starts { word(terminals, code, stages) } else { continued(code, stages) });
            moves
        }
    };
    all.into_iter().filter(|m| m.path.iter().all(|set| !set.is_empty())).collect()
}

fn quote_number(quote: &str) -> Mode {
    QUOTES.iter().position(|q| *q == quote).unwrap_or(0) as Mode
}

/// Moves of a piece that starts a word: a name, a number, or a soft keyword that needs more pieces.
fn word(terminals: &Terminals, code: &[u8], stages: &[Stage]) -> Vec<Move> {
    let text = String::from_utf8_lossy(code);
    let unfinished = stages.iter().filter(|(word, length)| word[..*length] == *text);
    let soft = unfinished.filter_map(|(word, length)| Some((terminals.get(word)?, mode_of(stages, word, *length))));
    let name = terminals.of_lexeme("NAME", &text);
    let plain = terminals.of_lexeme("NAME", "");
    let number = |text: &str, to: Mode| Move { from: 0, path: vec![terminals.of_lexeme("NUMBER", text)], to };
    let mut moves: Vec<Move> =
        soft.map(|(terminal, to)| Move { from: 0, path: vec![TerminalSet::of(terminal)], to }).collect();
    if may_be_number(code) {
        moves.extend(match code.last() {
            Some(b'j' | b'J') => vec![number("j", 0)],
            _ => vec![number("0", NUMBER), number("j", IMAGINARY)],
        });
    }
    if may_be_name(code) && !code.first().is_some_and(u8::is_ascii_digit) {
        moves.push(Move { from: 0, path: vec![plain], to: NAME });
        if name != plain {
            moves.push(Move { from: 0, path: vec![name], to: 0 });
        }
    }
    moves
}

fn continued(code: &[u8], stages: &[Stage]) -> Vec<Move> {
    let mut moves = Vec::new();
    for (at, (word, length)) in stages.iter().enumerate() {
        if !code.is_empty() && word.as_bytes()[*length..].starts_with(code) {
            let to = mode_of(stages, word, length + code.len());
            moves.push(Move { from: (MODES + at) as Mode, path: Vec::new(), to });
        }
    }
    if may_be_name(code) {
        moves.push(Move { from: NAME, path: Vec::new(), to: NAME });
    }
    if may_be_number(code) {
        let free = |from: Mode, to: Mode| Move { from, path: Vec::new(), to };
        moves.extend(match code.last() {
            Some(b'j' | b'J') => vec![free(IMAGINARY, 0)],
            _ => vec![free(NUMBER, NUMBER), free(IMAGINARY, IMAGINARY)],
        });
    }
    moves
}

fn may_be_name(code: &[u8]) -> bool {
    code.iter().all(|&b| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80)
}

fn may_be_number(code: &[u8]) -> bool {
    let digits = code.strip_suffix(b"j").or_else(|| code.strip_suffix(b"J")).unwrap_or(code);
    digits.iter().all(|&b| b.is_ascii_hexdigit() || b"_.+-xXoO".contains(&b))
}
