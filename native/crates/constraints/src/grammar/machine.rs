//! The automata laid out flat: one numbering of all states, edges by state.

use std::collections::BTreeMap;

use super::compile::Automata;
use super::dfa::Dfa;
use super::nfa::Symbol;
use crate::terminal::TerminalSet;

/// A state of some automaton.
pub type StateId = u32;
/// An automaton, below 128.
pub type NtId = usize;

/// Lists of varying length in one piece of memory.
#[derive(Debug)]
pub(crate) struct Rows<T> {
    items: Vec<T>,
    bounds: Vec<u32>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { items: Vec::new(), bounds: vec![0] }
    }
}

impl<T> Rows<T> {
    pub(crate) fn push(&mut self, row: Vec<T>) {
        self.items.extend(row);
        self.bounds.push(self.items.len() as u32);
    }

    pub(crate) fn len(&self) -> usize {
        self.bounds.len() - 1
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &[T]> {
        (0..self.len()).map(|i| &self[i])
    }
}

impl<T> std::ops::Index<usize> for Rows<T> {
    type Output = [T];

    fn index(&self, row: usize) -> &[T] {
        &self.items[self.bounds[row] as usize..self.bounds[row + 1] as usize]
    }
}

/// Calling transitions that may call the same automata.
#[derive(Debug)]
pub(crate) struct Group {
    /// One bit each.
    pub automata: u128,
    /// States after the phrase, each once.
    pub targets: Vec<StateId>,
    /// State before the phrase, and index of the state after it in `targets`.
    pub transitions: Vec<(StateId, usize)>,
    /// Number of targets of the groups before this one.
    pub offset: usize,
    /// Automata (one bit each) that a target accepts for.
    pub closes: u128,
}

/// All automata of a grammar. Automaton 0 is the start rule's.
#[derive(Debug)]
pub struct Machine {
    /// Of each automaton.
    pub(crate) starts: Vec<StateId>,
    pub(crate) ends: Vec<Vec<StateId>>,
    pub(crate) first: Vec<TerminalSet>,
    names: Vec<String>,
    /// Every transition that calls the automaton: (state, state after the phrase).
    pub(crate) callers: Vec<Vec<(StateId, StateId)>>,
    /// All calling transitions, by which automata they may call. A group whose phrases can end a phrase of another comes before it
    /// (inner first), unless they can end with each other.
    pub(crate) groups: Vec<Group>,
    /// Number of targets of all groups.
    pub(crate) targets: usize,
    /// Whether that order had to break a cycle.
    pub(crate) cyclic: bool,
    /// Of each state.
    pub(crate) reads: Rows<(TerminalSet, StateId)>,
    pub(crate) calls: Rows<(NtId, StateId)>,
    pub(crate) automaton: Vec<NtId>,
    pub(crate) accepts: Vec<bool>,
    /// Every transition: (state, state after it).
    pub(crate) flows: Vec<(StateId, StateId)>,
    /// Of each automaton: lexemes that occur in its phrases.
    pub(crate) spelled: Vec<TerminalSet>,
    /// Automata that may start where this state is, directly or as the start of one that may. One bit each.
    pub(crate) predicts: Vec<u128>,
}

impl Group {
    fn new(automata: u128, pairs: &[(StateId, StateId)]) -> Self {
        let mut targets: Vec<StateId> = pairs.iter().map(|p| p.1).collect();
        targets.sort_unstable();
        targets.dedup();
        let index = |state: StateId| targets.partition_point(|&t| t < state);
        let transitions = pairs.iter().map(|&(before, after)| (before, index(after))).collect();
        Self { automata, targets, transitions, offset: 0, closes: 0 }
    }
}

impl Machine {
    pub(super) fn new(automata: &Automata) -> Option<Self> {
        if automata.dfas.len() > 128 {
            return None;
        }
        let count = automata.dfas.len();
        let mut machine = Self {
            starts: Vec::new(),
            ends: vec![Vec::new(); count],
            first: automata.first.clone(),
            names: automata.names.clone(),
            callers: vec![Vec::new(); count],
            groups: Vec::new(),
            targets: 0,
            cyclic: false,
            reads: Rows::default(),
            calls: Rows::default(),
            automaton: Vec::new(),
            accepts: Vec::new(),
            flows: Vec::new(),
            spelled: vec![TerminalSet::EMPTY; count],
            predicts: Vec::new(),
        };
        for (nt, dfa) in automata.dfas.iter().enumerate() {
            machine.add(nt, dfa);
        }
        machine.predict();
        machine.group();
        machine.flow();
        Some(machine)
    }

