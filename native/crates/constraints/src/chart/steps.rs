//! Transitions that a label allows, listed once per label.

use rustc_hash::FxHashMap;

use crate::grammar::{Machine, StateId};
use crate::lattice::Label;
use crate::terminal::TerminalSet;

/// A transition over an edge and the lexemes that it reads; all for an edge that is not of lexemes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub before: StateId,
    pub after: StateId,
    pub read: TerminalSet,
}

/// Lists of transitions by label.
#[derive(Debug, Default)]
pub(super) struct Steps {
    numbers: FxHashMap<Label, usize>,
    lists: Vec<Vec<Step>>,
}

impl Steps {
    /// Number of the list of a label, made when it is new.
    pub(super) fn number(&mut self, machine: &Machine, label: Label) -> usize {
        *self.numbers.entry(label).or_insert_with(|| {
            self.lists.push(list(machine, label));
            self.lists.len() - 1
        })
    }

    /// The list of a label that the forward pass has met.
    pub(super) fn known(&self, label: Label) -> &[Step] {
        self.numbers.get(&label).map_or(&[], |&number| &self.lists[number])
    }

    pub(super) fn list(&self, number: usize) -> &[Step] {
        &self.lists[number]
    }
}

/// The transitions of a label, by the state before.
pub(super) fn list(machine: &Machine, label: Label) -> Vec<Step> {
    let of_state = |q: usize| -> Vec<Step> {
        let step = |after: StateId, read: TerminalSet| Step { before: q as StateId, after, read };
        match label {
            Label::Free => vec![step(q as StateId, TerminalSet::ALL)],
            Label::Lexeme(set) => {
                let reads = machine.reads[q].iter().map(|&(read, after)| step(after, read.intersection(set)));
                reads.filter(|s| !s.read.is_empty()).collect()
            }
            Label::Phrase(phrases) => {
                let calls = machine.calls[q].iter().filter(|c| phrases >> c.0 & 1 == 1);
                calls.map(|&(_, after)| step(after, TerminalSet::ALL)).collect()
            }
        }
    };
    (0..machine.states()).flat_map(of_state).collect()
}
