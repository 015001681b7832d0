//! Documents under edit, and their immutable snapshots.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use tree_sitter::{InputEdit, Node, Tree};

use crate::definitions::{self, Definition};
use crate::edges::{self, SymbolEdge};
use crate::faults::{self, Fault};
use crate::holes::{self, Hole};
use crate::lexemes::Lexemes;
use crate::mend::{Mended, PLACEHOLDER};
use crate::parse::{parse, reparse};
use crate::scope::around::around;
use crate::scope::{self, Binding};
use crate::spans::SpanError;
use crate::text::{Encoding, Text};
use crate::{columns, lexer, tree};

/// One LSP content change: (start line, start character, end line, end character), or the whole text.
pub type Change = (Option<(usize, usize, usize, usize)>, String);

/// Replace the bytes of a span.
pub type Edit = (usize, usize, String);

/// An immutable version of a document. Cloning is O(1); what is computed from it is computed once.
#[derive(Debug, Clone)]
pub struct Snapshot {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    version: i64,
    text: Text,
    tree: Tree,
    source: OnceLock<String>,
    faults: OnceLock<Vec<Fault>>,
    lexemes: OnceLock<Arc<Lexemes>>,
    definitions: OnceLock<Vec<Definition>>,
}

impl Snapshot {
    /// Parse a text from scratch.
    pub fn new(text: &str, version: i64) -> Self {
        Self::of(version, Text::new(text), parse(text))
    }

    fn of(version: i64, text: Text, tree: Tree) -> Self {
        let inner = Inner {
            version,
            text,
            tree,
            source: OnceLock::new(),
            faults: OnceLock::new(),
            lexemes: OnceLock::new(),
            definitions: OnceLock::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The version it was taken at.
    pub fn version(&self) -> i64 {
        self.inner.version
    }

    /// The text with its position maps.
    pub fn text(&self) -> &Text {
        &self.inner.text
    }

    /// The text in one piece, made on first use.
    pub fn source(&self) -> &str {
        self.inner.source.get_or_init(|| self.inner.text.to_string())
    }

    /// Root of the tree.
    pub fn root(&self) -> Node<'_> {
        self.inner.tree.root_node()
    }

    /// The tree as text, with byte ranges.
    pub fn sexp(&self) -> String {
        tree::sexp(self.root())
    }

    /// Places that do not parse, in document order.
    pub fn faults(&self) -> &[Fault] {
        self.inner.faults.get_or_init(|| faults::faults(self.root()))
    }

    /// Token stream with the columns of the tree.
    pub fn lexemes(&self) -> Arc<Lexemes> {
        Arc::clone(self.inner.lexemes.get_or_init(|| Arc::new(lexer::lex(self.source()))))
    }

    /// Position of every lexeme in the tree.
    pub fn columns(&self) -> columns::Columns {
        columns::columns(self.root(), &self.lexemes())
    }

    /// Functions and classes in document order.
    pub fn definitions(&self) -> &[Definition] {
        self.inner.definitions.get_or_init(|| definitions::definitions(self.root(), self.source()))
    }

    /// Indices into `definitions` of what is around `offset`, outermost first.
    pub fn enclosing(&self, offset: usize) -> Result<Vec<usize>, SpanError> {
        self.inner.text.check(offset, offset)?;
        Ok(definitions::enclosing(self.definitions(), &around(self.root(), self.source(), offset)))
    }

    /// Names visible at `offset`, nearest first.
    pub fn scope(&self, offset: usize) -> Result<Vec<Binding>, SpanError> {
        self.inner.text.check(offset, offset)?;
        let Some(mended) = self.root().has_error().then(|| Mended::of(self, offset)).flatten() else {
            return Ok(scope::scope(self.root(), self.source(), offset));
        };
        let mut found = scope::scope(mended.snapshot.root(), mended.snapshot.source(), offset);
        found.retain(|binding| binding.name != PLACEHOLDER);
        for binding in found.iter_mut().filter(|binding| binding.start > offset) {
            (binding.start, binding.end) = (binding.start - mended.added, binding.end - mended.added);
        }
        Ok(found)
    }

    /// Import, call and type edges in document order.
    pub fn edges(&self) -> Vec<SymbolEdge> {
        edges::edges(self.root(), self.source())
    }

    /// The gap at `offset` that an expression or statement would fill, if there is one.
    pub fn implicit_hole(&self, offset: usize) -> Result<Option<Hole>, SpanError> {
        self.inner.text.check(offset, offset)?;
        Ok(holes::implicit::implicit_hole(self, offset))
    }

    /// Every hole that needs no request.
    pub fn holes(&self) -> Vec<Hole> {
        holes::holes(self.root(), self.source())
    }

    /// Span of the smallest named node that strictly contains `start..end`; the whole text when nothing is larger.
    pub fn dilate(&self, start: usize, end: usize) -> Result<(usize, usize), SpanError> {
        self.inner.text.check(start, end)?;
        Ok(tree::dilate(self.root(), start, end).unwrap_or((0, self.inner.text.len())))
    }

    /// Span of the innermost statement around `offset`, else the empty span there.
    pub fn statement(&self, offset: usize) -> Result<(usize, usize), SpanError> {
        self.inner.text.check(offset, offset)?;
        Ok(tree::statement(self.root(), offset).unwrap_or((offset, offset)))
    }

    /// A new snapshot with the edits applied; spans refer to this one. The version stays.
    pub fn replaced(&self, mut edits: Vec<Edit>) -> Result<Self, SpanError> {
        edits.sort_by_key(|&(start, end, _)| (start, end));
        for &(start, end, _) in &edits {
            self.inner.text.check(start, end)?;
        }
        if let Some(pair) = edits.windows(2).find(|pair| pair[1].0 < pair[0].1) {
            return Err(SpanError::Overlap { start: pair[1].0 });
        }
        let mut draft = Draft::of(self);
        for (start, end, new_text) in edits.iter().rev() {
            draft.replace(*start..*end, new_text);
        }
        Ok(draft.finish(self.version()))
    }
}

/// A snapshot in the making: text and tree are edited, the tree not yet reparsed.
struct Draft {
    text: Text,
    tree: Tree,
}

impl Draft {
    fn of(snapshot: &Snapshot) -> Self {
        Self { text: snapshot.inner.text.clone(), tree: snapshot.inner.tree.clone() }
    }

