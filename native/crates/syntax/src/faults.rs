//! Error localisation: where the tree could not make sense of the text.

use tree_sitter::Node;

use crate::tree::{KindName, Step, walk};

/// Why a place is a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// Tokens that fit nowhere.
    Error,
    /// A token that is not there.
    Missing,
}

/// A place that tree-sitter could not parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// First byte.
    pub start: usize,
    /// One past the last byte; equal to `start` for a missing token.
    pub end: usize,
    /// Error or missing.
    pub kind: FaultKind,
    /// The missing token's kind in the grammar.
    pub expected: Option<&'static str>,
}

/// Outermost ERROR nodes and all MISSING nodes outside them, in document order.
///
/// Subtrees without an error are never entered, so the cost follows the depth and breadth around the faults.
pub(crate) fn faults(root: Node<'_>) -> Vec<Fault> {
    let mut found = Vec::new();
    if !root.has_error() {
        return found;
    }
    walk(root, |path| {
        let node = path[path.len() - 1];
        let (start, end) = (node.start_byte(), node.end_byte());
        if node.is_error() {
            found.push(Fault { start, end, kind: FaultKind::Error, expected: None });
            Step::Over
        } else if node.is_missing() {
            found.push(Fault { start, end, kind: FaultKind::Missing, expected: Some(node.kind_name()) });
            Step::Over
        } else if node.has_error() {
            Step::Into
        } else {
            Step::Over
        }
    });
    found
}
