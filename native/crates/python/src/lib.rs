//! Python binding of `astral-syntax` and `astral-constraints`. It converts and releases the GIL; it decides nothing.

mod bytes;
mod document;
mod lexemes;
mod masks;
mod snapshot;
mod values;

use pyo3::prelude::*;

/// Native core of astral-lsp.
#[pymodule]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::bytes::{BytePrefix, ByteVocabulary};
    #[pymodule_export]
    use crate::document::Document;
    #[pymodule_export]
    use crate::lexemes::{Lexemes, lex};
    #[pymodule_export]
    use crate::masks::{Constraints, MaskedFill, Surrounded};
    #[pymodule_export]
    use crate::snapshot::Snapshot;
    #[pymodule_export]
    use crate::values::{Binding, Definition, Fault, Hole, SymbolEdge};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("LEXEME_KINDS", astral_syntax::LEXEME_KINDS.to_vec())?;
        module.add("NODE_TYPES", astral_syntax::node_types().to_vec())
    }
}
