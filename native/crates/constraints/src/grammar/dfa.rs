//! Subset construction and minimisation.

use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

use super::nfa::{Edge, Nfa, Symbol};
use crate::terminal::TerminalSet;

/// A deterministic automaton over terminals and calls; state 0 is its start.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dfa {
    /// Transitions of each state.
    pub next: Vec<BTreeMap<Symbol, usize>>,
    /// Whether each state ends a phrase.
    pub accepts: Vec<bool>,
}

/// A node of the nondeterministic automaton and what the next terminal must be.
type Config = (usize, TerminalSet);

/// `first[c]`: terminals that a phrase of callee `c` can start with.
pub(super) fn determinise(nfa: &Nfa, end: usize, first: &dyn Fn(usize) -> TerminalSet) -> Dfa {
    let mut numbers: FxHashMap<Vec<Config>, usize> = FxHashMap::default();
    let mut pending = vec![closure(nfa, vec![(0, TerminalSet::ALL)])];
    numbers.insert(pending[0].clone(), 0);
    let mut dfa = Dfa { next: Vec::new(), accepts: Vec::new() };
    while dfa.next.len() < pending.len() {
        let configs = pending[dfa.next.len()].clone();
        let mut targets: BTreeMap<Symbol, Vec<Config>> = BTreeMap::new();
        for &(node, ahead) in &configs {
            for &(edge, to) in &nfa.edges[node] {
                let Edge::Read(symbol) = edge else { continue };
                if !ahead.intersection(starts(symbol, first)).is_empty() {
                    targets.entry(symbol).or_default().push((to, TerminalSet::ALL));
                }
            }
        }
        dfa.accepts.push(configs.iter().any(|c| c.0 == end));
        let mut row = BTreeMap::new();
        for (symbol, nodes) in targets {
            let set = closure(nfa, nodes);
            let number = *numbers.entry(set.clone()).or_insert_with(|| {
                pending.push(set);
                pending.len() - 1
            });
            row.insert(symbol, number);
        }
        dfa.next.push(row);
    }
    dfa
}

fn starts(symbol: Symbol, first: &dyn Fn(usize) -> TerminalSet) -> TerminalSet {
    match symbol {
        Symbol::Terminal(terminal) => TerminalSet::of(terminal),
        Symbol::Call(callee) => first(callee),
    }
}

fn closure(nfa: &Nfa, mut reached: Vec<Config>) -> Vec<Config> {
    let mut seen: rustc_hash::FxHashSet<Config> = reached.iter().copied().collect();
    let mut at = 0;
    while at < reached.len() {
        let (node, ahead) = reached[at];
        at += 1;
        for &(edge, to) in &nfa.edges[node] {
            let passed = match edge {
                Edge::Free => ahead,
                Edge::Ahead(set) => ahead.intersection(set),
                Edge::Read(_) => continue,
            };
            if !passed.is_empty() && seen.insert((to, passed)) {
                reached.push((to, passed));
            }
        }
    }
    reached.sort_unstable();
    reached.dedup();
    reached
}

impl Dfa {
    /// The automaton with other symbols. Where two become one and lead to different states, both are followed.
    pub(super) fn renamed(&self, rename: &dyn Fn(Symbol) -> Symbol) -> Self {
        let mut numbers: FxHashMap<BTreeSet<usize>, usize> = std::iter::once((BTreeSet::from([0]), 0)).collect();
        let mut pending = vec![BTreeSet::from([0])];
        let mut dfa = Self { next: Vec::new(), accepts: Vec::new() };
        while dfa.next.len() < pending.len() {
            let states = pending[dfa.next.len()].clone();
            let mut targets: BTreeMap<Symbol, BTreeSet<usize>> = BTreeMap::new();
            for (&symbol, &to) in states.iter().flat_map(|&q| &self.next[q]) {
                targets.entry(rename(symbol)).or_default().insert(to);
            }
            let mut number = |set: BTreeSet<usize>| {
                *numbers.entry(set.clone()).or_insert_with(|| {
                    pending.push(set);
                    pending.len() - 1
                })
            };
            dfa.next.push(targets.into_iter().map(|(symbol, set)| (symbol, number(set))).collect());
            dfa.accepts.push(states.iter().any(|&q| self.accepts[q]));
        }
        dfa
    }

    /// The smallest automaton of the same language, its states in breadth-first order; states that reach no end are gone.
    pub fn minimised(&self) -> Self {
        let alive = self.alive();
        let mut class: Vec<usize> = (0..self.next.len()).map(|q| usize::from(self.accepts[q])).collect();
        let mut count = 0;
        loop {
            let mut numbers = FxHashMap::default();
            let refined: Vec<usize> = (0..self.next.len())
                .map(|q| {
                    let row: Vec<_> =
                        self.next[q].iter().filter(|(_, to)| alive[**to]).map(|(s, &to)| (*s, class[to])).collect();
                    let fresh = numbers.len();
                    *numbers.entry((class[q], row)).or_insert(fresh)
                })
                .collect();
            class = refined;
            if numbers.len() == count {
                return self.quotient(&class, &alive);
            }
            count = numbers.len();
        }
    }

    fn alive(&self) -> Vec<bool> {
        let mut alive = self.accepts.clone();
        loop {
            let grown: Vec<bool> =
                (0..alive.len()).map(|q| alive[q] || self.next[q].values().any(|&to| alive[to])).collect();
            if grown == alive {
                return alive;
            }
            alive = grown;
        }
    }

    fn quotient(&self, class: &[usize], alive: &[bool]) -> Self {
        let mut order = vec![0];
        let mut number: FxHashMap<usize, usize> = std::iter::once((class[0], 0)).collect();
        let mut dfa = Dfa { next: Vec::new(), accepts: Vec::new() };
        while dfa.next.len() < order.len() {
            let state = order[dfa.next.len()];
            let mut row = BTreeMap::new();
            for (&symbol, &to) in self.next[state].iter().filter(|(_, to)| alive[**to]) {
                let target = *number.entry(class[to]).or_insert_with(|| {
                    order.push(to);
                    order.len() - 1
                });
                row.insert(symbol, target);
            }
            dfa.next.push(row);
            dfa.accepts.push(self.accepts[state]);
        }
        dfa
    }
}

#[cfg(test)]
mod tests {
    use super::{BTreeMap, Dfa, Symbol};
    use crate::terminal::Terminal;

    /// Up to two terminals: every state accepts, none equals another.
    #[test]
    fn states_that_all_accept_are_told_apart() {
        let next = |to: usize| std::iter::once((Symbol::Terminal(Terminal(0)), to)).collect();
        let dfa = Dfa { next: vec![next(1), next(2), [].into()], accepts: vec![true; 3] };
        assert_eq!(dfa.minimised(), dfa);
    }
    /// Two phrases that turn out to be the same phrase, one at the end, one before a terminal.
    #[test]
    fn symbols_that_become_one_keep_both_their_ways() {
        let (first, second, terminal) = (Symbol::Call(1), Symbol::Call(2), Symbol::Terminal(Terminal(0)));
        let start: BTreeMap<Symbol, usize> = [(first, 1), (second, 2)].into();
        let dfa = Dfa { next: vec![start, [].into(), [(terminal, 1)].into()], accepts: vec![false, true, false] };
        let joined = dfa.renamed(&|symbol| if symbol == second { first } else { symbol });
        let next = vec![[(first, 1)].into(), [(terminal, 2)].into(), [].into()];
        assert_eq!(joined, Dfa { next, accepts: vec![false, true, true] });
    }
}
