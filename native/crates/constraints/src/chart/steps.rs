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

/// The transitions of one label.
#[derive(Debug)]
pub(super) struct List {
    steps: Vec<Step>,
    /// By state: where its transitions begin.
    bounds: Vec<u32>,
    states: usize,
}

impl List {
    fn new(machine: &Machine, label: Label) -> Self {
        let mut list = Self { steps: Vec::new(), bounds: vec![0], states: 0 };
        for state in 0..machine.states() {
            let before = list.steps.len();
            push_steps(machine, label, state as StateId, &mut list.steps);
            list.states += usize::from(list.steps.len() > before);
            list.bounds.push(list.steps.len() as u32);
        }
        list
    }

    pub(super) fn all(&self) -> &[Step] {
        &self.steps
    }

    /// Transitions of one state.
    pub(super) fn of(&self, state: StateId) -> &[Step] {
        &self.steps[self.bounds[state as usize] as usize..self.bounds[state as usize + 1] as usize]
    }

    /// Number of states that have any.
    pub(super) fn states(&self) -> usize {
        self.states
    }
}

/// Lists of transitions by label.
#[derive(Debug, Default)]
pub(super) struct Steps {
    numbers: FxHashMap<Label, usize>,
    lists: Vec<List>,
}

impl Steps {
    /// Number of the list of a label, made when it is new.
    pub(super) fn number(&mut self, machine: &Machine, label: Label) -> usize {
        *self.numbers.entry(label).or_insert_with(|| {
            self.lists.push(List::new(machine, label));
            self.lists.len() - 1
        })
    }

    /// The list of a label, if the forward pass has met it.
    pub(super) fn known(&self, label: Label) -> Option<&List> {
        self.numbers.get(&label).map(|&number| &self.lists[number])
    }

    pub(super) fn list(&self, number: usize) -> &List {
        &self.lists[number]
    }
}

/// The transitions of a label, by the state before.
pub(super) fn list(machine: &Machine, label: Label) -> Vec<Step> {
    List::new(machine, label).steps
}

/// Adds the transitions of a label from one state.
fn push_steps(machine: &Machine, label: Label, before: StateId, steps: &mut Vec<Step>) {
    let step = |after: StateId, read: TerminalSet| Step { before, after, read };
    match label {
        Label::Free => steps.push(step(before, TerminalSet::ALL)),
        Label::Lexeme(set) => {
            let reads = machine.reads[before as usize].iter().map(|&(read, after)| step(after, read.intersection(set)));
            steps.extend(reads.filter(|s| !s.read.is_empty()));
        }
        Label::Phrase(phrases) => {
            let calls = machine.calls[before as usize].iter().filter(|c| phrases >> c.0 & 1 == 1);
            steps.extend(calls.map(|&(_, after)| step(after, TerminalSet::ALL)));
        }
    }
}
