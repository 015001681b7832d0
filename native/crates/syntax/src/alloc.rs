//! The allocator of the parser. A parse makes and drops thousands of small nodes; with glibc's malloc that is a tenth of
//! its time.

use std::sync::Once;

use libmimalloc_sys::{mi_calloc, mi_free, mi_malloc, mi_realloc};

/// Give tree-sitter its allocator, once. To be called before anything else of tree-sitter.
pub(crate) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // SAFETY: the four functions are one allocator, and nothing has been allocated by another: a parser, the root
        // of everything that tree-sitter allocates, is made only behind this call.
        unsafe { tree_sitter::set_allocator(Some(mi_malloc), Some(mi_calloc), Some(mi_realloc), Some(mi_free)) };
    });
}
