//! Tokens of a document → the lexemes of the grammar that they spell, and which tokens each takes.

use super::Token;
use crate::terminal::{TerminalSet, Terminals};

/// A lexeme or a comment and the tokens `first..last` that spell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lexeme {
    /// Terminals that it counts as; None for a comment.
    pub set: Option<TerminalSet>,
    /// Its first token.
    pub first: usize,
    /// One past its last token.
    pub last: usize,
    /// Whether more pieces behind it would make it another lexeme.
    pub grows: bool,
}

/// Where in nested f-strings the reader stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame<'a> {
    Literal(&'a str),
    Field { quote: &'a str, brackets: usize },
    Spec(&'a str),
}

struct Reader<'a> {
    terminals: &'a Terminals,
    out: Vec<Lexeme>,
    frames: Vec<Frame<'a>>,
    /// What closes the literal, comment or raw text that is being read.
    until: Option<Token>,
    word: Vec<u8>,
}

/// Lexemes that a row of tokens spells. What is unfinished at its end is a lexeme as well.
pub fn read<'a>(terminals: &'a Terminals, tokens: impl Iterator<Item = &'a Token>) -> Vec<Lexeme> {
    let mut reader = Reader { terminals, out: Vec::new(), frames: Vec::new(), until: None, word: Vec::new() };
    for (at, token) in tokens.enumerate() {
        reader.take(at, token);
    }
    reader.end_word();
    reader.out
}

impl<'a> Reader<'a> {
    fn take(&mut self, at: usize, token: &'a Token) {
        if self.until.is_some() {
            self.grow(at);
            self.until.take_if(|until| until == token);
        } else if self.in_text() && !self.leaves(token) {
            self.text(at);
        } else {
            self.code(at, token);
        }
    }

    fn in_text(&self) -> bool {
        matches!(self.frames.last(), Some(Frame::Literal(_) | Frame::Spec(_)))
    }

    /// Whether a token in literal text of an f-string is no text.
    fn leaves(&self, token: &Token) -> bool {
        match (self.frames.last(), token) {
            (_, Token::Lexeme(word)) if word == "{" => true,
            (Some(Frame::Spec(_)), Token::Lexeme(word)) => word == "}",
            (Some(Frame::Literal(quote) | Frame::Spec(quote)), Token::Close(close)) => quote == close,
            _ => false,
        }
    }

    fn text(&mut self, at: usize) {
        match self.out.last_mut() {
            Some(last) if last.grows && last.last == at => last.last = at + 1,
            _ => self.push("FSTRING_MIDDLE", "", at, true),
        }
    }

    fn grow(&mut self, at: usize) {
        if let Some(last) = self.out.last_mut() {
            last.last = at + 1;
        }
    }

    fn push(&mut self, kind: &str, text: &str, at: usize, grows: bool) {
        let set = self.terminals.of_lexeme(kind, text);
        self.out.push(Lexeme { set: Some(set), first: at, last: at + 1, grows });
    }

    fn code(&mut self, at: usize, token: &'a Token) {
        if let Token::Piece { code, starts, .. } = token {
            if *starts || self.word.is_empty() {
                self.end_word();
                self.push("NAME", "", at, true);
                // An empty start piece is a word too: what follows it is glued to it.
                self.word = vec![b' '];
            } else {
                self.grow(at);
            }
            self.word.extend(code);
            return;
        }
        self.end_word();
        match token {
            Token::Lexeme(name) => {
                self.push(name, "", at, false);
                self.nest(name);
            }
            Token::Open { prefix, quote } if prefix.contains('f') => {
                self.push("FSTRING_START", quote, at, false);
                self.frames.push(Frame::Literal(quote));
            }
            Token::Open { prefix, quote } => {
                let kind = if prefix.contains('b') { "BYTES" } else { "STRING" };
                self.enclosed(kind, at, Token::Close(quote.clone()));
            }
            Token::Raw => self.enclosed("STRING", at, Token::RawEnd),
            Token::Comment => {
                self.out.push(Lexeme { set: None, first: at, last: at + 1, grows: false });
                self.until = Some(Token::CommentEnd);
            }
            Token::Close(quote) => self.close(at, quote),
            Token::CommentEnd | Token::RawEnd | Token::Special | Token::Piece { .. } => {}
        }
    }

    fn enclosed(&mut self, kind: &str, at: usize, until: Token) {
        self.push(kind, "", at, false);
        self.until = Some(until);
    }

    fn close(&mut self, at: usize, quote: &str) {
        if let Some(depth) = self.frames.iter().rposition(|f| *f == Frame::Literal(quote)) {
            self.frames.truncate(depth);
            self.push("FSTRING_END", quote, at, false);
        }
    }

    fn nest(&mut self, word: &str) {
        let Some(frame) = self.frames.last_mut() else { return };
        match (frame, word) {
            (&mut (Frame::Literal(quote) | Frame::Spec(quote)), "{") => {
                self.frames.push(Frame::Field { quote, brackets: 0 });
            }
            (Frame::Spec(_), "}") => self.frames.truncate(self.frames.len() - 2),
            (Frame::Field { brackets, .. }, "(" | "[" | "{") => *brackets += 1,
            (Frame::Field { brackets, .. }, ")" | "]" | "}") if *brackets > 0 => *brackets -= 1,
            (Frame::Field { .. }, "}") => drop(self.frames.pop()),
            (&mut Frame::Field { quote, brackets: 0 }, ":") => self.frames.push(Frame::Spec(quote)),
            _ => {}
        }
    }

    /// Says what the word that is being read is, now that it is whole.
    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let word = String::from_utf8_lossy(&self.word[1..]).into_owned();
        self.word.clear();
        let number = word.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        let set = self.terminals.of_lexeme(if number { "NUMBER" } else { "NAME" }, &word);
        if let Some(last) = self.out.iter_mut().rev().find(|l| l.set.is_some() || l.grows) {
            last.set = Some(set);
        }
    }
}
