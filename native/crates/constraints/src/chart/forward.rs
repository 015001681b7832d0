//! Inside: from left to right, every run at every node.

use super::{Chart, Full, Starts, automata, either, is_empty, numbers};
use crate::grammar::machine::Group;
use crate::grammar::{Machine, NtId, StateId};
use crate::lattice::{Edge, Label, Lattice};
use crate::terminal::TerminalSet;

impl<const W: usize> Chart<W> {
    pub(super) fn forward(&mut self, machine: &Machine, lattice: &Lattice, from: usize) -> Result<(), Full> {
        self.clear_from(from, machine, lattice);
        for node in from..lattice.nodes() {
            if lattice.loops(node) {
                self.saturate(machine, node)?;
            } else {
                self.note_active(node);
                if !self.active[node].is_empty() {
                    self.end_phrases(machine, node);
                    self.start_phrases(machine, lattice, node)?;
                }
            }
            for (_, edge) in lattice.leaving(node) {
                self.follow(machine, edge);
            }
        }
        Ok(())
    }

    /// Empties the nodes from `from` on, then follows again the edges that lead there from before.
    fn clear_from(&mut self, from: usize, machine: &Machine, lattice: &Lattice) {
        self.start_nodes.truncate(self.start_nodes.partition_point(|&n| n < from));
        self.waiting.truncate(self.start_nodes.len() * self.targets);
        let rows = self.reach[from * self.states..].chunks_exact_mut(self.states);
        for (row, active) in rows.zip(&mut self.active[from..]) {
            active.drain(..).for_each(|state| row[state as usize] = [0; W]);
        }
        self.ended[from * self.automata..].fill([0; W]);
        if from == 0 {
            automata(self.roots).for_each(|nt| self.begin(0, machine, nt, 0));
        }
        for edge in lattice.edges().iter().filter(|e| e.from < from && e.to >= from) {
            self.follow(machine, *edge);
        }
    }

    pub(super) fn begin(&mut self, node: usize, machine: &Machine, nt: NtId, start: usize) {
        let state = machine.starts[nt];
        let cell = &mut self.reach[node * self.states + state as usize];
        if is_empty(cell) {
            self.active[node].push(state);
        }
        cell[start / 64] |= 1 << (start % 64);
    }

    pub(super) fn note_active(&mut self, node: usize) {
        let row = &self.reach[node * self.states..(node + 1) * self.states];
        let active = &mut self.active[node];
        active.clear();
        active.extend(row.iter().enumerate().filter(|(_, starts)| !is_empty(starts)).map(|(q, _)| q as StateId));
    }

    /// Phrases that end at the node, and the runs that waited for them; inner groups first.
    pub(super) fn end_phrases(&mut self, machine: &Machine, node: usize) {
        for &state in self.active[node].iter().filter(|&&state| machine.accepts[state as usize]) {
            let cell = &mut self.ended[node * self.automata + machine.automaton[state as usize]];
            *cell = either(cell, &self.reach[node * self.states + state as usize]);
        }
        loop {
            let mut changed = false;
            for group in &machine.groups {
                let starts = self.ended_of(node, group.automata);
                if !is_empty(&starts) {
                    self.resume(node, starts, group);
                    changed |= self.note_ended(machine, node, group.closes);
                }
            }
            if !(machine.cyclic && changed) {
                return;
            }
        }
    }

    /// Notes the phrases of these automata that end at the node; whether there was a new one.
    fn note_ended(&mut self, machine: &Machine, node: usize, set: u128) -> bool {
        let mut changed = false;
        for nt in automata(set) {
            let starts = machine.ends[nt].iter().fold([0; W], |all, &end| either(&all, &self.reached(node, end)));
            let cell = &mut self.ended[node * self.automata + nt];
            changed |= *cell != starts;
            *cell = starts;
        }
        changed
    }

    /// Carries on the runs that waited for phrases from these starts.
    ///
    /// Nothing waits yet at the node itself: a root that can be empty ends there without a caller.
    fn resume(&mut self, node: usize, starts: Starts<W>, group: &Group) {
        let (offset, targets) = (group.offset, &group.targets);
        let mut resumed = std::mem::take(&mut self.scratch);
        resumed.clear();
        resumed.resize(targets.len(), [0; W]);
        for start in numbers(starts).take_while(|&s| s < self.start_nodes.len()) {
            let waiting = &self.waiting[start * self.targets + offset..][..targets.len()];
            resumed.iter_mut().zip(waiting).for_each(|(all, w)| *all = either(all, w));
        }
        for (&target, starts) in targets.iter().zip(&resumed).filter(|(_, starts)| !is_empty(starts)) {
            let cell = &mut self.reach[node * self.states + target as usize];
            if is_empty(cell) {
                self.active[node].push(target);
            }
            *cell = either(cell, starts);
        }
        self.scratch = resumed;
    }

    /// Starts the automata that some run here may call and whose first lexeme can follow.
    fn start_phrases(&mut self, machine: &Machine, lattice: &Lattice, node: usize) -> Result<(), Full> {
        let follows = following(machine, lattice, node);
        if follows.is_empty() && node > 0 {
            return Ok(());
        }
        let predicted = self.predicted(machine, node);
        let startable: Vec<NtId> =
            automata(predicted).filter(|&nt| !machine.first[nt].intersection(follows).is_empty()).collect();
        if startable.is_empty() && node > 0 {
            return Ok(());
        }
        let start = self.start_nodes.len();
        if start == 64 * W {
            return Err(Full);
        }
        self.start_nodes.push(node);
        startable.iter().for_each(|&nt| self.begin(node, machine, nt, start));
        self.wait(machine, node, startable.iter().fold(0, |set, nt| set | 1 << nt));
        Ok(())
    }

    /// Notes the runs at the node that wait for a phrase of one of these automata.
    pub(super) fn wait(&mut self, machine: &Machine, node: usize, startable: u128) {
        let base = self.waiting.len();
        self.waiting.resize(base + self.targets, [0; W]);
        for group in machine.groups.iter().filter(|g| g.automata & startable != 0) {
            for &(before, target) in &group.transitions {
                let cell = &mut self.waiting[base + group.offset + target];
                *cell = either(cell, &self.reach[node * self.states + before as usize]);
            }
        }
    }

    fn follow(&mut self, machine: &Machine, edge: Edge) {
        let (before, after) = self.reach.split_at_mut(edge.to * self.states);
        let before = &before[edge.from * self.states..][..self.states];
        let active = &self.active[edge.from];
        if edge.label == Label::Free {
            for &state in active {
                after[state as usize] = either(&after[state as usize], &before[state as usize]);
            }
            return;
        }
        let number = self.steps.number(machine, edge.label);
        let steps = self.steps.list(number);
        if 2 * active.len() > steps.states() {
            for step in steps.all() {
                let cell = &mut after[step.after as usize];
                *cell = either(cell, &before[step.before as usize]);
            }
            return;
        }
        for &state in active {
            for step in steps.of(state) {
                let cell = &mut after[step.after as usize];
                *cell = either(cell, &before[state as usize]);
            }
        }
    }
}

/// Lexemes that can come next at a node. What follows an edge without a lexeme starts where that edge ends.
fn following(machine: &Machine, lattice: &Lattice, node: usize) -> TerminalSet {
    lattice.leaving(node).fold(TerminalSet::EMPTY, |set, (_, edge)| match edge.label {
        Label::Lexeme(terminals) => set.union(terminals),
        Label::Phrase(phrases) => automata(phrases).fold(set, |set, nt| set.union(machine.first[nt])),
        Label::Free => set,
    })
}
