//! Edges of the symbol graph (§3.2): what a file imports, calls and names in its types.

use tree_sitter::Node;

use crate::imports::{joined, origin_and_alias, squeezed};
use crate::kinds::Lexeme;
use crate::lexer::lex;
use crate::tree::{KindName, Step, dotted, walk};

/// Which relation an edge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeKind {
    /// An imported module or member.
    Import,
    /// A function or class that is called.
    Call,
    /// A class named in an annotation or as a base.
    Type,
}

/// One edge; its source is the file, or the definition around its span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymbolEdge {
    /// Which relation.
    pub kind: EdgeKind,
    /// First byte of the name.
    pub start: usize,
    /// One past the last byte of the name.
    pub end: usize,
    /// The dotted name as written; for `from m import n` it is `m.n`.
    pub target: String,
}

/// All edges in document order. Calls of anything but a dotted name give none.
pub(crate) fn edges(root: Node<'_>, source: &str) -> Vec<SymbolEdge> {
    let mut graph = Graph { source, found: Vec::new() };
    // For each node of the path, whether it belongs to an annotation.
    let mut annotation: Vec<bool> = Vec::new();
    walk(root, |path| {
        let node = path[path.len() - 1];
        annotation.truncate(path.len() - 1);
        let in_type = is_annotation(node.kind_name(), annotation.last() == Some(&true));
        annotation.push(in_type);
        match node.kind_name() {
            "import_statement" => graph.import(node, None),
            "future_import_statement" => graph.import(node, Some("__future__".to_owned())),
            "import_from_statement" => {
                let module = node.child_by_field_name("module_name").map(|module| squeezed(module, source));
                graph.import(node, module);
            }
            "call" => graph.dotted(EdgeKind::Call, node.child_by_field_name("function")),
            "class_definition" => graph.bases(node),
            "identifier" | "attribute" | "member_type" if in_type => return graph.named_type(node),
            "string" if in_type => graph.forward_reference(node),
            _ => {}
        }
        Step::Into
    });
    graph.found.sort_by_key(|edge| (edge.start, edge.end));
    graph.found
}

/// Whether a node of `kind` and what is in it belongs to an annotation, given that for its parent.
fn is_annotation(kind: &str, around: bool) -> bool {
    kind == "type" || around && !matches!(kind, "call" | "block" | "lambda")
}

struct Graph<'s> {
    source: &'s str,
    found: Vec<SymbolEdge>,
}

impl Graph<'_> {
    fn push(&mut self, kind: EdgeKind, start: usize, end: usize, target: String) {
        self.found.push(SymbolEdge { kind, start, end, target });
    }

    fn dotted(&mut self, kind: EdgeKind, node: Option<Node<'_>>) {
        if let Some((node, target)) = node.and_then(|node| Some((node, dotted(node, self.source)?))) {
            self.push(kind, node.start_byte(), node.end_byte(), target);
        }
    }

    fn import(&mut self, node: Node<'_>, module: Option<String>) {
        let full = |name: &str| module.as_ref().map_or_else(|| name.to_owned(), |module| joined(module, name));
        for name in node.children_by_field_name("name", &mut node.walk()) {
            let origin = if name.kind_name() == "aliased_import" {
                name.child_by_field_name("name").unwrap_or(name)
            } else {
                name
            };
            let target = full(&origin_and_alias(name, self.source).0);
            self.push(EdgeKind::Import, origin.start_byte(), origin.end_byte(), target);
        }
        for star in node.named_children(&mut node.walk()).filter(|child| child.kind_name() == "wildcard_import") {
            self.push(EdgeKind::Import, star.start_byte(), star.end_byte(), full("*"));
        }
    }

    fn bases(&mut self, class: Node<'_>) {
        let Some(bases) = class.child_by_field_name("superclasses") else { return };
        for base in bases.named_children(&mut bases.walk()) {
            let named = if base.kind_name() == "subscript" { base.child_by_field_name("value") } else { Some(base) };
            self.dotted(EdgeKind::Type, named);
        }
    }

    /// A name in an annotation. `a.b` is one name, whatever node the grammar made of it.
    fn named_type(&mut self, node: Node<'_>) -> Step {
        let target = squeezed(node, self.source);
        let is_name = target.chars().all(|c| c == '.' || c == '_' || c.is_alphanumeric());
        if !is_name {
            return Step::Into;
        }
        self.push(EdgeKind::Type, node.start_byte(), node.end_byte(), target);
        Step::Over
    }

    /// The names in a quoted annotation. In `Literal["a"]` they are no types, but only a type checker can know that.
    fn forward_reference(&mut self, string: Node<'_>) {
        let content = string.named_children(&mut string.walk()).find(|part| part.kind_name() == "string_content");
        let Some(span) = content.map(|content| content.byte_range()) else { return };
        let text = &self.source[span.clone()];
        let lexemes = lex(text);
        let mut at = 0;
        while at < lexemes.len() {
            let first = at;
            at += 1;
            if lexemes.kind(first) != Lexeme::NAME {
                continue;
            }
            while at + 1 < lexemes.len() && lexemes.kind(at).name() == "." && lexemes.kind(at + 1) == Lexeme::NAME {
                at += 2;
            }
            if let Some((start, end)) = lexemes.span(first, at) {
                let target = text[start..end].chars().filter(|c| !c.is_whitespace()).collect();
                self.push(EdgeKind::Type, span.start + start, span.start + end, target);
            }
        }
    }
}
