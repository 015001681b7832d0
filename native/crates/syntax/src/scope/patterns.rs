//! Names in the patterns of assignments, parameters and cases.

use tree_sitter::Node;

use crate::tree::{KindName, Step, walk};

/// Names that the capture patterns directly in a `case_pattern` bind; patterns nested in it are visited on their own.
pub(super) fn captures(pattern: Node<'_>) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    walk(pattern, |path| {
        let node = path[path.len() - 1];
        let parent = path.iter().rev().nth(1).map_or("", |parent| parent.kind_name());
        match node.kind_name() {
            "case_pattern" if path.len() > 1 => return Step::Over,
            "splat_pattern" => found.extend(node.named_child(0).filter(|name| name.kind_name() == "identifier")),
            "dotted_name" if node.named_child_count() == 1 && parent != "class_pattern" && !is_key(node, path) => {
                found.extend(node.named_child(0));
            }
            _ => {}
        }
        Step::Into
    });
    found
}

/// Whether a `dotted_name` is the key of a dict pattern.
fn is_key(node: Node<'_>, path: &[Node<'_>]) -> bool {
    let parent = path.iter().rev().nth(1);
    parent.is_some_and(|parent| {
        let mut cursor = parent.walk();
        parent.kind_name() == "dict_pattern"
            && parent.children_by_field_name("key", &mut cursor).any(|key| key.id() == node.id())
    })
}

/// The identifier that a type parameter or the left side of a type alias declares.
pub(super) fn alias_name(node: Node<'_>) -> Option<Node<'_>> {
    let mut at = node;
    while at.kind_name() != "identifier" {
        at = at.named_child(0)?;
    }
    Some(at)
}

/// Identifiers that a pattern binds; attributes and subscripts bind none.
pub(super) fn targets(pattern: Node<'_>) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    walk(pattern, |path| {
        let node = path[path.len() - 1];
        match node.kind_name() {
            "identifier" => {
                found.push(node);
                Step::Over
            }
            "pattern_list"
            | "tuple_pattern"
            | "list_pattern"
            | "list_splat_pattern"
            | "dictionary_splat_pattern"
            | "tuple"
            | "list"
            | "list_splat"
            | "parenthesized_expression"
            | "expression_list"
            | "as_pattern_target" => Step::Into,
            _ => Step::Over,
        }
    });
    found
}
