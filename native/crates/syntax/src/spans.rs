//! Byte spans that callers hand in, and what can be wrong with them.

use std::fmt;

/// A span or offset that does not fit the text it was given for: a mistake of the caller, never of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpanError {
    /// The offset lies past the end of the text.
    OutOfRange {
        /// The offset as given.
        offset: usize,
        /// Length of the text in bytes.
        len: usize,
    },
    /// The offset lies inside a UTF-8 sequence.
    NotABoundary {
        /// The offset as given.
        offset: usize,
    },
    /// The span ends before it starts.
    Reversed {
        /// Start as given.
        start: usize,
        /// End as given.
        end: usize,
    },
    /// Two edits of one batch touch the same bytes.
    Overlap {
        /// Where the later edit starts.
        start: usize,
    },
}

impl fmt::Display for SpanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange { offset, len } => write!(f, "offset {offset} is past the end of the text ({len} bytes)"),
            Self::NotABoundary { offset } => write!(f, "offset {offset} is inside a UTF-8 sequence"),
            Self::Reversed { start, end } => write!(f, "span ends at {end}, before its start {start}"),
            Self::Overlap { start } => write!(f, "edits overlap at offset {start}"),
        }
    }
}

impl std::error::Error for SpanError {}
