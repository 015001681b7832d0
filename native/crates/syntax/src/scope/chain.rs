//! The scopes around an offset.

use std::ops::Range;

use tree_sitter::Node;

use crate::tree::KindName;

/// What kind of scope a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScopeKind {
    Module,
    Class,
    Function,
    Lambda,
    Comprehension,
    /// The implicit scope of `[T]` around a definition (PEP 695).
    TypeParameters,
}

/// One scope, with the node that makes it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link<'t> {
    pub(super) kind: ScopeKind,
    pub(super) node: Node<'t>,
}

/// Scopes that hold `offset`, outermost first.
pub(super) fn chain<'t>(path: &[Node<'t>], offset: usize) -> Vec<Link<'t>> {
    let inner = path[1..].iter().flat_map(|&node| kinds(node, offset).into_iter().map(move |kind| Link { kind, node }));
    // The root is the module even when nothing in it parses.
    std::iter::once(Link { kind: ScopeKind::Module, node: path[0] }).chain(inner).collect()
}

fn kinds(node: Node<'_>, offset: usize) -> Vec<ScopeKind> {
    let in_body = || body_start(node).is_some_and(|start| start <= offset);
    let parameters = || has_type_parameters(node, offset).then_some(ScopeKind::TypeParameters);
    match node.kind_name() {
        "function_definition" => parameters().into_iter().chain(in_body().then_some(ScopeKind::Function)).collect(),
        "class_definition" => parameters().into_iter().chain(in_body().then_some(ScopeKind::Class)).collect(),
        "lambda" if in_body() => vec![ScopeKind::Lambda],
        "list_comprehension" | "set_comprehension" | "dictionary_comprehension" | "generator_expression"
            if is_in_comprehension(node, offset) =>
        {
            vec![ScopeKind::Comprehension]
        }
        _ => Vec::new(),
    }
}

fn has_type_parameters(node: Node<'_>, offset: usize) -> bool {
    node.child_by_field_name("type_parameters").is_some_and(|list| list.start_byte() < offset)
}

/// Where the body of a function, class or lambda begins: behind its colon.
fn body_start(node: Node<'_>) -> Option<usize> {
    let mut cursor = node.walk();
    let colons = node.children(&mut cursor).filter(|child| child.kind_name() == ":");
    colons.last().map(|colon| colon.end_byte())
}

/// The first iterable of a comprehension is evaluated outside it.
fn is_in_comprehension(node: Node<'_>, offset: usize) -> bool {
    let first = node.named_children(&mut node.walk()).find(|child| child.kind_name() == "for_in_clause");
    let iterable = first.and_then(|clause| clause.child_by_field_name("right"));
    let in_iterable = iterable.is_some_and(|right| right.start_byte() <= offset && offset <= right.end_byte());
    node.start_byte() < offset && offset < node.end_byte() && !in_iterable
}

/// Spans of the loops of this scope that run through the offset more than once.
pub(super) fn loops(link: &Link<'_>, path: &[Node<'_>], offset: usize) -> Vec<Range<usize>> {
    let start = path.iter().position(|node| node.id() == link.node.id()).map_or(0, |at| at + 1);
    let own = path[start..]
        .iter()
        .take_while(|node| !matches!(node.kind_name(), "function_definition" | "lambda" | "class_definition"));
    let repeated = own.filter(|node| match node.kind_name() {
        "for_statement" => node.child_by_field_name("body").is_some_and(|body| body.start_byte() <= offset),
        "while_statement" => true,
        _ => false,
    });
    repeated.map(|node| node.byte_range()).collect()
}
