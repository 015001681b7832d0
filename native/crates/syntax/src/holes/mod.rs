//! Holes: the places of a file that its author left for us (DESIGN.md, table of holes).

mod calls;
mod cursor;
mod ellipsis;
pub(crate) mod implicit;
mod intent;
mod stubs;

use memchr::memmem;
use tree_sitter::Node;

use crate::imports::Imports;
use crate::tree::{KindName, Step, walk};

/// What a fill has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoleKind {
    /// An expression.
    Expression,
    /// One or more statements.
    Block,
    /// An annotation.
    Type,
    /// Whatever the parser misses at the cursor.
    Implicit,
}

/// How the hole is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Construct {
    /// `...`
    Ellipsis,
    /// `hole()`, `hole("intent")`
    Call,
    /// Nothing: a gap.
    Gap,
}

/// A hole found in the tree, before anything is known about its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    /// What a fill has to be.
    pub kind: HoleKind,
    /// First byte of what a fill replaces.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// The author's words: the argument of `hole(…)`, a comment behind it on its line, or comment lines right above.
    pub intent: Option<String>,
    /// How it is written.
    pub construct: Construct,
}

/// Every hole that needs no request, in document order.
pub(crate) fn holes(root: Node<'_>, source: &str) -> Vec<Hole> {
    let names_us = memmem::find(source.as_bytes(), b"astral_lsp").is_some();
    if !names_us && memmem::find(source.as_bytes(), b"...").is_none() {
        return Vec::new();
    }
    let imports = Imports::of(root, source);
    let (mut found, mut comments) = (Vec::new(), Vec::new());
    walk(root, |path| {
        let node = path[path.len() - 1];
        let hole = match node.kind_name() {
            "comment" => {
                comments.push((node.start_byte(), node.end_byte()));
                None
            }
            "ellipsis" => ellipsis::classify(path, &imports, source).map(|kind| Hole {
                kind,
                start: node.start_byte(),
                end: node.end_byte(),
                intent: None,
                construct: Construct::Ellipsis,
            }),
            "call" if names_us => calls::classify(path, &imports, source),
            _ => None,
        };
        let step = if hole.is_some() { Step::Over } else { Step::Into };
        found.extend(hole);
        step
    });
    for hole in found.iter_mut().filter(|hole| hole.intent.is_none()) {
        hole.intent = intent::from_comments(hole.start, hole.end, &comments, source);
    }
    found
}
