//! Where each lexeme stands in the tree: the positions of the AST-aware encoder (§3.2).

use tree_sitter::{Node, TreeCursor};

use crate::lexemes::Lexemes;
use crate::node_types::node_type;
use crate::tree::KindName;

/// One entry per lexeme and column. A lexeme without a leaf of its own (NEWLINE, INDENT, DEDENT) counts as a leaf that
/// would stand in the innermost node around it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// Type of the leaf's parent, an index into `node_types()`.
    pub node_types: Vec<u16>,
    /// Depth of the leaf below the root, clipped at 255.
    pub depths: Vec<u8>,
    /// Index of the leaf among its parent's children, clipped at 255.
    pub siblings: Vec<u8>,
    /// Functions and classes around the leaf, clipped at 255.
    pub scopes: Vec<u8>,
}

impl Columns {
    /// The columns of `len` lexemes that have no tree.
    pub fn blank(len: usize) -> Self {
        Self { node_types: vec![0; len], depths: vec![0; len], siblings: vec![0; len], scopes: vec![0; len] }
    }

    fn push(&mut self, place: &Place) {
        self.node_types.push(place.parent);
        self.depths.push(clip(place.depth));
        self.siblings.push(clip(place.sibling));
        self.scopes.push(clip(place.scopes));
    }
}

fn clip(value: usize) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}

struct Place {
    parent: u16,
    depth: usize,
    sibling: usize,
    scopes: usize,
}

/// One pass over tree and lexemes together.
pub(crate) fn columns(root: Node<'_>, lexemes: &Lexemes) -> Columns {
    let mut finder = Finder { cursor: root.walk(), levels: vec![Level::of(root, 0, 0)], exhausted: false };
    let mut columns = Columns::default();
    for (&start, &end) in lexemes.starts().iter().zip(lexemes.ends()) {
        columns.push(&finder.find(start as usize, start == end));
    }
    columns
}

/// A node on the way from the root to the cursor.
struct Level {
    kind: u16,
    sibling: usize,
    /// Functions and classes around the node's children.
    scopes: usize,
}

impl Level {
    fn of(node: Node<'_>, sibling: usize, around: usize) -> Self {
        let opens = matches!(node.kind_name(), "function_definition" | "class_definition");
        Self { kind: node_type(node.kind_id()), sibling, scopes: around + usize::from(opens) }
    }
}

/// A cursor that only moves forward.
struct Finder<'t> {
    cursor: TreeCursor<'t>,
    levels: Vec<Level>,
    /// Whether all children of the cursor's node end before the last place asked for.
    exhausted: bool,
}

impl Finder<'_> {
    /// The leaf at `start`, or the gap that holds it.
    fn find(&mut self, start: usize, empty: bool) -> Place {
        loop {
            let node = self.cursor.node();
            let last = self.levels.len() - 1;
            let before = node.start_byte() > start || empty && node.start_byte() == start;
            if last > 0 && node.end_byte() <= start {
                self.leave();
            } else if last > 0 && before {
                return self.place(last - 1, self.levels[last].sibling);
            } else if self.exhausted {
                return self.place(last, node.child_count());
            } else if !self.enter() {
                return if last == 0 { self.place(0, 0) } else { self.place(last - 1, self.levels[last].sibling) };
            }
        }
    }

    fn place(&self, parent: usize, sibling: usize) -> Place {
        let level = &self.levels[parent];
        Place { parent: level.kind, depth: parent + 1, sibling, scopes: level.scopes }
    }

    fn enter(&mut self) -> bool {
        let around = self.levels[self.levels.len() - 1].scopes;
        let entered = self.cursor.goto_first_child();
        if entered {
            self.levels.push(Level::of(self.cursor.node(), 0, around));
        }
        entered
    }

    /// Go to the next sibling, or back to the parent when there is none.
    fn leave(&mut self) {
        let Some(left) = self.levels.pop() else { return };
        self.exhausted = !self.cursor.goto_next_sibling();
        if self.exhausted {
            self.cursor.goto_parent();
        } else {
            let around = self.levels[self.levels.len() - 1].scopes;
            self.levels.push(Level::of(self.cursor.node(), left.sibling + 1, around));
        }
    }
}
