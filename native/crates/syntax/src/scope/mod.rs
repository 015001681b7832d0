//! Γ as the syntax knows it: the names that are visible at an offset, nearest first.
//!
//! The rules are Python's. Code that runs where it stands (the function body of the offset, class bodies, comprehensions,
//! the module) sees what was bound before it, or anywhere in a loop around it; a function or lambda body runs later and
//! sees everything its surroundings ever bind. A name that a function binds only later is no name at all there.
//! Class scopes are visible only directly in the class body.

pub(crate) mod around;
mod attributes;
mod chain;
mod collect;
mod patterns;

use std::collections::HashSet;

use tree_sitter::Node;

use chain::{Link, ScopeKind};
use collect::Raw;

/// Where a name of Γ comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BindingKind {
    /// Bound in the function of the offset, or by a comprehension around it.
    Local,
    /// Parameter of the function or lambda of the offset.
    Parameter,
    /// Attribute of the method's own object, as `self.x`.
    SelfAttribute,
    /// Bound in a function around the one of the offset; type parameters.
    Enclosing,
    /// Bound in the class body that holds the offset directly.
    Class,
    /// Bound by the module.
    Module,
    /// Bound by an import, in whatever scope. `*` stands for all that a star import brings.
    Import,
}

/// A name visible at an offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The name; `self.x` for attributes.
    pub name: String,
    /// Where it comes from.
    pub kind: BindingKind,
    /// First byte of the identifier where it is bound.
    pub start: usize,
    /// One past the identifier's last byte.
    pub end: usize,
    /// Source of its annotation.
    pub annotation: Option<String>,
}

/// The names visible at `offset`: scopes from the inside out, in each scope the nearest first.
pub(crate) fn scope(root: Node<'_>, source: &str, offset: usize) -> Vec<Binding> {
    let path = around::around(root, source, offset);
    let mut view = View { source, offset, hidden: HashSet::new(), global: HashSet::new(), found: Vec::new() };
    let (mut deferred, mut crossed, mut method, mut in_class) = (false, false, false, true);
    for link in chain::chain(&path, offset).iter().rev() {
        if in_class || link.kind != ScopeKind::Class {
            view.open(link, &path, deferred, crossed);
        }
        if !method && link.kind == ScopeKind::Function {
            method = view.attributes(link, &path);
        }
        deferred |= matches!(link.kind, ScopeKind::Function | ScopeKind::Lambda);
        crossed |= !matches!(link.kind, ScopeKind::Comprehension | ScopeKind::TypeParameters);
        in_class &= link.kind == ScopeKind::TypeParameters;
    }
    view.found
}

struct View<'s> {
    source: &'s str,
    offset: usize,
    /// Names that nearer scopes have taken.
    hidden: HashSet<String>,
    /// Hidden names that the module shows again, because `global` says so.
    global: HashSet<String>,
    found: Vec<Binding>,
}

impl View<'_> {
    /// Add what `link` binds. `deferred`: the offset runs later than the scope's own statements. `crossed`: another
    /// scope lies between the offset and this one.
    fn open(&mut self, link: &Link<'_>, path: &[Node<'_>], deferred: bool, crossed: bool) {
        let names = collect::collect(link, self.source);
        let loops = chain::loops(link, path, self.offset);
        let visible = |raw: &&Raw| deferred || raw.is_bound_at(self.offset, &loops);
        let mut shown: Vec<&Raw> = names.bound.iter().filter(|raw| raw.binds).filter(visible).collect();
        shown.retain(|raw| deferred || !names.is_deleted(raw, path, self.offset));
        shown.sort_by_key(|raw| (raw.comes_later(self.offset, deferred), raw.start.abs_diff(self.offset)));
        if link.kind == ScopeKind::Module {
            self.hidden.retain(|name| !self.global.contains(name));
        }
        for raw in shown {
            if raw.name == "*" || self.hidden.insert(raw.name.clone()) {
                let annotation = raw.annotation.clone().or_else(|| names.annotation(&raw.name));
                let kind = kind_of(link.kind, raw, crossed);
                self.found.push(Binding { name: raw.name.clone(), kind, start: raw.start, end: raw.end, annotation });
            }
        }
        if matches!(link.kind, ScopeKind::Function | ScopeKind::Lambda) {
            self.global.extend(names.global.into_iter().filter(|name| self.hidden.insert(name.clone())));
            self.hidden.extend(names.bound.into_iter().map(|raw| raw.name));
        }
    }

    /// Attributes of the object that the method at `link` belongs to; false when it is no method.
    fn attributes(&mut self, link: &Link<'_>, path: &[Node<'_>]) -> bool {
        let at = path.iter().position(|node| node.id() == link.node.id()).unwrap_or(0);
        let Some(receiver) = attributes::receiver(&path[..=at], self.source) else { return false };
        let is_own = self.found.iter().any(|binding| binding.name == receiver.name && binding.start == receiver.start);
        if is_own {
            self.found.extend(attributes::attributes(&receiver, self.source, self.offset));
        }
        true
    }
}

fn kind_of(scope: ScopeKind, raw: &Raw, crossed: bool) -> BindingKind {
    match scope {
        _ if raw.is_import => BindingKind::Import,
        ScopeKind::Module => BindingKind::Module,
        ScopeKind::Class => BindingKind::Class,
        ScopeKind::TypeParameters => BindingKind::Enclosing,
        _ if crossed => BindingKind::Enclosing,
        _ if raw.is_parameter => BindingKind::Parameter,
        _ => BindingKind::Local,
    }
}
