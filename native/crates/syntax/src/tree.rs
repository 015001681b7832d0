//! Walks over the tree. None recurses: nesting is the document's choice, the stack is ours.

use std::sync::OnceLock;

use tree_sitter::{Language, Node};

/// Node kinds by name, without asking C for a string each time.
pub(crate) trait KindName {
    /// Kind of the node in the grammar.
    fn kind_name(&self) -> &'static str;
}

impl KindName for Node<'_> {
    fn kind_name(&self) -> &'static str {
        static NAMES: OnceLock<Vec<&'static str>> = OnceLock::new();
        let names = NAMES.get_or_init(|| {
            let language = Language::from(tree_sitter_python::LANGUAGE);
            let symbols = 0..language.node_kind_count() as u16;
            symbols.map(|symbol| language.node_kind_for_id(symbol).unwrap_or_default()).collect()
        });
        names.get(usize::from(self.kind_id())).copied().unwrap_or("ERROR")
    }
}

/// Whether a walk enters the node it has just been shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Into,
    Over,
}

/// Visit nodes before their children. `visit` sees the path from `root` down to the node, which is its last element.
pub(crate) fn walk<'t>(root: Node<'t>, mut visit: impl FnMut(&[Node<'t>]) -> Step) {
    let mut cursor = root.walk();
    let mut path = vec![root];
    loop {
        if visit(&path) == Step::Into && cursor.goto_first_child() {
            path.push(cursor.node());
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
            path.pop();
        }
        path.pop();
        path.push(cursor.node());
    }
}

/// Nodes that contain `offset`, outermost first. At the seam of two nodes the one that starts there wins.
pub(crate) fn path_to(root: Node<'_>, offset: usize) -> Vec<Node<'_>> {
    let mut path = vec![root];
    let mut cursor = root.walk();
    while cursor.goto_first_child_for_byte(offset).is_some() && cursor.node().start_byte() <= offset {
        path.push(cursor.node());
    }
    path
}

/// Like `path_to`, but a node that ends at `offset` counts when none starts there.
pub(crate) fn path_touching(root: Node<'_>, offset: usize) -> Vec<Node<'_>> {
    let path = path_to(root, offset);
    let inside = path.last().is_some_and(|leaf| leaf.child_count() == 0 && leaf.start_byte() < leaf.end_byte());
    if inside || offset == 0 { path } else { path_to(root, offset - 1) }
}

/// See `Snapshot::dilate`.
pub(crate) fn dilate(root: Node<'_>, start: usize, end: usize) -> Option<(usize, usize)> {
    let mut cursor = root.walk();
    let mut best = None;
    loop {
        let node = cursor.node();
        let (from, to) = (node.start_byte(), node.end_byte());
        if from <= start && end <= to && (from, to) != (start, end) && node.is_named() && node.id() != root.id() {
            best = Some((from, to));
        }
        if !descend(&mut cursor, start, end) {
            return best;
        }
    }
}

/// Move to the child that contains the span, if one does.
fn descend(cursor: &mut tree_sitter::TreeCursor<'_>, start: usize, end: usize) -> bool {
    if !cursor.goto_first_child() {
        return false;
    }
    loop {
        let node = cursor.node();
        if node.start_byte() <= start && end <= node.end_byte() {
            return true;
        }
        if node.start_byte() > start || !cursor.goto_next_sibling() {
            return false;
        }
    }
}

/// See `Snapshot::statement`.
pub(crate) fn statement(root: Node<'_>, offset: usize) -> Option<(usize, usize)> {
    path_touching(root, offset)
        .iter()
        .rev()
        .find(|node| is_statement(node.kind_name()))
        .map(|node| (node.start_byte(), node.end_byte()))
}

/// Whether a node kind is a simple or compound statement of the grammar.
pub(crate) fn is_statement(kind: &str) -> bool {
    kind.ends_with("_statement") || matches!(kind, "function_definition" | "class_definition" | "decorated_definition")
}

/// The tree as text, every node with its byte range: `(module 0 4 (expression_statement 0 3 (ellipsis 0 3)))`.
/// A missing token is marked `MISSING`. tree-sitter's own writer recurses, which a deep document turns into a crash.
pub(crate) fn sexp(root: Node<'_>) -> String {
    let mut written = String::new();
    let mut depth: usize = 0;
    walk(root, |path| {
        let node = path[path.len() - 1];
        written.extend(std::iter::repeat_n(')', (depth + 1).saturating_sub(path.len())));
        depth = path.len();
        let kind = if node.is_named() { node.kind_name().to_owned() } else { format!("{:?}", node.kind_name()) };
        let missing = if node.is_missing() { "MISSING " } else { "" };
        let gap = if depth == 1 { "" } else { " " };
        written.push_str(&format!("{gap}({missing}{kind} {} {}", node.start_byte(), node.end_byte()));
        Step::Into
    });
    written.extend(std::iter::repeat_n(')', depth));
    written
}

/// Source text of a node.
pub(crate) fn text<'s>(node: Node<'_>, source: &'s str) -> &'s str {
    &source[node.byte_range()]
}

/// The node as a dotted name (`a`, `a.b.c`), as it is written but without blanks; None when it is anything else.
pub(crate) fn dotted(node: Node<'_>, source: &str) -> Option<String> {
    let mut parts = Vec::new();
    let mut at = node;
    while at.kind_name() == "attribute" {
        parts.push(text(at.child_by_field_name("attribute")?, source));
        at = at.child_by_field_name("object")?;
    }
    if at.kind_name() != "identifier" {
        return None;
    }
    parts.push(text(at, source));
    parts.reverse();
    Some(parts.join("."))
}
