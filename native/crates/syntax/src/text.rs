//! The rope, and positions in it as LSP counts them.
//!
//! A line ends at `\n`, `\r\n` or `\r` and at nothing else: not at form feed, U+0085 or U+2028, whatever Python's
//! `splitlines` thinks.

use std::ops::Range;

use ropey::Rope;
use tree_sitter::Point;

use crate::spans::SpanError;

/// The unit in which a position's character is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes of UTF-8.
    Utf8,
    /// Code units of UTF-16, LSP's default.
    Utf16,
    /// Unicode scalar values.
    Utf32,
}

/// A text with line and position maps. Cloning is O(1).
#[derive(Debug, Clone)]
pub struct Text {
    rope: Rope,
}

impl Text {
    /// Build the rope. O(n).
    pub fn new(text: &str) -> Self {
        Self { rope: Rope::from_str(text) }
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.rope.len_bytes()
    }

    /// Whether there is no byte.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of lines: line breaks + 1.
    pub fn line_count(&self) -> usize {
        self.rope.len_lines()
    }

    /// The bytes from `start` to `end`.
    pub fn slice(&self, start: usize, end: usize) -> Result<String, SpanError> {
        self.check(start, end)?;
        Ok(self.rope.byte_slice(start..end).to_string())
    }

    /// Byte offset of a position. Past the end of the line it is the end of the line, past the last line the end of
    /// the text; inside a surrogate pair or a UTF-8 sequence it is the start of the character.
    pub fn offset(&self, line: usize, character: usize, encoding: Encoding) -> usize {
        if line >= self.line_count() {
            return self.len();
        }
        let Range { start, end } = self.line_span(line);
        if character >= end - start {
            // No encoding has more units than UTF-8 has bytes.
            return end;
        }
        let rope = &self.rope;
        let offset = match encoding {
            Encoding::Utf8 => rope.char_to_byte(rope.byte_to_char(start + character)),
            Encoding::Utf16 => {
                let units = rope.char_to_utf16_cu(rope.byte_to_char(start)) + character;
                rope.char_to_byte(rope.utf16_cu_to_char(units.min(rope.len_utf16_cu())))
            }
            Encoding::Utf32 => rope.char_to_byte((rope.byte_to_char(start) + character).min(rope.len_chars())),
        };
        offset.min(end)
    }

    /// Line and character of a byte offset. Between `\r` and `\n` it is the end of the line, inside a UTF-8 sequence
    /// the start of the character.
    pub fn position(&self, offset: usize, encoding: Encoding) -> Result<(usize, usize), SpanError> {
        if offset > self.len() {
            return Err(SpanError::OutOfRange { offset, len: self.len() });
        }
        let rope = &self.rope;
        let line = rope.byte_to_line(offset);
        let span = self.line_span(line);
        let (first, here) = (rope.byte_to_char(span.start), rope.byte_to_char(offset.min(span.end)));
        let character = match encoding {
            Encoding::Utf8 => rope.char_to_byte(here) - span.start,
            Encoding::Utf16 => rope.char_to_utf16_cu(here) - rope.char_to_utf16_cu(first),
            Encoding::Utf32 => here - first,
        };
        Ok((line, character))
    }

    /// Replace the bytes of `span`, which the caller has checked.
    pub(crate) fn replace(&mut self, span: Range<usize>, new_text: &str) {
        let (start, end) = (self.rope.byte_to_char(span.start), self.rope.byte_to_char(span.end));
        self.rope.remove(start..end);
        self.rope.insert(start, new_text);
    }

    /// The contiguous piece that holds `offset`, from `offset` on; empty at the end of the text.
    pub(crate) fn chunk_from(&self, offset: usize) -> &str {
        if offset >= self.len() {
            return "";
        }
        let (chunk, start, _, _) = self.rope.chunk_at_byte(offset);
        &chunk[offset - start..]
    }

    /// The byte before `offset`, if there is one.
    pub(crate) fn byte_before(&self, offset: usize) -> Option<u8> {
        (offset > 0).then(|| self.rope.byte(offset - 1))
    }

    /// Row and byte column, as the tree counts them.
    pub(crate) fn point(&self, offset: usize) -> Point {
        let row = self.rope.byte_to_line(offset);
        Point { row, column: offset - self.rope.line_to_byte(row) }
    }

    /// Whether both ends are character boundaries in order and in range.
    pub(crate) fn check(&self, start: usize, end: usize) -> Result<(), SpanError> {
        if start > end {
            return Err(SpanError::Reversed { start, end });
        }
        for offset in [start, end] {
            if offset > self.len() {
                return Err(SpanError::OutOfRange { offset, len: self.len() });
            }
            if self.rope.char_to_byte(self.rope.byte_to_char(offset)) != offset {
                return Err(SpanError::NotABoundary { offset });
            }
        }
        Ok(())
    }

    /// Bytes of a line without its terminator.
    fn line_span(&self, line: usize) -> Range<usize> {
        let (start, next) = (self.rope.line_to_byte(line), self.rope.line_to_byte(line + 1));
        let mut end = next;
        if end > start && self.rope.byte(end - 1) == b'\n' {
            end -= 1;
        }
        if end > start && self.rope.byte(end - 1) == b'\r' {
            end -= 1;
        }
        start..end
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.rope.chunks().try_for_each(|chunk| f.write_str(chunk))
    }
}
