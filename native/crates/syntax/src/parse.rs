//! tree-sitter over the rope: chunk by chunk, never a copy of the whole text.

use std::borrow::Cow;
use std::cell::RefCell;

use memchr::memchr_iter;
use tree_sitter::{Parser, Point, Tree};

use crate::text::Text;

thread_local! {
    static PARSER: RefCell<Parser> = RefCell::new(python_parser());
}

fn python_parser() -> Parser {
    crate::alloc::install();
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_python::LANGUAGE.into()).expect("the grammar's ABI is pinned in Cargo.lock");
    parser
}

/// Parse a text that is still in one piece.
pub(crate) fn parse(text: &str) -> Tree {
    let text = newlines(text);
    read(&mut |offset, _| text.get(offset..).unwrap_or_default(), None)
}

/// Parse a rope, reusing what `old` (already edited to match) still says about it.
pub(crate) fn reparse(text: &Text, old: &Tree) -> Tree {
    read(&mut |offset, _| newlines(text.chunk_from(offset)), Some(old))
}

fn read<T: AsRef<[u8]>>(source: &mut impl FnMut(usize, Point) -> T, old: Option<&Tree>) -> Tree {
    PARSER.with_borrow_mut(|parser| {
        let tree = parser.parse_with_options(source, old, None);
        tree.expect("a parse without timeout or cancellation always ends")
    })
}

/// The grammar knows no lone `\r`; Python and LSP do. Same length, so every offset stays true.
fn newlines(chunk: &str) -> Cow<'_, [u8]> {
    let bytes = chunk.as_bytes();
    let lone = |at: &usize| bytes.get(at + 1) != Some(&b'\n');
    if memchr_iter(b'\r', bytes).all(|at| !lone(&at)) {
        return Cow::Borrowed(bytes);
    }
    let mut owned = bytes.to_vec();
    for at in memchr_iter(b'\r', bytes).filter(lone) {
        owned[at] = b'\n';
    }
    Cow::Owned(owned)
}
