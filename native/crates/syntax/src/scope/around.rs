//! Which nodes an offset belongs to when it stands between tokens: there, indentation decides.

use tree_sitter::Node;

use crate::tree::{KindName, path_to};

/// Nodes around `offset`, outermost first. On a blank line, or behind the last token of a line, these are the blocks
/// that a statement written there would belong to.
pub(crate) fn around<'t>(root: Node<'t>, source: &str, offset: usize) -> Vec<Node<'t>> {
    let path = path_to(root, offset);
    let leaf = path[path.len() - 1];
    let is_comment = leaf.kind_name() == "comment";
    if !is_comment && !(holds_statements(leaf.kind_name()) && (leaf.child_count() > 0 || path.len() == 1)) {
        return path;
    }
    let offset = comment_start(root, source, offset).unwrap_or(offset);
    let (last_end, mut kept) = last_token(root, source, offset);
    if let Some(column) = column_on_own_line(source, last_end, offset) {
        let closed = kept.iter().position(|node| ends_before(*node, source, column));
        kept.truncate(closed.unwrap_or(kept.len()).max(1));
    }
    kept
}

/// Start of the comment that `offset` lies in or behind on the same line.
fn comment_start(root: Node<'_>, source: &str, offset: usize) -> Option<usize> {
    let before = source[..offset].trim_end_matches([' ', '\t']);
    let last = before.char_indices().next_back().filter(|(_, c)| !matches!(c, '\n' | '\r'));
    let candidates = [Some(offset), last.map(|(at, _)| at)].into_iter().flatten();
    let leaves = candidates.filter_map(|at| path_to(root, at).last().copied());
    leaves.filter(|leaf| leaf.kind_name() == "comment").map(|leaf| leaf.start_byte()).next()
}

/// End of the last token before `offset` that is no comment, and the nodes around it.
fn last_token<'t>(root: Node<'t>, source: &str, offset: usize) -> (usize, Vec<Node<'t>>) {
    let mut end = offset;
    loop {
        let before = source[..end].trim_end_matches([' ', '\t', '\x0c', '\n', '\r', '\\']);
        let Some((last, _)) = before.char_indices().next_back() else { return (0, vec![root]) };
        let path = path_to(root, last);
        let leaf = path[path.len() - 1];
        if leaf.kind_name() != "comment" {
            return (before.len(), path);
        }
        end = leaf.start_byte();
    }
}

/// Whether what lies in such a node and in no child of it is blank space between statements.
fn holds_statements(kind: &str) -> bool {
    matches!(kind, "module" | "block" | "ERROR") || kind.ends_with("_statement") || is_compound(kind)
}

/// Statements and clauses that have a block.
fn is_compound(kind: &str) -> bool {
    matches!(
        kind,
        "if_statement"
            | "elif_clause"
            | "else_clause"
            | "for_statement"
            | "while_statement"
            | "try_statement"
            | "except_clause"
            | "finally_clause"
            | "with_statement"
            | "match_statement"
            | "case_clause"
            | "function_definition"
            | "class_definition"
            | "decorated_definition"
    )
}

/// The offset's column if a line break parts it from the last token.
fn column_on_own_line(source: &str, last_end: usize, offset: usize) -> Option<usize> {
    let line = source[..offset].rfind(['\n', '\r'])? + 1;
    (line > last_end).then(|| width(&source[line..offset]))
}

/// Whether a statement at `column` ends this node: it is a simple statement, or a compound one not indented less.
fn ends_before(node: Node<'_>, source: &str, column: usize) -> bool {
    if matches!(node.kind_name(), "module" | "block" | "ERROR") {
        return false;
    }
    let start = node.start_byte();
    let line = &source[source[..start].rfind(['\n', '\r']).map_or(0, |at| at + 1)..];
    let indent = line.len() - line.trim_start_matches([' ', '\t', '\x0c']).len();
    !is_compound(node.kind_name()) || column <= width(&line[..indent])
}

fn width(blank: &str) -> usize {
    blank.bytes().fold(0, |column, byte| if byte == b'\t' { (column / 8 + 1) * 8 } else { column + 1 })
}
