//! A hand-written lexer of Python 3.12 that never fails.
//!
//! On text that CPython's tokenizer accepts it gives the same tokens, without NL, ENCODING and ENDMARKER. On other text
//! it recovers:
//! - a keyword that only a statement has, first on its line inside brackets, ends the logical line and all brackets;
//! - an unterminated string is one ERRORTOKEN up to the end of its line, a triple-quoted one up to the end of the text;
//! - an unterminated f-string has no FSTRING_END;
//! - a dedent to a level that no block has moves the innermost block there. INDENT and DEDENT always balance.

mod fstring;
mod lines;
mod literal;

use crate::kinds::{self, Lexeme};
use crate::lexemes::Lexemes;

/// What an open bracket or quote means for the text that follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// Inside (), [] or {}; the byte is the closer.
    Bracket(u8),
    /// Literal text of an f-string.
    FString(Quote),
    /// A replacement field of an f-string.
    Field(Quote),
    /// The format specification of a replacement field.
    Spec(Quote),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Quote {
    byte: u8,
    triple: bool,
    raw: bool,
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    frames: Vec<Frame>,
    indents: Vec<u32>,
    /// Whether the next token is the first of a logical line.
    fresh: bool,
    /// Whether the next token is the first of a physical line inside brackets.
    wrapped: bool,
    out: Lexemes,
}

/// The lexemes of `text`. Their tree columns are empty: there is no tree.
pub fn lex(text: &str) -> Lexemes {
    let bytes = text.as_bytes();
    let mut lexer = Lexer {
        text,
        bytes,
        at: if text.starts_with('\u{feff}') { 3 } else { 0 },
        frames: Vec::new(),
        indents: vec![0],
        fresh: true,
        wrapped: false,
        out: Lexemes::with_capacity(bytes.len() / 4),
    };
    lexer.run();
    lexer.out
}

impl Lexer<'_> {
    fn run(&mut self) {
        loop {
            match self.frames.last() {
                Some(&Frame::FString(quote)) => self.fstring_text(quote),
                Some(&Frame::Spec(quote)) => self.spec_text(quote),
                None if self.fresh => {
                    if !self.line_start() {
                        break;
                    }
                }
                _ => {
                    if !self.token() {
                        break;
                    }
                }
            }
        }
        self.finish();
    }

    /// One token and the blanks before it; false at the end of the text.
    fn token(&mut self) -> bool {
        let Some(&byte) = self.bytes.get(self.at) else {
            return false;
        };
        match CLASS[usize::from(byte)] {
            Class::Blank => self.at += 1,
            Class::Word => self.word(),
            Class::Digit => self.number(),
            Class::Quote => self.string(self.at),
            Class::Break => self.line_end(),
            Class::Hash => self.comment(),
            Class::Backslash => self.continuation(),
            Class::Operator => self.operator(byte),
            Class::Wide => self.wide(),
            Class::Other => self.emit_to(Lexeme::ERRORTOKEN, self.at + 1),
        }
        true
    }

    fn word(&mut self) {
        let start = self.at;
        let mut end = start + 1;
        while end < self.bytes.len() && CONTINUES[usize::from(self.bytes[end])] {
            end += 1;
        }
        if end < self.bytes.len() && self.bytes[end] >= 0x80 {
            end = self.wide_end(end);
        }
        if end - start <= 2
            && matches!(self.bytes.get(end), Some(b'"' | b'\''))
            && literal::is_prefix(&self.bytes[start..end])
        {
            return self.string(end);
        }
        let kind = kinds::word(&self.bytes[start..end]);
        if self.wrapped {
            self.recover(kind, end);
        }
        self.emit_to(kind, end);
    }

    /// End of the identifier that goes on at `end` with a character outside ASCII.
    fn wide_end(&self, end: usize) -> usize {
        let rest = &self.text[end..];
        end + rest.find(|c: char| !unicode_ident::is_xid_continue(c)).unwrap_or(rest.len())
    }

    /// A token that begins outside ASCII: an identifier or nothing of Python.
    fn wide(&mut self) {
        let rest = &self.text[self.at..];
        let Some(first) = rest.chars().next() else { return };
        if unicode_ident::is_xid_start(first) {
            self.emit_to(Lexeme::NAME, self.wide_end(self.at));
        } else {
            self.emit_to(Lexeme::ERRORTOKEN, self.at + first.len_utf8());
        }
    }

    fn operator(&mut self, byte: u8) {
        if let Some(&Frame::Field(quote)) = self.frames.last() {
            if self.field_operator(byte, quote) {
                return;
            }
        }
        if byte == b'.' && self.bytes.get(self.at + 1).is_some_and(u8::is_ascii_digit) {
            return self.number();
        }
        let Some((kind, len)) = kinds::operator(&self.bytes[self.at..]) else {
            return self.emit_to(Lexeme::ERRORTOKEN, self.at + 1);
        };
        self.emit_to(kind, self.at + len);
        match byte {
            b'(' => self.frames.push(Frame::Bracket(b')')),
            b'[' => self.frames.push(Frame::Bracket(b']')),
            b'{' => self.frames.push(Frame::Bracket(b'}')),
            b')' | b']' | b'}' => self.close(byte),
            _ => {}
        }
    }

    /// Close the innermost bracket that `closer` fits, and all that were left open inside it. The replacement field
    /// around them is a wall that only `}` passes.
    fn close(&mut self, closer: u8) {
        for (depth, frame) in self.frames.iter().enumerate().rev() {
            match *frame {
                Frame::Bracket(wanted) if wanted == closer => return self.frames.truncate(depth),
                Frame::Bracket(_) => {}
                Frame::Field(_) if closer == b'}' => return self.frames.truncate(depth),
                _ => return,
            }
        }
    }

    fn emit_to(&mut self, kind: Lexeme, end: usize) {
        self.out.push(kind, self.at, end);
        self.at = end;
        self.wrapped = false;
    }
}

#[derive(Clone, Copy)]
enum Class {
    Blank,
    Word,
    Digit,
    Quote,
    Break,
    Hash,
    Backslash,
    Operator,
    Wide,
    Other,
}

const CLASS: [Class; 256] = {
    let mut table = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b' ' | b'\t' | b'\x0c' => Class::Blank,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => Class::Word,
            b'0'..=b'9' => Class::Digit,
            b'"' | b'\'' => Class::Quote,
            b'\n' | b'\r' => Class::Break,
            b'#' => Class::Hash,
            b'\\' => Class::Backslash,
            0x80.. => Class::Wide,
            b'!' | b'%' | b'&' | b'('..=b'/' | b':'..=b'>' | b'@' | b'[' | b']' | b'^' | b'{'..=b'~' => Class::Operator,
            _ => Class::Other,
        };
        byte += 1;
    }
    table
};

const CONTINUES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        byte += 1;
    }
    table
};
