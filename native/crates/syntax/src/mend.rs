//! A document as it would parse if the gap at an offset were filled.

use crate::document::Snapshot;

/// The identifier that stands in for a fill.
pub(crate) const PLACEHOLDER: &str = "__astral_hole__";

/// A snapshot with a placeholder in a gap, and fewer faults for it.
pub(crate) struct Mended {
    pub(crate) snapshot: Snapshot,
    /// How many bytes were put in.
    pub(crate) added: usize,
}

impl Mended {
    /// Put the placeholder at `offset`; None when the document is not better for it.
    pub(crate) fn of(snapshot: &Snapshot, offset: usize) -> Option<Self> {
        let filled = Self::with(snapshot, offset, "")?;
        (cost(&filled.snapshot) < cost(snapshot)).then_some(filled)
    }

    /// Put the placeholder and `closers` at `offset`, for better or worse. None when it would join the word before it.
    pub(crate) fn with(snapshot: &Snapshot, offset: usize, closers: &str) -> Option<Self> {
        let source = snapshot.source();
        let is_word = |c: char| c == '_' || c.is_alphanumeric();
        if source[..offset].ends_with(is_word) {
            return None;
        }
        let gap = if source[offset..].starts_with(is_word) { " " } else { "" };
        let text = format!("{PLACEHOLDER}{closers}{gap}");
        let added = text.len();
        let snapshot = snapshot.replaced(vec![(offset, offset, text)]).ok()?;
        Some(Self { snapshot, added })
    }
}

/// How much of a document does not parse: bytes in errors, and missing tokens.
pub(crate) fn cost(snapshot: &Snapshot) -> usize {
    snapshot.faults().iter().map(|fault| (fault.end - fault.start).max(1)).sum()
}
