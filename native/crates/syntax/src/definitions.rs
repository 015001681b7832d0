//! Functions and classes of a document.

use tree_sitter::Node;

use crate::tree::{KindName, Step, text, walk};

/// Function or class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefinitionKind {
    /// `def`, `async def`.
    Function,
    /// `class`.
    Class,
}

/// A function or class, in document order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Function or class.
    pub kind: DefinitionKind,
    /// Its name.
    pub name: String,
    /// First byte, that of the first decorator if there is one.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// First byte of the first statement of its body.
    pub body_start: usize,
    /// One past the last byte of its body; equal to `body_start` when it has none.
    pub body_end: usize,
    /// Index of the definition around it.
    pub parent: Option<usize>,
    /// Whether it is an `async def`.
    pub is_async: bool,
    /// Whether its own body yields: a generator.
    pub has_yield: bool,
    /// Whether its body, nested functions included, assigns to an attribute of its first parameter.
    pub binds_attributes: bool,
    /// Whether it has `-> …`.
    pub has_return_annotation: bool,
    /// Source of each decorator, without the `@`.
    pub decorators: Vec<String>,
    /// Span of the docstring literal.
    pub docstring: Option<(usize, usize)>,
    first_parameter: Option<String>,
    node: usize,
}

/// All definitions, whatever holds them.
pub(crate) fn definitions(root: Node<'_>, source: &str) -> Vec<Definition> {
    let mut found: Vec<Definition> = Vec::new();
    // Path length and index of each definition around the walk.
    let mut open: Vec<(usize, usize)> = Vec::new();
    walk(root, |path| {
        let node = path[path.len() - 1];
        while open.last().is_some_and(|&(depth, _)| path.len() <= depth) {
            open.pop();
        }
        match node.kind_name() {
            "function_definition" | "class_definition" => {
                let parent = open.last().map(|&(_, index)| index);
                open.push((path.len(), found.len()));
                found.push(definition(path, parent, source));
            }
            "yield" => mark_generator(path, &open, &mut found),
            "attribute" => mark_binding(path, &open, &mut found, source),
            _ => {}
        }
        Step::Into
    });
    found
}

/// Indices of the definitions whose nodes the path runs through, outermost first.
pub(crate) fn enclosing(definitions: &[Definition], path: &[Node<'_>]) -> Vec<usize> {
    let is_definition = |node: &Node<'_>| matches!(node.kind_name(), "function_definition" | "class_definition");
    let nodes = path.iter().filter(|node| is_definition(node));
    nodes.filter_map(|node| definitions.iter().position(|definition| definition.node == node.id())).collect()
}

fn definition(path: &[Node<'_>], parent: Option<usize>, source: &str) -> Definition {
    let node = path[path.len() - 1];
    let outer = path.iter().rev().nth(1).filter(|outer| outer.kind_name() == "decorated_definition").unwrap_or(&node);
    let body = node.child_by_field_name("body");
    let is_function = node.kind_name() == "function_definition";
    Definition {
        kind: if is_function { DefinitionKind::Function } else { DefinitionKind::Class },
        name: node.child_by_field_name("name").map(|name| text(name, source).to_owned()).unwrap_or_default(),
        start: outer.start_byte(),
        end: node.end_byte(),
        body_start: body.map_or(node.end_byte(), |body| body.start_byte()),
        body_end: body.map_or(node.end_byte(), |body| body.end_byte()),
        parent,
        is_async: is_function && node.child(0).is_some_and(|first| first.kind_name() == "async"),
        has_yield: false,
        binds_attributes: false,
        has_return_annotation: node.child_by_field_name("return_type").is_some(),
        decorators: decorators(*outer).map(|decorator| text(decorator, source).to_owned()).collect(),
        docstring: body.and_then(docstring),
        first_parameter: node.child_by_field_name("parameters").and_then(|list| first_parameter(list, source)),
        node: node.id(),
    }
}

/// The class that a function is a member of.
pub(crate) fn class_of<'t>(path: &[Node<'t>]) -> Option<Node<'t>> {
    let around = path.iter().rev().skip(1);
    let holder = around
        .skip_while(|node| !matches!(node.kind_name(), "class_definition" | "function_definition" | "lambda"))
        .copied();
    holder.into_iter().next().filter(|node| node.kind_name() == "class_definition")
}

/// Expressions of the decorators of a decorated definition.
pub(crate) fn decorators(outer: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    (0..outer.named_child_count() as u32)
        .filter_map(move |index| outer.named_child(index))
        .filter(|child| child.kind_name() == "decorator")
        .filter_map(|decorator| {
            (0..).map_while(|index| decorator.named_child(index)).find(|child| child.kind_name() != "comment")
        })
}

/// The string that documents the owner of `body`.
pub(crate) fn docstring(body: Node<'_>) -> Option<(usize, usize)> {
    let first = body.named_children(&mut body.walk()).find(|child| child.kind_name() != "comment")?;
    let literal = first
        .named_child(0)
        .filter(|_| first.kind_name() == "expression_statement" && first.named_child_count() == 1)?;
    matches!(literal.kind_name(), "string" | "concatenated_string").then(|| (literal.start_byte(), literal.end_byte()))
}

/// Name of the first positional parameter.
pub(crate) fn first_parameter(parameters: Node<'_>, source: &str) -> Option<String> {
    let first = parameters.named_children(&mut parameters.walk()).find(|child| child.kind_name() != "comment")?;
    let name = match first.kind_name() {
        "identifier" => Some(first),
        "typed_parameter" => first.named_child(0),
        "default_parameter" | "typed_default_parameter" => first.child_by_field_name("name"),
        _ => None,
    };
    name.filter(|name| name.kind_name() == "identifier").map(|name| text(name, source).to_owned())
}

fn mark_generator(path: &[Node<'_>], open: &[(usize, usize)], found: &mut [Definition]) {
    let owner = path.iter().rposition(|node| matches!(node.kind_name(), "function_definition" | "lambda"));
    if let (Some(owner), Some(&(depth, index))) = (owner, open.last()) {
        // A lambda's yield is the lambda's.
        found[index].has_yield |= owner + 1 == depth;
    }
}

fn mark_binding(path: &[Node<'_>], open: &[(usize, usize)], found: &mut [Definition], source: &str) {
    let node = path[path.len() - 1];
    let Some(object) = node.child_by_field_name("object").filter(|object| object.kind_name() == "identifier") else {
        return;
    };
    if open.is_empty() || !is_target(path) {
        return;
    }
    for &(_, index) in open {
        let definition = &mut found[index];
        definition.binds_attributes |= definition.first_parameter.as_deref() == Some(text(object, source))
            && definition.body_start <= node.start_byte();
    }
}

/// Whether the last node of the path is assigned to, alone or as part of a pattern.
pub(crate) fn is_target(path: &[Node<'_>]) -> bool {
    let mut target = path[path.len() - 1];
    for parent in path.iter().rev().skip(1) {
        match parent.kind_name() {
            "pattern_list"
            | "tuple_pattern"
            | "list_pattern"
            | "list_splat_pattern"
            | "list_splat"
            | "tuple"
            | "list"
            | "parenthesized_expression" => target = *parent,
            "assignment" | "augmented_assignment" | "for_statement" | "for_in_clause" => {
                return parent.child_by_field_name("left").is_some_and(|left| left.id() == target.id());
            }
            "as_pattern_target" => return true,
            _ => return false,
        }
    }
    false
}
