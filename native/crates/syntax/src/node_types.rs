//! The vocabulary of tree positions: node types of the grammar.

use std::sync::OnceLock;

use tree_sitter::Language;

struct NodeTypes {
    names: Vec<&'static str>,
    /// Index into `names` by the grammar's symbol.
    by_symbol: Vec<u16>,
}

/// Names of the grammar's named nodes: entry 0 is "" for "no tree", entry 1 is ERROR, the rest in the grammar's
/// order, and last the two anonymous nodes that have children, `not in` and `is not`.
pub fn node_types() -> &'static [&'static str] {
    &types().names
}

/// Index into `node_types` of a node's symbol.
pub(crate) fn node_type(symbol: u16) -> u16 {
    types().by_symbol.get(usize::from(symbol)).copied().unwrap_or(1)
}

fn types() -> &'static NodeTypes {
    static TYPES: OnceLock<NodeTypes> = OnceLock::new();
    TYPES.get_or_init(|| {
        let language = Language::from(tree_sitter_python::LANGUAGE);
        let symbols = 0..language.node_kind_count() as u16;
        let mut names = vec!["", "ERROR"];
        let mut by_symbol = vec![0; symbols.len()];
        for symbol in symbols.clone().filter(|symbol| language.node_kind_is_named(*symbol)) {
            by_symbol[usize::from(symbol)] = index_of(&language, symbol, &mut names);
        }
        // Anonymous, and yet they have children.
        for symbol in symbols.filter(|symbol| matches!(language.node_kind_for_id(*symbol), Some("not in" | "is not"))) {
            by_symbol[usize::from(symbol)] = index_of(&language, symbol, &mut names);
        }
        NodeTypes { names, by_symbol }
    })
}

fn index_of(language: &Language, symbol: u16, names: &mut Vec<&'static str>) -> u16 {
    let shown = language.node_kind_is_visible(symbol);
    let Some(name) = language.node_kind_for_id(symbol).filter(|_| shown) else {
        return 0;
    };
    let at = names.iter().position(|known| *known == name).unwrap_or_else(|| {
        names.push(name);
        names.len() - 1
    });
    at as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_types_are_unique_and_errors_have_theirs() {
        let names = node_types();
        assert_eq!(&names[..2], ["", "ERROR"]);
        assert!(names.iter().enumerate().all(|(index, name)| !names[..index].contains(name)));
        assert_eq!(node_type(u16::MAX), 1);
    }
}
