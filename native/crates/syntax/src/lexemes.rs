//! The token stream, column by column, and the maps between bytes and tokens.

use crate::kinds::Lexeme;

/// Lexemes in document order; none overlaps another. Empty NEWLINE and DEDENT stand before what starts at their place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lexemes {
    starts: Vec<u32>,
    ends: Vec<u32>,
    kinds: Vec<u8>,
}

impl Lexemes {
    pub(crate) fn with_capacity(lexemes: usize) -> Self {
        Self {
            starts: Vec::with_capacity(lexemes),
            ends: Vec::with_capacity(lexemes),
            kinds: Vec::with_capacity(lexemes),
        }
    }

    pub(crate) fn push(&mut self, kind: Lexeme, start: usize, end: usize) {
        self.starts.push(start as u32);
        self.ends.push(end as u32);
        self.kinds.push(kind.0);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// First byte of each.
    pub fn starts(&self) -> &[u32] {
        &self.starts
    }

    /// One past the last byte of each.
    pub fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// Kind of each, an index into `LEXEME_KINDS`.
    pub fn kinds(&self) -> &[u8] {
        &self.kinds
    }

    /// Kind of lexeme `index`.
    pub fn kind(&self, index: usize) -> Lexeme {
        Lexeme(self.kinds[index])
    }

    /// Half-open index range of the lexemes that overlap the bytes `start..end`. An empty span overlaps a lexeme only
    /// strictly inside it; else the range is empty and says where a lexeme would be put in.
    pub fn at(&self, start: usize, end: usize) -> (usize, usize) {
        let first = self.ends.partition_point(|&lexeme_end| lexeme_end as usize <= start);
        let last = self.starts.partition_point(|&lexeme_start| (lexeme_start as usize) < end);
        (first, last.max(first))
    }

    /// Byte span of the lexemes `first..last`; None unless `first ≤ last ≤ len`. Without lexemes it is the empty span
    /// before lexeme `first`, or after the last one.
    pub fn span(&self, first: usize, last: usize) -> Option<(usize, usize)> {
        if first > last || last > self.len() {
            return None;
        }
        if first == last {
            let at = self.starts.get(first).or(self.ends.last()).map_or(0, |&at| at as usize);
            return Some((at, at));
        }
        Some((self.starts[first] as usize, self.ends[last - 1] as usize))
    }
}
