//! F-strings with the nesting of PEP 701: literal text, replacement fields, format specifications.

use super::literal::next_special;
use super::{Frame, Lexer, Quote};
use crate::kinds::Lexeme;

impl Lexer<'_> {
    /// Literal text up to a replacement field or the end of the f-string.
    pub(super) fn fstring_text(&mut self, quote: Quote) {
        let mut end = self.at;
        while let Some(at) = next_special(self.bytes, end, quote.byte) {
            end = match self.bytes[at] {
                b'\\' => self.escape(at, quote),
                b'{' if self.bytes.get(at + 1) == Some(&b'{') => at + 2,
                b'{' => return self.open_field(at, quote),
                b'}' => at + 1,
                b'\n' | b'\r' if !quote.triple => return self.break_off(at),
                byte if byte == quote.byte && self.quotes_at(at, quote) => {
                    self.middle(at);
                    return self.end_fstring();
                }
                _ => at + 1,
            };
        }
        self.break_off(self.bytes.len());
    }

    /// A format specification up to a nested field or the end of its own.
    pub(super) fn spec_text(&mut self, quote: Quote) {
        let mut end = self.at;
        while let Some(at) = next_special(self.bytes, end, quote.byte) {
            end = match self.bytes[at] {
                b'\\' => self.escape(at, quote),
                b'{' => return self.open_field(at, quote),
                b'}' => {
                    self.middle(at);
                    self.frames.pop();
                    return self.close_field();
                }
                b'\n' | b'\r' if !quote.triple => return self.break_off(at),
                byte if byte == quote.byte && self.quotes_at(at, quote) => {
                    self.middle(at);
                    return self.end_fstring();
                }
                _ => at + 1,
            };
        }
        self.break_off(self.bytes.len());
    }

    /// Operators that mean something else directly inside a replacement field.
    pub(super) fn field_operator(&mut self, byte: u8, quote: Quote) -> bool {
        match byte {
            b'}' => self.close_field(),
            b':' => {
                self.emit_to(const { Lexeme::of(":") }, self.at + 1);
                self.frames.push(Frame::Spec(quote));
            }
            b'!' if self.bytes.get(self.at + 1) != Some(&b'=') => self.emit_to(const { Lexeme::of("!") }, self.at + 1),
            _ => return false,
        }
        true
    }

    /// Whether an unterminated string that opens at `open` is rather the end of the f-string around it.
    pub(super) fn closes_fstring(&self, open: usize, byte: u8) -> bool {
        let innermost = self.frames.iter().rev().find_map(|frame| match frame {
            Frame::Field(quote) => Some(*quote),
            _ => None,
        });
        open == self.at && innermost.is_some_and(|quote| quote.byte == byte && self.quotes_at(open, quote))
    }

    /// Close the innermost f-string at its quote, with all that was left open inside it.
    pub(super) fn end_fstring(&mut self) {
        let depth = self.frames.iter().rposition(|frame| matches!(frame, Frame::FString(_)));
        let Some((depth, Frame::FString(quote))) = depth.map(|depth| (depth, self.frames[depth])) else { return };
        self.frames.truncate(depth);
        self.emit_to(Lexeme::FSTRING_END, self.at + if quote.triple { 3 } else { 1 });
    }

    /// The f-string ends at `at` without its quote.
    fn break_off(&mut self, at: usize) {
        self.middle(at);
        let depth = self.frames.iter().rposition(|frame| matches!(frame, Frame::FString(_))).unwrap_or(0);
        self.frames.truncate(depth);
    }

    fn open_field(&mut self, at: usize, quote: Quote) {
        self.middle(at);
        self.emit_to(const { Lexeme::of("{") }, at + 1);
        self.frames.push(Frame::Field(quote));
    }

    fn close_field(&mut self) {
        self.emit_to(const { Lexeme::of("}") }, self.at + 1);
        self.close(b'}');
    }

    fn middle(&mut self, end: usize) {
        if end > self.at {
            self.emit_to(Lexeme::FSTRING_MIDDLE, end);
        }
    }

    /// Where text goes on after the backslash at `at`.
    fn escape(&self, at: usize, quote: Quote) -> usize {
        match self.bytes.get(at + 1) {
            Some(b'{' | b'}') | None => at + 1,
            Some(b'N') if !quote.raw && self.bytes.get(at + 2) == Some(&b'{') => {
                let name = memchr::memchr3(b'}', b'\n', quote.byte, &self.bytes[at..]);
                name.filter(|len| self.bytes[at + len] == b'}').map_or(at + 2, |len| at + len + 1)
            }
            Some(b'\r') => at + 1 + self.break_len_at(at + 1),
            Some(_) => at + 2,
        }
    }

    fn quotes_at(&self, at: usize, quote: Quote) -> bool {
        let is_quote = |at: usize| self.bytes.get(at) == Some(&quote.byte);
        !quote.triple || is_quote(at + 1) && is_quote(at + 2)
    }
}
