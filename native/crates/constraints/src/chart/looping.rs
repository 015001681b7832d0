//! Nodes where any row of lexemes may stand: a gap whose length is not known.
//!
//! A run there can go on to every state that its automaton leads to, because some lexemes spell each phrase on the way. What begins and
//! ends inside the gap is such a phrase; what begins there and ends later is a run with the gap as its start.

use super::{Chart, Full, automata, both, either, is_empty};
use crate::grammar::Machine;
use crate::terminal::TerminalSet;

impl<const W: usize> Chart<W> {
    /// Every run that can be at the node after any number of lexemes.
    pub(super) fn saturate(&mut self, machine: &Machine, node: usize) -> Result<(), Full> {
        let start = self.start_nodes.len();
        if start == 64 * W {
            return Err(Full);
        }
        self.start_nodes.push(node);
        let base = self.waiting.len();
        self.waiting.resize(base + self.targets, [0; W]);
        let mut begun = 0;
        loop {
            self.flow(machine, node);
            self.note_active(node);
            self.end_phrases(machine, node);
            let grown = self.flow(machine, node);
            self.note_active(node);
            let fresh = self.predicted(machine, node) & !begun;
            if fresh == 0 && !grown {
                break;
            }
            automata(fresh).for_each(|nt| self.begin(node, machine, nt, start));
            begun |= fresh;
        }
        self.note_active(node);
        self.waiting.truncate(base);
        self.wait(machine, node, begun);
        Ok(())
    }

    /// Automata that some run at the node may call, or that one of those may start with.
    pub(super) fn predicted(&self, machine: &Machine, node: usize) -> u128 {
        self.active[node].iter().fold(0, |set, &state| set | machine.predicts[state as usize])
    }

    /// Carries runs along every transition, lexemes and phrases alike, until nothing is new; whether anything was.
    fn flow(&mut self, machine: &Machine, node: usize) -> bool {
        let row = node * self.states;
        let mut any = false;
        loop {
            let mut changed = false;
            for &(before, after) in &machine.flows {
                let cell = self.reach[row + after as usize];
                let all = either(&cell, &self.reach[row + before as usize]);
                changed |= all != cell;
                self.reach[row + after as usize] = all;
            }
            any |= changed;
            if !changed {
                return any;
            }
        }
    }

    /// Useful runs of a node that loops, and the lexemes that they read there.
    pub(super) fn pull_loop(&mut self, machine: &Machine, node: usize) {
        loop {
            let flowed = self.flow_back(machine, node);
            let ended = self.pull_phrases(machine, node);
            if !(flowed || ended) {
                break;
            }
        }
        let used = self.read_in_loop(machine, node);
        self.looped.push((node, used));
    }

    fn flow_back(&mut self, machine: &Machine, node: usize) -> bool {
        let row = node * self.states;
        let mut any = false;
        loop {
            let mut changed = false;
            for &(before, after) in machine.flows.iter().rev() {
                let common = both(&self.reach[row + before as usize], &self.useful[row + after as usize]);
                let cell = &mut self.useful[row + before as usize];
                let all = either(cell, &common);
                changed |= all != *cell;
                *cell = all;
            }
            any |= changed;
            if !changed {
                return any;
            }
        }
    }

    fn read_in_loop(&self, machine: &Machine, node: usize) -> TerminalSet {
        let row = node * self.states;
        let passes =
            |before: usize, after: u32| !is_empty(&both(&self.reach[row + before], &self.useful[row + after as usize]));
        let mut used = TerminalSet::EMPTY;
        for (before, reads) in machine.reads.rows().enumerate() {
            reads.iter().filter(|r| passes(before, r.1)).for_each(|r| used = used.union(r.0));
        }
        for (before, calls) in machine.calls.rows().enumerate() {
            calls.iter().filter(|c| passes(before, c.1)).for_each(|c| used = used.union(machine.spelled[c.0]));
        }
        used
    }
}
