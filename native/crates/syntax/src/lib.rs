//! Incremental Python documents: text, tree, lexemes, holes and scopes.
//!
//! Everything here is pure: snapshots in, values out. Offsets are UTF-8 bytes unless a function says otherwise.
//! Parsing never fails; what does not parse is data (`Fault`). Only an offset that the caller got wrong is an error.

mod alloc;
mod columns;
mod definitions;
mod document;
mod edges;
mod faults;
mod holes;
mod imports;
mod kinds;
mod lexemes;
mod lexer;
mod mend;
mod node_types;
mod parse;
mod scope;
mod spans;
mod text;
mod tree;

pub use columns::Columns;
pub use definitions::{Definition, DefinitionKind};
pub use document::{Change, Document, Edit, Snapshot};
pub use edges::{EdgeKind, SymbolEdge};
pub use faults::{Fault, FaultKind};
pub use holes::{Construct, Hole, HoleKind};
pub use kinds::{LEXEME_KINDS, Lexeme};
pub use lexemes::Lexemes;
pub use lexer::lex;
pub use node_types::node_types;
pub use scope::{Binding, BindingKind};
pub use spans::SpanError;
pub use text::{Encoding, Text};