    fn replace(&mut self, span: Range<usize>, new_text: &str) {
        // A `\r` before the edit changes its meaning when a `\n` comes to follow it, or no longer does.
        let start = if self.text.byte_before(span.start) == Some(b'\r') { span.start - 1 } else { span.start };
        let (start_position, old_end_position) = (self.text.point(start), self.text.point(span.end));
        self.text.replace(span.clone(), new_text);
        let new_end = span.start + new_text.len();
        self.tree.edit(&InputEdit {
            start_byte: start,
            old_end_byte: span.end,
            new_end_byte: new_end,
            start_position,
            old_end_position,
            new_end_position: self.text.point(new_end),
        });
    }

    fn finish(self, version: i64) -> Snapshot {
        let tree = reparse(&self.text, &self.tree);
        Snapshot::of(version, self.text, tree)
    }
}

/// A document under edit, fed by LSP change events.
#[derive(Debug)]
pub struct Document {
    encoding: Encoding,
    snapshot: Snapshot,
}

impl Document {
    /// Parse a text; positions of its changes will count in `encoding`.
    pub fn new(text: &str, version: i64, encoding: Encoding) -> Self {
        Self { encoding, snapshot: Snapshot::new(text, version) }
    }

    /// Apply the changes in order, each to the result of the one before, and reparse once.
    pub fn apply(&mut self, changes: &[Change], version: i64) {
        let mut draft = Draft::of(&self.snapshot);
        for (range, new_text) in changes {
            let span = match range {
                None => 0..draft.text.len(),
                Some(range) => self.span(&draft.text, *range),
            };
            draft.replace(span, new_text);
        }
        self.snapshot = draft.finish(version);
    }

    /// The current version.
    pub fn snapshot(&self) -> Snapshot {
        self.snapshot.clone()
    }

    /// Clients have been seen to send reversed ranges; what they mean is the same bytes.
    fn span(
        &self,
        text: &Text,
        (line, character, end_line, end_character): (usize, usize, usize, usize),
    ) -> Range<usize> {
        let from = text.offset(line, character, self.encoding);
        let to = text.offset(end_line, end_character, self.encoding);
        from.min(to)..from.max(to)
    }
}
