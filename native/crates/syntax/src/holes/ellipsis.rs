//! Which `...` is a hole. The idioms that are none are listed here and in `stubs`.

use tree_sitter::Node;

use super::HoleKind;
use super::stubs;
use crate::imports::Imports;
use crate::tree::{KindName, text};

/// What kind of hole the ellipsis at the end of `path` is, if it is one.
pub(super) fn classify(path: &[Node<'_>], imports: &Imports, source: &str) -> Option<HoleKind> {
    let parent = *path.iter().rev().nth(1)?;
    match parent.kind_name() {
        "expression_statement" if parent.named_child_count() == 1 => statement(path, imports, source),
        "type" => annotation(path),
        _ => value(path, imports, source),
    }
}

/// A bare `...`: a hole unless it is the idiomatic body of a class or of something that has no body.
fn statement(path: &[Node<'_>], imports: &Imports, source: &str) -> Option<HoleKind> {
    let block = path.len() - 3;
    if stubs::type_checking_only(path, imports, source) {
        return None;
    }
    let owner =
        path[..block].iter().rposition(|node| matches!(node.kind_name(), "function_definition" | "class_definition"));
    let declared = match owner.map(|at| (at, path[at].kind_name())) {
        Some((at, "function_definition")) => {
            is_only_body(path[at], path[path.len() - 2]) && stubs::has_no_body(&path[..=at], imports, source)
        }
        Some((at, _)) => is_only_body(path[at], path[path.len() - 2]) || stubs::is_protocol(path[at], imports, source),
        None => false,
    };
    (!declared).then_some(HoleKind::Block)
}

/// Whether `statement` is all that the body of `owner` has besides a docstring and comments.
fn is_only_body(owner: Node<'_>, statement: Node<'_>) -> bool {
    let Some(body) = owner.child_by_field_name("body") else { return false };
    let docstring = crate::definitions::docstring(body);
    let is_docstring = |node: &Node<'_>| docstring.is_some_and(|(start, _)| node.start_byte() == start);
    let mut cursor = body.walk();
    let mut rest = body.named_children(&mut cursor).filter(|node| node.kind_name() != "comment" && !is_docstring(node));
    rest.next().is_some_and(|first| first.id() == statement.id()) && rest.next().is_none()
}

/// A whole annotation is a hole; a part of one (`tuple[int, ...]`) is not.
fn annotation(path: &[Node<'_>]) -> Option<HoleKind> {
    let holder = path.iter().rev().nth(2)?;
    let whole = matches!(
        holder.kind_name(),
        "typed_parameter"
            | "typed_default_parameter"
            | "function_definition"
            | "assignment"
            | "type_alias_statement"
            | "constrained_type"
    );
    whole.then_some(HoleKind::Type)
}

fn value(path: &[Node<'_>], imports: &Imports, source: &str) -> Option<HoleKind> {
    let idiom = in_subscript(path)
        || is_sentinel_test(path, source)
        || stubs::type_checking_only(path, imports, source)
        || stubs::is_required_marker(path, imports, source)
        || stubs::is_declared_default(path, imports, source);
    (!idiom).then_some(HoleKind::Expression)
}

/// `x[...]`, `x[..., 0]`, `Callable[[...], T]`, `x[(...,) + rest]`: an index, or part of a tuple or list in one.
fn in_subscript(path: &[Node<'_>]) -> bool {
    let ellipsis = path[path.len() - 1];
    let mut child = ellipsis;
    for parent in path.iter().rev().skip(1) {
        match parent.kind_name() {
            "tuple" | "list" | "parenthesized_expression" | "slice" | "type" | "expression_list" => child = *parent,
            "binary_operator" if child.id() != ellipsis.id() => child = *parent,
            "subscript" => return parent.child_by_field_name("value").is_none_or(|value| value.id() != child.id()),
            "type_parameter" => return true,
            _ => return false,
        }
    }
    false
}

/// `x is ...`, `... in x`: a test for the Ellipsis object itself.
fn is_sentinel_test(path: &[Node<'_>], source: &str) -> bool {
    let [.., parent, ellipsis] = path else { return false };
    if parent.kind_name() != "comparison_operator" {
        return false;
    }
    let is_first = parent.child(0).is_some_and(|first| first.id() == ellipsis.id());
    parent.children_by_field_name("operators", &mut parent.walk()).any(|operator| {
        let written = text(operator, source);
        written.starts_with("is") || is_first && (written.starts_with("in") || written.starts_with("not"))
    })
}
