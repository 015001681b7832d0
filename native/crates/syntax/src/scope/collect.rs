//! What one scope binds, and from where on.

use std::collections::HashSet;
use std::ops::Range;

use tree_sitter::Node;

use super::chain::{Link, ScopeKind};
use super::patterns::{alias_name, captures, targets};
use crate::tree::{KindName, Step, text, walk};

/// One binding occurrence.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    pub(super) name: String,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Offsets at which the name is bound, if control came by.
    live: Range<usize>,
    /// False for a mere declaration, `x: int`.
    pub(super) binds: bool,
    pub(super) is_import: bool,
    pub(super) is_parameter: bool,
    pub(super) annotation: Option<String>,
}

impl Raw {
    /// Whether it stands behind the offset, or reaches it only by way of a loop.
    pub(super) fn comes_later(&self, offset: usize, deferred: bool) -> bool {
        if deferred { self.start >= offset } else { !self.live.contains(&offset) }
    }

    /// Whether a statement at `offset` may find the name bound by this occurrence.
    pub(super) fn is_bound_at(&self, offset: usize, loops: &[Range<usize>]) -> bool {
        let repeated = |around: &Range<usize>| around.start <= self.start && self.end <= around.end;
        let ends = self.live.end != usize::MAX;
        self.live.contains(&offset) || !ends && loops.iter().any(repeated)
    }
}

/// All that a scope binds, in document order, and what it says about names of other scopes.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) bound: Vec<Raw>,
    /// Names and blocks of `del` statements.
    deleted: Vec<(String, usize, usize)>,
    /// Names declared `global`: the module's.
    pub(super) global: HashSet<String>,
    /// Names declared `nonlocal`: some enclosing function's.
    nonlocal: HashSet<String>,
}

impl Names {
    /// Annotation of a name given where it is declared or bound in this scope.
    pub(super) fn annotation(&self, name: &str) -> Option<String> {
        self.bound.iter().filter(|raw| raw.name == name).find_map(|raw| raw.annotation.clone())
    }

    /// Whether a `del` in a block around the offset comes between the binding and the offset.
    pub(super) fn is_deleted(&self, raw: &Raw, path: &[Node<'_>], offset: usize) -> bool {
        let certain = |block: usize| path.iter().any(|node| node.id() == block);
        self.deleted
            .iter()
            .any(|(name, at, block)| *name == raw.name && raw.end <= *at && *at < offset && certain(*block))
    }
}

/// The names of the scope that `link` is.
pub(super) fn collect(link: &Link<'_>, source: &str) -> Names {
    let mut collector = Collector { source, names: Names::default() };
    let node = link.node;
    match link.kind {
        ScopeKind::Module => {
            collector.statements(node);
            collector.globals(node);
        }
        ScopeKind::Class | ScopeKind::Function | ScopeKind::Lambda => {
            collector.parameters(node);
            if let Some(body) = node.child_by_field_name("body") {
                collector.statements(body);
            }
        }
        ScopeKind::Comprehension => collector.clauses(node),
        ScopeKind::TypeParameters => collector.type_parameters(node),
    }
    if link.kind != ScopeKind::Module {
        let Names { bound, global, nonlocal, .. } = &mut collector.names;
        bound.retain(|raw| !global.contains(&raw.name) && !nonlocal.contains(&raw.name));
    }
    collector.names
}

struct Collector<'s> {
    source: &'s str,
    names: Names,
}

impl<'s> Collector<'s> {
    fn bind(&mut self, name: Node<'_>, live: Range<usize>) -> &mut Raw {
        let raw = Raw {
            name: text(name, self.source).to_owned(),
            start: name.start_byte(),
            end: name.end_byte(),
            live,
            binds: true,
            is_import: false,
            is_parameter: false,
            annotation: None,
        };
        self.names.bound.push(raw);
        let last = self.names.bound.len() - 1;
        &mut self.names.bound[last]
    }

    fn bind_targets(&mut self, pattern: Option<Node<'_>>, live: &Range<usize>) {
        self.bind_all(pattern.into_iter().flat_map(targets).collect(), live);
    }

    fn bind_all(&mut self, names: Vec<Node<'_>>, live: &Range<usize>) {
        for name in names {
            self.bind(name, live.clone());
        }
    }

    /// Bindings of the statements in `region`, not those of scopes inside it.
    fn statements(&mut self, region: Node<'_>) {
        walk(region, |path| {
            let node = path[path.len() - 1];
            let from_end = node.end_byte()..usize::MAX;
            match node.kind_name() {
                "function_definition" | "class_definition" => {
                    self.bind_targets(node.child_by_field_name("name"), &from_end);
                    return Step::Over;
                }
                "lambda" => return Step::Over,
                "assignment" => self.assignment(node),
                "augmented_assignment" => self.bind_targets(node.child_by_field_name("left"), &from_end),
                "named_expression" => self.bind_targets(node.child_by_field_name("name"), &from_end),
                "type_alias_statement" => {
                    self.bind_targets(node.child_by_field_name("left").and_then(alias_name), &from_end)
                }
                "for_statement" => self.loop_variable(node),
                "as_pattern" => self.alias(path),
                "case_pattern" => self.bind_all(captures(node), &from_end),
                "import_statement" | "import_from_statement" => self.import(node),
                "global_statement" | "nonlocal_statement" => self.declare_elsewhere(node),
                "delete_statement" => self.delete(node),
                _ => {}
            }
            Step::Into
        });
    }

