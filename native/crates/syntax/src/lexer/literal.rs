//! Numbers and strings.

use memchr::{memchr2, memchr3};

use super::{Frame, Lexer, Quote};
use crate::kinds::Lexeme;

impl Lexer<'_> {
    pub(super) fn number(&mut self) {
        let end = number_end(&self.bytes[self.at..]);
        self.emit_to(Lexeme::NUMBER, self.at + end);
    }

    /// A string whose prefix starts at `self.at` and whose opening quote is at `open`.
    pub(super) fn string(&mut self, open: usize) {
        let byte = self.bytes[open];
        let prefix = &self.bytes[self.at..open];
        let triple = self.bytes.get(open + 1) == Some(&byte) && self.bytes.get(open + 2) == Some(&byte);
        let body = open + if triple { 3 } else { 1 };
        if prefix.iter().any(|letter| matches!(letter, b'f' | b'F')) {
            let raw = prefix.iter().any(|letter| matches!(letter, b'r' | b'R'));
            self.emit_to(Lexeme::FSTRING_START, body);
            return self.frames.push(Frame::FString(Quote { byte, triple, raw }));
        }
        match if triple { self.triple_end(body, byte) } else { self.single_end(body, byte) } {
            Ok(end) => self.emit_to(Lexeme::STRING, end),
            Err(_) if self.closes_fstring(open, byte) => self.end_fstring(),
            Err(end) => self.emit_to(Lexeme::ERRORTOKEN, end),
        }
    }

    /// End of a triple-quoted string from its first content byte, or of the text.
    fn triple_end(&self, body: usize, quote: u8) -> Result<usize, usize> {
        let mut at = body;
        while let Some(len) = memchr2(quote, b'\\', self.bytes.get(at..).unwrap_or_default()) {
            at += len;
            if self.bytes[at] == b'\\' {
                at += 2;
            } else if self.bytes.get(at + 1) == Some(&quote) && self.bytes.get(at + 2) == Some(&quote) {
                return Ok(at + 3);
            } else {
                at += 1;
            }
        }
        Err(self.bytes.len())
    }

    /// End of a string on one line from its first content byte, or of the line.
    fn single_end(&self, body: usize, quote: u8) -> Result<usize, usize> {
        let mut at = body;
        loop {
            match self.bytes.get(at) {
                Some(b'\\') if self.break_len_at(at + 1) > 0 => at += 1 + self.break_len_at(at + 1),
                Some(b'\\') => at += 2,
                Some(&byte) if byte == quote => return Ok(at + 1),
                Some(b'\n' | b'\r') => return Err(at),
                Some(_) => at += 1,
                None => return Err(self.bytes.len()),
            }
        }
    }
}

/// Whether letters before a quote make a string prefix.
pub(super) fn is_prefix(letters: &[u8]) -> bool {
    let lower = |at: usize| letters[at].to_ascii_lowercase();
    match letters.len() {
        1 => matches!(lower(0), b'r' | b'b' | b'u' | b'f'),
        2 => matches!((lower(0), lower(1)), (b'r', b'b' | b'f') | (b'b' | b'f', b'r')),
        _ => false,
    }
}

/// Length of the number that `bytes` begin with; they begin with a digit, or a point and a digit.
fn number_end(bytes: &[u8]) -> usize {
    let radix = |byte: Option<&u8>| match byte {
        Some(b'x' | b'X') => Some(16),
        Some(b'o' | b'O') => Some(8),
        Some(b'b' | b'B') => Some(2),
        _ => None,
    };
    if let Some(radix) = radix(bytes.get(1)).filter(|_| bytes[0] == b'0') {
        let end = digits(bytes, 2, radix, true);
        if end > 2 {
            return end;
        }
    }
    let mut end = digits(bytes, 0, 10, false);
    if bytes.get(end) == Some(&b'.') {
        end = digits(bytes, end + 1, 10, false);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let first = end + 1 + sign;
        let last = digits(bytes, first, 10, false);
        if last > first {
            end = last;
        }
    }
    end + usize::from(matches!(bytes.get(end), Some(b'j' | b'J')))
}

/// End of a run of digits that single underscores may part; `leading` allows one before the first digit.
fn digits(bytes: &[u8], start: usize, radix: u32, leading: bool) -> usize {
    let is_digit = |at: usize| bytes.get(at).is_some_and(|byte| char::from(*byte).is_digit(radix));
    let mut end = start;
    loop {
        if is_digit(end) {
            end += 1;
        } else if bytes.get(end) == Some(&b'_') && is_digit(end + 1) && (end > start || leading) {
            end += 2;
        } else {
            return end;
        }
    }
}

/// The next byte in `bytes` from `at` that can matter inside an f-string.
pub(super) fn next_special(bytes: &[u8], at: usize, quote: u8) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let brace = memchr3(b'{', b'}', b'\\', rest);
    let close = memchr3(quote, b'\n', b'\r', &rest[..brace.unwrap_or(rest.len())]);
    close.or(brace).map(|len| at + len)
}
