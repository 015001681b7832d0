//! Hard masks for masked denoising of Python (preprint §4.1): which tokens can stand in which slot so that the whole still parses.
//!
//! The way of a mask, module by module: [`grammar`] reads CPython's PEG grammar into small automata that call each other;
//! [`vocabulary`] says what each token of a model spells; [`slots`] and [`lattice`] lay a row of slots and context out as an acyclic
//! automaton over lexemes; [`chart`] intersects the two in one inside–outside pass; [`region`] reads the masks off, takes commits and
//! finds the best joint fill.
//!
//! For the bundled vocabulary that is put together: [`bundled`] reads its tokens by their names, [`frame`] keeps what surrounds a hole,
//! [`growing`] lets masks become any number of tokens, [`spelling`] looks inside words and literals, and [`fill`] is one fill under
//! denoising.
//!
//! Pruning is sound: a token that some parse of the file has in a slot is in the slot's mask. A region that is too large to decide gets
//! masks that allow everything ([`region::Status::Undecided`]).
//!
//! ```
//! use std::sync::Arc;
//! use astral_constraints::grammar::Grammar;
//! use astral_constraints::region::{Place, Region};
//! use astral_constraints::vocabulary::{Piece, Vocabulary};
//!
//! let grammar = Grammar::new("sum: NAME '+' sum | NAME\n", "sum", 14, &[])?;
//! let tokens = [(Piece::Start("NAME".into()), "a"), (Piece::Lexeme("+".into()), "+")];
//! let vocabulary = Vocabulary::lexemes(&grammar, &tokens);
//! let masked = Place::Masked { optional: false };
//! let mut region = Region::new(Arc::new(grammar), Arc::new(vocabulary), &[masked.clone(), masked.clone(), masked]);
//! let allowed: Vec<Vec<usize>> = region.masks().iter().map(|m| m.tokens.iter().collect()).collect();
//! assert_eq!(allowed, [[0], [1], [0]]);
//! # Ok::<(), astral_constraints::grammar::GrammarError>(())
//! ```
//!
//! For byte-level vocabularies [`bytes`] reads text from left to right and masks the next token.
//!
//! Not here: names in scope, types, the model.

mod best;
pub mod bits;
pub mod bundled;
pub mod bytes;
pub mod chart;
mod context;
mod elements;
pub mod fill;
pub mod frame;
pub mod grammar;
pub mod growing;
pub mod lattice;
mod recent;
pub mod region;
mod settled;
pub mod slots;
pub mod spelling;
pub mod terminal;
pub mod vocabulary;
