//! A grammar, from PEG text to one flat machine of calling automata.
//!
//! Every PEG parse is a derivation of the context-free grammar read here, so what that grammar excludes is excluded by the parser too:
//! pruning by it is sound (design note "Hard masks", 1). Lookaheads of one terminal are kept because they only exclude more.

mod analysis;
mod comments;
mod compile;
mod dfa;
mod expr;
pub(crate) mod machine;
mod nfa;
mod peg;

use rustc_hash::FxHashMap;
use std::fmt;
use std::sync::Mutex;

pub use machine::{Machine, NtId, StateId};
pub use nfa::BRACKETS;

use crate::slots::Item;
use crate::terminal::Terminals;

const PYTHON_GRAM: &str = concat!(include_str!("../../grammar/python.gram"), include_str!("../../grammar/fields.gram"));

/// Rules of Python that stay automata of their own, called instead of written in. The language does not depend on this list; the
/// size of the machine and the number of spans do.
const PYTHON_CALLS: [&str; 4] = ["statement", "simple_stmt", "disjunction", "disjunction in brackets"];

/// Why a grammar could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrammarError {
    /// The text is not in the notation of PEP 617.
    Syntax {
        /// 1-based line.
        line: usize,
        /// What was expected there.
        what: String,
    },
    /// The start rule does not exist.
    NoStart(String),
    /// More than 128 terminals or 128 called automata.
    TooLarge,
}

impl fmt::Display for GrammarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { line, what } => write!(f, "grammar line {line}: expected {what}"),
            Self::NoStart(name) => write!(f, "no rule named {name}"),
            Self::TooLarge => f.write_str("more than 128 terminals or called automata"),
        }
    }
}

impl std::error::Error for GrammarError {}

/// A compiled grammar.
#[derive(Debug)]
pub struct Grammar {
    terminals: Terminals,
    machine: Machine,
    /// What bracketed groups of contexts seen so far are phrases of.
    pub(crate) cache: Mutex<FxHashMap<Vec<Item>, u128>>,
}

impl Grammar {
    /// Compiles PEG text. `minor`: highest Python 3 minor version whose syntax is wanted. `calls`: rules kept as automata of their own.
    ///
    /// # Errors
    /// When the text is not a grammar, lacks the start rule, or is too large.
    pub fn new(text: &str, start: &str, minor: u8, calls: &[&str]) -> Result<Self, GrammarError> {
        Self::compiled(peg::read(text, minor)?, start, calls)
    }

    fn compiled(rules: peg::Rules, start: &str, calls: &[&str]) -> Result<Self, GrammarError> {
        let analysis = analysis::Analysis::of(rules).ok_or(GrammarError::TooLarge)?;
        let automata = compile::compile(&analysis, start, calls)?;
        let machine = Machine::new(&automata).ok_or(GrammarError::TooLarge)?;
        Ok(Self { terminals: analysis.terminals, machine, cache: Mutex::default() })
    }

    /// The grammar of a Python 3.`minor` file, 11 to 14.
    ///
    /// # Panics
    /// Never for the grammar file that ships with the crate; its tests compile every version.
    pub fn python(minor: u8) -> Self {
        let rules = peg::read(PYTHON_GRAM, minor).map(comments::with_comments);
        rules.and_then(|rules| Self::compiled(rules, "file", &PYTHON_CALLS)).expect("the shipped grammar compiles")
    }

    /// Its terminals.
    pub fn terminals(&self) -> &Terminals {
        &self.terminals
    }

    /// Its automata.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }
}
