//! Which module names and members the names of a file stand for, by its import statements.

use std::collections::HashMap;

use tree_sitter::Node;

use crate::tree::{KindName, Step, dotted, text, walk};

/// Imports of a whole file; the scope of an import inside a function is not told apart.
#[derive(Debug, Default)]
pub(crate) struct Imports {
    /// Dotted origin of each bound name: `t` → `typing`, `hole` → `astral_lsp.hole`.
    bound: HashMap<String, String>,
    /// Modules imported by `from … import *`.
    starred: Vec<String>,
}

impl Imports {
    pub(crate) fn of(root: Node<'_>, source: &str) -> Self {
        let mut imports = Self::default();
        walk(root, |path| {
            let node = path[path.len() - 1];
            match node.kind_name() {
                "import_statement" => imports.plain(node, source),
                "import_from_statement" => imports.from(node, source),
                kind if holds_statements(kind) => return Step::Into,
                _ => {}
            }
            Step::Over
        });
        imports
    }

    /// The full dotted name that an expression stands for, as far as the imports tell; None when it is no dotted name.
    pub(crate) fn resolve(&self, node: Node<'_>, source: &str) -> Option<String> {
        let name = dotted(node, source)?;
        let (head, rest) = name.split_once('.').map_or((name.as_str(), ""), |(head, rest)| (head, rest));
        let origin = self.bound.get(head).map_or(head, String::as_str);
        Some(if rest.is_empty() { origin.to_owned() } else { format!("{origin}.{rest}") })
    }

    /// Whether `module` is star-imported.
    pub(crate) fn stars(&self, module: &str) -> bool {
        self.starred.iter().any(|starred| starred == module)
    }

    fn plain(&mut self, node: Node<'_>, source: &str) {
        for name in node.children_by_field_name("name", &mut node.walk()) {
            let (origin, alias) = origin_and_alias(name, source);
            let bound = alias.unwrap_or_else(|| origin.split('.').next().unwrap_or_default().to_owned());
            let origin = if name.kind_name() == "aliased_import" { origin } else { bound.clone() };
            self.bound.insert(bound, origin);
        }
    }

    fn from(&mut self, node: Node<'_>, source: &str) {
        let Some(module) = node.child_by_field_name("module_name").map(|module| squeezed(module, source)) else {
            return;
        };
        for name in node.children_by_field_name("name", &mut node.walk()) {
            let (origin, alias) = origin_and_alias(name, source);
            self.bound.insert(alias.unwrap_or_else(|| origin.clone()), joined(&module, &origin));
        }
        if node.named_children(&mut node.walk()).any(|child| child.kind_name() == "wildcard_import") {
            self.starred.push(module);
        }
    }
}

/// Node kinds through which a walk reaches every statement.
fn holds_statements(kind: &str) -> bool {
    matches!(kind, "module" | "block" | "ERROR" | "decorated_definition" | "function_definition" | "class_definition")
        || kind.ends_with("_clause")
        || matches!(
            kind,
            "if_statement"
                | "for_statement"
                | "while_statement"
                | "try_statement"
                | "with_statement"
                | "match_statement"
        )
}

/// Dotted name of an imported name, and what it is bound to if it has an `as`.
pub(crate) fn origin_and_alias(name: Node<'_>, source: &str) -> (String, Option<String>) {
    if name.kind_name() != "aliased_import" {
        return (squeezed(name, source), None);
    }
    let origin = name.child_by_field_name("name").map(|origin| squeezed(origin, source)).unwrap_or_default();
    (origin, name.child_by_field_name("alias").map(|alias| text(alias, source).to_owned()))
}

/// `module.name`, where a relative module may end in dots already.
pub(crate) fn joined(module: &str, name: &str) -> String {
    if module.ends_with('.') { format!("{module}{name}") } else { format!("{module}.{name}") }
}

/// Source of a node without blanks: `a . b` is `a.b`.
pub(crate) fn squeezed(node: Node<'_>, source: &str) -> String {
    text(node, source).chars().filter(|c| !c.is_whitespace() && *c != '\\').collect()
}
