//! Plain values as frozen classes.

use pyo3::prelude::*;

/// A frozen class around a value of `astral-syntax`, with equality and one getter per field.
macro_rules! value {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty = $get:expr),* $(,)? }) => {
        $(#[$doc])*
        #[pyclass(module = "astral_native", frozen, eq)]
        #[derive(PartialEq, Eq)]
        pub struct $name(pub astral_syntax::$name);

        #[pymethods]
        impl $name {
            $(#[getter]
            fn $field(&self) -> $type {
                let get: fn(&astral_syntax::$name) -> $type = $get;
                get(&self.0)
            })*

            fn __repr__(&self) -> String {
                format!("{:?}", self.0)
            }
        }
    };
}

value!(
    /// A hole found in the tree, before anything is known about its type.
    Hole {
        kind: &'static str = |hole| match hole.kind {
            astral_syntax::HoleKind::Expression => "expression",
            astral_syntax::HoleKind::Block => "block",
            astral_syntax::HoleKind::Type => "type",
            astral_syntax::HoleKind::Implicit => "implicit",
        },
        start: usize = |hole| hole.start,
        end: usize = |hole| hole.end,
        intent: Option<String> = |hole| hole.intent.clone(),
        construct: &'static str = |hole| match hole.construct {
            astral_syntax::Construct::Ellipsis => "ellipsis",
            astral_syntax::Construct::Call => "call",
            astral_syntax::Construct::Gap => "gap",
        },
    }
);

value!(
    /// A place that tree-sitter could not parse.
    Fault {
        start: usize = |fault| fault.start,
        end: usize = |fault| fault.end,
        kind: &'static str = |fault| match fault.kind {
            astral_syntax::FaultKind::Error => "error",
            astral_syntax::FaultKind::Missing => "missing",
        },
        expected: Option<&'static str> = |fault| fault.expected,
    }
);

value!(
    /// A function or class, in document order.
    Definition {
        kind: &'static str = |definition| match definition.kind {
            astral_syntax::DefinitionKind::Function => "function",
            astral_syntax::DefinitionKind::Class => "class",
        },
        name: String = |definition| definition.name.clone(),
        start: usize = |definition| definition.start,
        end: usize = |definition| definition.end,
        body_start: usize = |definition| definition.body_start,
        body_end: usize = |definition| definition.body_end,
        parent: i64 = |definition| definition.parent.map_or(-1, |parent| parent as i64),
        is_async: bool = |definition| definition.is_async,
        has_yield: bool = |definition| definition.has_yield,
        binds_attributes: bool = |definition| definition.binds_attributes,
        has_return_annotation: bool = |definition| definition.has_return_annotation,
        decorators: Vec<String> = |definition| definition.decorators.clone(),
        docstring: Option<(usize, usize)> = |definition| definition.docstring,
    }
);

value!(
    /// A name visible at an offset.
    Binding {
        name: String = |binding| binding.name.clone(),
        kind: &'static str = |binding| match binding.kind {
            astral_syntax::BindingKind::Local => "local",
            astral_syntax::BindingKind::Parameter => "parameter",
            astral_syntax::BindingKind::SelfAttribute => "self",
            astral_syntax::BindingKind::Enclosing => "enclosing",
            astral_syntax::BindingKind::Class => "class",
            astral_syntax::BindingKind::Module => "module",
            astral_syntax::BindingKind::Import => "import",
        },
        start: usize = |binding| binding.start,
        end: usize = |binding| binding.end,
        annotation: Option<String> = |binding| binding.annotation.clone(),
    }
);

value!(
    /// An import, call or type edge of the symbol graph.
    SymbolEdge {
        kind: &'static str = |edge| match edge.kind {
            astral_syntax::EdgeKind::Import => "import",
            astral_syntax::EdgeKind::Call => "call",
            astral_syntax::EdgeKind::Type => "type",
        },
        start: usize = |edge| edge.start,
        end: usize = |edge| edge.end,
        target: String = |edge| edge.target.clone(),
    }
);