    fn flow(&mut self) {
        let reads = self.reads.rows().enumerate().flat_map(|(q, row)| row.iter().map(move |r| (q as StateId, r.1)));
        let calls = self.calls.rows().enumerate().flat_map(|(q, row)| row.iter().map(move |c| (q as StateId, c.1)));
        self.flows = reads.chain(calls).collect();
        self.flows.sort_unstable();
        self.flows.dedup();
        loop {
            let mut grown = self.spelled.clone();
            for (q, &nt) in self.automaton.iter().enumerate() {
                let own = self.reads[q].iter().fold(grown[nt], |set, r| set.union(r.0));
                grown[nt] = self.calls[q].iter().fold(own, |set, c| set.union(self.spelled[c.0]));
            }
            if grown == self.spelled {
                return;
            }
            self.spelled = grown;
        }
    }

    fn add(&mut self, nt: NtId, dfa: &Dfa) {
        let base = self.reads.len() as StateId;
        self.starts.push(base);
        for (q, row) in dfa.next.iter().enumerate() {
            let state = base + q as StateId;
            let (mut reads, mut calls) = (Vec::<(TerminalSet, StateId)>::new(), Vec::new());
            for (&symbol, &to) in row {
                let to = base + to as StateId;
                match symbol {
                    Symbol::Terminal(t) => match reads.iter_mut().find(|r| r.1 == to) {
                        Some(read) => read.0 = read.0.union(TerminalSet::of(t)),
                        None => reads.push((TerminalSet::of(t), to)),
                    },
                    Symbol::Call(c) => {
                        calls.push((c, to));
                        self.callers[c].push((state, to));
                    }
                }
            }
            self.reads.push(reads);
            self.calls.push(calls);
            self.automaton.push(nt);
            self.accepts.push(dfa.accepts[q]);
            if dfa.accepts[q] {
                self.ends[nt].push(state);
            }
        }
    }

    fn predict(&mut self) {
        self.predicts = self.calls.rows().map(|calls| calls.iter().fold(0, |set, c| set | 1 << c.0)).collect();
        loop {
            let starts: Vec<u128> = self.starts.iter().map(|&s| self.predicts[s as usize]).collect();
            let grown: Vec<u128> = self
                .predicts
                .iter()
                .map(|&set| (0..starts.len()).filter(|n| set >> n & 1 == 1).fold(set, |s, n| s | starts[n]))
                .collect();
            if grown == self.predicts {
                return;
            }
            self.predicts = grown;
        }
    }

    fn group(&mut self) {
        let mut called: BTreeMap<(StateId, StateId), u128> = BTreeMap::new();
        for (nt, pairs) in self.callers.iter().enumerate() {
            pairs.iter().for_each(|&pair| *called.entry(pair).or_default() |= 1 << nt);
        }
        let mut by_automata: BTreeMap<u128, Vec<(StateId, StateId)>> = BTreeMap::new();
        called.into_iter().for_each(|(pair, automata)| by_automata.entry(automata).or_default().push(pair));
        let mut rest: Vec<Group> =
            by_automata.into_iter().map(|(automata, pairs)| Group::new(automata, &pairs)).collect();
        for group in &mut rest {
            let ends = group.targets.iter().map(|&t| t as usize).filter(|&t| self.accepts[t]);
            group.closes = ends.fold(0, |set, t| set | 1 << self.automaton[t]);
        }
        while !rest.is_empty() {
            // Next: a group whose automata no other open group's phrases can end.
            let free =
                |i: usize| rest.iter().enumerate().all(|(j, other)| j == i || other.closes & rest[i].automata == 0);
            let chosen = (0..rest.len()).find(|&i| free(i));
            self.cyclic |= chosen.is_none_or(|i| rest[i].closes & rest[i].automata != 0);
            let mut group = rest.swap_remove(chosen.unwrap_or(0));
            group.offset = self.targets;
            self.targets += group.targets.len();
            self.groups.push(group);
        }
    }

    /// Number of states of all automata together.
    pub fn states(&self) -> usize {
        self.reads.len()
    }

    /// Number of automata.
    pub fn automata(&self) -> usize {
        self.starts.len()
    }

    /// Name of an automaton: its rule, or its bracket.
    pub fn name(&self, nt: NtId) -> &str {
        &self.names[nt]
    }

    /// Number of transitions that read a terminal (counted by pair of states), and of those that call.
    pub fn transitions(&self) -> (usize, usize) {
        (self.reads.items.len(), self.calls.items.len())
    }
}

impl Machine {
    /// Sizes of the groups of calling transitions: targets and transitions.
    pub fn group_sizes(&self) -> Vec<(usize, usize)> {
        self.groups.iter().map(|g| (g.targets.len(), g.transitions.len())).collect()
    }

    /// Whether some automaton can end with itself, through others or not.
    pub fn is_cyclic(&self) -> bool {
        self.cyclic
    }
}
