//! Lines: indentation, line ends, comments, continuations, and the recovery from brackets left open.

use std::ops::Range;

use memchr::memchr2;

use super::Lexer;
use crate::kinds::Lexeme;

const TAB: u32 = 8;

impl Lexer<'_> {
    /// Indentation of the line at hand and, when it has a token, the blocks that it opens or ends. False at the end of
    /// the text.
    pub(super) fn line_start(&mut self) -> bool {
        let start = self.at;
        let (column, blank_end) = self.indentation();
        match self.bytes.get(self.at) {
            None => return false,
            Some(b'\n' | b'\r') => self.at += self.break_len(),
            Some(b'#') => {
                self.comment();
                self.at += self.break_len();
            }
            Some(_) => {
                self.blocks(column, start..blank_end);
                self.fresh = false;
            }
        }
        true
    }

    /// Skip the blanks at the start of a line: its column, and where its blanks end. When lines are joined these are the
    /// first line's.
    fn indentation(&mut self) -> (u32, usize) {
        let mut column = 0;
        let mut joined = None;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b' ' => column += 1,
                b'\t' => column = (column / TAB + 1) * TAB,
                b'\x0c' => column = 0,
                b'\\' if self.break_len_at(self.at + 1) > 0 => {
                    joined.get_or_insert((column, self.at));
                    self.at += self.break_len_at(self.at + 1);
                }
                _ => break,
            }
            self.at += 1;
        }
        joined.unwrap_or((column, self.at))
    }

    fn blocks(&mut self, column: u32, blank: Range<usize>) {
        let innermost = self.indents[self.indents.len() - 1];
        if column > innermost {
            self.indents.push(column);
            self.out.push(Lexeme::INDENT, blank.start, blank.end);
        }
        while self.indents.len() > 1 && column < self.indents[self.indents.len() - 1] {
            let outer = self.indents[self.indents.len() - 2];
            if column > outer {
                let last = self.indents.len() - 1;
                self.indents[last] = column;
            } else {
                self.indents.pop();
                self.out.push(Lexeme::DEDENT, self.at, self.at);
            }
        }
    }

    /// A line break after a token.
    pub(super) fn line_end(&mut self) {
        let len = self.break_len();
        if self.frames.is_empty() {
            self.emit_to(Lexeme::NEWLINE, self.at + len);
            self.fresh = true;
        } else {
            self.at += len;
            self.wrapped = true;
        }
    }

    pub(super) fn comment(&mut self) {
        let wrapped = self.wrapped;
        let end = memchr2(b'\n', b'\r', &self.bytes[self.at..]).map_or(self.bytes.len(), |len| self.at + len);
        self.emit_to(Lexeme::COMMENT, end);
        self.wrapped = wrapped;
    }

    /// A backslash outside strings: it joins lines or it is no token.
    pub(super) fn continuation(&mut self) {
        let len = self.break_len_at(self.at + 1);
        if len > 0 {
            self.at += 1 + len;
        } else {
            self.emit_to(Lexeme::ERRORTOKEN, self.at + 1);
        }
    }

    /// Inside brackets, at the first word of a line: if only a statement can begin so, the brackets were never closed.
    pub(super) fn recover(&mut self, kind: Lexeme, end: usize) {
        let is_async = kind == const { Lexeme::of("async") };
        if !(starts_statement(kind) || is_async && self.declares(end)) {
            return;
        }
        let line = self.bytes[..self.at].iter().rposition(|byte| matches!(byte, b'\n' | b'\r')).map_or(0, |at| at + 1);
        let start = self.at;
        self.at = line;
        self.emit_to(Lexeme::NEWLINE, line);
        let (column, blank_end) = self.indentation();
        self.at = start;
        self.frames.clear();
        self.blocks(column, line..blank_end);
    }

    /// Whether `def` or `with` follows an `async` that ends at `end`.
    fn declares(&self, end: usize) -> bool {
        let rest = self.bytes[end..].trim_ascii_start();
        rest.starts_with(b"def ") || rest.starts_with(b"with ")
    }

    /// End of the text: the last line ends, and every block.
    pub(super) fn finish(&mut self) {
        self.at = self.bytes.len();
        if !self.fresh {
            self.emit_to(Lexeme::NEWLINE, self.at);
        }
        for _ in 1..self.indents.len() {
            self.emit_to(Lexeme::DEDENT, self.at);
        }
    }

    pub(super) fn break_len(&self) -> usize {
        self.break_len_at(self.at)
    }

    pub(super) fn break_len_at(&self, at: usize) -> usize {
        match (self.bytes.get(at), self.bytes.get(at + 1)) {
            (Some(b'\r'), Some(b'\n')) => 2,
            (Some(b'\r' | b'\n'), _) => 1,
            _ => 0,
        }
    }
}

/// Hard keywords that no expression contains.
fn starts_statement(kind: Lexeme) -> bool {
    matches!(
        kind.name(),
        "assert"
            | "break"
            | "class"
            | "continue"
            | "def"
            | "del"
            | "elif"
            | "except"
            | "finally"
            | "global"
            | "import"
            | "nonlocal"
            | "pass"
            | "raise"
            | "return"
            | "try"
            | "while"
            | "with"
    )
}
