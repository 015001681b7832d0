//! Attributes of a method's own object: what any method of the class assigns, and what its body declares.

use std::collections::HashSet;

use tree_sitter::Node;

use super::{Binding, BindingKind};
use crate::definitions::{class_of, decorators, is_target};
use crate::tree::{KindName, Step, text, walk};

/// The first parameter of a method, and the class it belongs to.
pub(super) struct Receiver<'t> {
    pub(super) name: String,
    pub(super) start: usize,
    class: Node<'t>,
    /// `cls`: only what the class itself has.
    is_class: bool,
}

/// Receiver of the function at the end of `path`; None when it is no method, or a static one.
pub(super) fn receiver<'t>(path: &[Node<'t>], source: &str) -> Option<Receiver<'t>> {
    let function = path[path.len() - 1];
    let class = class_of(path)?;
    let (name, is_class) = own_parameter(function, decorated(path), source)?;
    Some(Receiver { name: text(name, source).to_owned(), start: name.start_byte(), class, is_class })
}

fn decorated<'t>(path: &[Node<'t>]) -> Option<Node<'t>> {
    path.iter().rev().nth(1).copied().filter(|outer| outer.kind_name() == "decorated_definition")
}

/// The identifier of the first parameter, and whether it is the class.
fn own_parameter<'t>(function: Node<'t>, outer: Option<Node<'t>>, source: &str) -> Option<(Node<'t>, bool)> {
    let marks: Vec<&str> = outer.into_iter().flat_map(decorators).map(|decorator| text(decorator, source)).collect();
    if marks.contains(&"staticmethod") {
        return None;
    }
    let list = function.child_by_field_name("parameters")?;
    let first = list.named_children(&mut list.walk()).find(|child| child.kind_name() != "comment")?;
    let name = first.child_by_field_name("name").or_else(|| match first.kind_name() {
        "typed_parameter" => first.named_child(0),
        _ => Some(first),
    })?;
    (name.kind_name() == "identifier").then_some((name, marks.contains(&"classmethod")))
}

/// One binding per attribute, nearest to `offset` first. Dunder names are left out.
pub(super) fn attributes(receiver: &Receiver<'_>, source: &str, offset: usize) -> Vec<Binding> {
    let mut found = Vec::new();
    let Some(body) = receiver.class.child_by_field_name("body") else { return found };
    walk(body, |path| {
        let node = path[path.len() - 1];
        match node.kind_name() {
            "class_definition" => {
                found.extend(member(node, None, source));
                return Step::Over;
            }
            "function_definition" => {
                found.extend(member(node, decorated(path), source));
                if !receiver.is_class {
                    assigned(node, decorated(path), source, &mut found);
                }
                return Step::Over;
            }
            "assignment" => found.extend(declared(node, source)),
            _ => {}
        }
        Step::Into
    });
    nearest(found, &receiver.name, offset)
}

/// Order by distance; of several occurrences keep the nearest, with the annotation of any.
fn nearest(mut found: Vec<Binding>, receiver: &str, offset: usize) -> Vec<Binding> {
    let annotated: Vec<(String, Option<String>)> = found
        .iter()
        .filter(|binding| binding.annotation.is_some())
        .map(|b| (b.name.clone(), b.annotation.clone()))
        .collect();
    found.sort_by_key(|binding| (binding.start >= offset, binding.start.abs_diff(offset)));
    let mut seen = HashSet::new();
    found.retain(|binding| !is_dunder(&binding.name) && seen.insert(binding.name.clone()));
    for binding in &mut found {
        if binding.annotation.is_none() {
            binding.annotation =
                annotated.iter().find(|(name, _)| *name == binding.name).and_then(|(_, text)| text.clone());
        }
        binding.name = format!("{receiver}.{}", binding.name);
    }
    found
}

fn is_dunder(name: &str) -> bool {
    name.starts_with("__") && name.ends_with("__")
}

fn attribute(name: Node<'_>, annotation: Option<Node<'_>>, source: &str) -> Binding {
    Binding {
        name: text(name, source).to_owned(),
        kind: BindingKind::SelfAttribute,
        start: name.start_byte(),
        end: name.end_byte(),
        annotation: annotation.map(|annotation| text(annotation, source).to_owned()),
    }
}

/// A method or nested class. A property has the type that it returns.
fn member(node: Node<'_>, outer: Option<Node<'_>>, source: &str) -> Option<Binding> {
    let is_property = outer.into_iter().flat_map(decorators).any(|decorator| {
        let name = text(decorator, source);
        matches!(name.rsplit('.').next(), Some("property" | "cached_property"))
    });
    let returns = node.child_by_field_name("return_type").filter(|_| is_property);
    Some(attribute(node.child_by_field_name("name")?, returns, source))
}

/// `x = …`, `x: int`, `x: int = …` in the class body.
fn declared(node: Node<'_>, source: &str) -> Vec<Binding> {
    let names = node.child_by_field_name("left").into_iter().flat_map(super::patterns::targets);
    names.map(|name| attribute(name, node.child_by_field_name("type"), source)).collect()
}

/// `self.x = …` in a method, under whatever name the method knows its object.
fn assigned(function: Node<'_>, outer: Option<Node<'_>>, source: &str, found: &mut Vec<Binding>) {
    let Some((own, false)) = own_parameter(function, outer, source) else { return };
    let Some(body) = function.child_by_field_name("body") else { return };
    walk(body, |path| {
        let node = path[path.len() - 1];
        let object = node.child_by_field_name("object").filter(|_| node.kind_name() == "attribute");
        if object.is_some_and(|object| text(object, source) == text(own, source)) && is_target(path) {
            let annotation = path.iter().rev().nth(1).and_then(|parent| parent.child_by_field_name("type"));
            found.extend(node.child_by_field_name("attribute").map(|name| attribute(name, annotation, source)));
        }
        Step::Into
    });
}