    fn assignment(&mut self, node: Node<'_>) {
        let annotation = node.child_by_field_name("type").map(|annotation| text(annotation, self.source).to_owned());
        let binds = node.child_by_field_name("right").is_some();
        for name in node.child_by_field_name("left").into_iter().flat_map(targets) {
            let raw = self.bind(name, node.end_byte()..usize::MAX);
            raw.annotation.clone_from(&annotation);
            raw.binds = binds;
        }
    }

    fn loop_variable(&mut self, node: Node<'_>) {
        let from = node.child_by_field_name("right").map_or(node.end_byte(), |iterable| iterable.end_byte() + 1);
        self.bind_targets(node.child_by_field_name("left"), &(from..usize::MAX));
    }

    /// `with … as x`, `except … as x` (unbound again behind its clause), `case … as x`.
    fn alias(&mut self, path: &[Node<'_>]) {
        let node = path[path.len() - 1];
        let clause = path.iter().rev().nth(1).filter(|parent| parent.kind_name() == "except_clause");
        let live = node.end_byte()..clause.map_or(usize::MAX, |clause| clause.end_byte() + 1);
        match node.child_by_field_name("alias") {
            Some(target) => self.bind_targets(Some(target), &live),
            None => self.bind_targets(node.named_child(node.named_child_count().saturating_sub(1) as u32), &live),
        }
    }

    fn import(&mut self, node: Node<'_>) {
        let live = node.end_byte()..usize::MAX;
        for name in node.children_by_field_name("name", &mut node.walk()) {
            let aliased = name.child_by_field_name("alias");
            let Some(bound) = aliased.or_else(|| name.named_child(0)) else { continue };
            self.bind(bound, live.clone()).is_import = true;
        }
        for star in node.named_children(&mut node.walk()).filter(|child| child.kind_name() == "wildcard_import") {
            self.bind(star, live.clone()).is_import = true;
        }
    }

    fn declare_elsewhere(&mut self, node: Node<'_>) {
        let names =
            node.named_children(&mut node.walk()).map(|name| text(name, self.source).to_owned()).collect::<Vec<_>>();
        let declared =
            if node.kind_name() == "global_statement" { &mut self.names.global } else { &mut self.names.nonlocal };
        declared.extend(names);
    }

    fn delete(&mut self, node: Node<'_>) {
        let Some(block) = node.parent() else { return };
        for name in node.named_children(&mut node.walk()).flat_map(targets) {
            self.names.deleted.push((text(name, self.source).to_owned(), name.start_byte(), block.id()));
        }
    }

    fn parameters(&mut self, node: Node<'_>) {
        let Some(list) = node.child_by_field_name("parameters") else { return };
        for parameter in list.named_children(&mut list.walk()) {
            let annotation =
                parameter.child_by_field_name("type").map(|annotation| text(annotation, self.source).to_owned());
            let name = parameter.child_by_field_name("name").or_else(|| match parameter.kind_name() {
                "typed_parameter" => parameter.named_child(0),
                _ => Some(parameter),
            });
            for name in name.into_iter().flat_map(targets) {
                let raw = self.bind(name, 0..usize::MAX);
                raw.is_parameter = true;
                raw.annotation.clone_from(&annotation);
            }
        }
    }

    fn clauses(&mut self, node: Node<'_>) {
        for clause in node.named_children(&mut node.walk()).filter(|child| child.kind_name() == "for_in_clause") {
            // The element stands before the clauses, and sees them all.
            let element = node.child_by_field_name("body").map_or(0..0, |body| node.start_byte()..body.end_byte() + 1);
            for name in clause.child_by_field_name("left").into_iter().flat_map(targets) {
                self.bind(name, clause.end_byte()..usize::MAX);
                self.bind(name, element.clone());
            }
        }
    }

    fn type_parameters(&mut self, node: Node<'_>) {
        let Some(list) = node.child_by_field_name("type_parameters") else { return };
        for parameter in list.named_children(&mut list.walk()) {
            self.bind_targets(alias_name(parameter), &(0..usize::MAX));
        }
    }

    /// Names that only functions bind in the module, by `global`.
    fn globals(&mut self, module: Node<'_>) {
        if !self.source.contains("global ") {
            return;
        }
        let own: HashSet<String> = self.names.bound.iter().map(|raw| raw.name.clone()).collect();
        walk(module, |path| {
            let node = path[path.len() - 1];
            if node.kind_name() == "global_statement" {
                for name in node.named_children(&mut node.walk()).filter(|name| !own.contains(text(*name, self.source)))
                {
                    self.bind(name, 0..usize::MAX);
                }
            }
            Step::Into
        });
    }
}
