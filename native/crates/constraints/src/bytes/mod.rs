//! Byte-level vocabularies (Qwen's shape): tokens are any bytes, so they cross lexemes, hold several, or end inside of one.
//!
//! A fill is written from left to right between a text before and a text behind it. The bytes so far are read exactly; what a token adds
//! is a row of lexemes, the last of them perhaps unfinished; then comes a gap, and the suffix. One inside–outside pass over that decides
//! all tokens. Pruning is sound: where the reader does not know, or the chart is too small, a token is allowed. Whether a fill may end
//! is decided on the whole text.

mod kinds;
mod lexer;
mod literals;
mod moves;
mod pending;
mod prefix;
mod suffix;

use std::sync::{Arc, Mutex};

use rustc_hash::FxHashMap;

use crate::grammar::Grammar;
use kinds::Kinds;
use lexer::Lexer;
use moves::{Moves, Sorted};

pub use prefix::BytePrefix;

/// States whose moves are kept.
const KEPT: usize = 24;

/// A byte-level vocabulary and the grammar that it is masked by.
#[derive(Debug)]
pub struct ByteVocabulary {
    grammar: Arc<Grammar>,
    kinds: Kinds,
    sorted: Sorted,
    moves: Mutex<FxHashMap<Lexer, Arc<Moves>>>,
}

impl ByteVocabulary {
    /// From the bytes of each token, by id; none for one that stands for no text. `minor`: of the grammar's Python 3.
    pub fn new(grammar: Arc<Grammar>, tokens: Vec<Vec<u8>>, minor: u8) -> Self {
        let kinds = Kinds::of(&grammar, minor);
        Self { grammar, kinds, sorted: Sorted::new(tokens), moves: Mutex::default() }
    }

    /// Number of tokens.
    pub fn len(&self) -> usize {
        self.sorted.tokens.len()
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.sorted.tokens.is_empty()
    }

    /// Bytes of a token.
    ///
    /// # Panics
    /// When there is no such token.
    pub fn token(&self, id: usize) -> &[u8] {
        &self.sorted.tokens[id]
    }

    fn moves(&self, from: &Lexer) -> Arc<Moves> {
        let known = |kept: &FxHashMap<Lexer, Arc<Moves>>| kept.get(from).cloned();
        if let Some(found) = self.moves.lock().ok().and_then(|kept| known(&kept)) {
            return found;
        }
        let found = Arc::new(self.sorted.moves(&self.kinds, from));
        if let Ok(mut kept) = self.moves.lock() {
            if kept.len() >= KEPT {
                kept.clear();
            }
            kept.insert(from.clone(), found.clone());
        }
        found
    }
}
