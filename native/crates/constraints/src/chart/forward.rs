//! Inside: from left to right, every run at every node.

use super::{Chart, Full, Starts, automata, either, is_empty, numbers};
use crate::grammar::machine::Group;
use crate::grammar::{Machine, NtId};
use crate::lattice::{Edge, Label, Lattice};
use crate::terminal::TerminalSet;

impl<const W: usize> Chart<W> {
    pub(super) fn forward(&mut self, machine: &Machine, lattice: &Lattice, from: usize) -> Result<(), Full> {
        self.clear_from(from, machine, lattice);
        for node in from..lattice.nodes() {
            self.end_phrases(machine, node);
            self.start_phrases(machine, lattice, node)?;
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
        self.reach[from * self.states..].fill([0; W]);
        self.ended[from * self.automata..].fill([0; W]);
        if from == 0 {
            automata(self.roots).for_each(|nt| self.begin(0, machine, nt, 0));
        }
        for edge in lattice.edges().iter().filter(|e| e.from < from && e.to >= from) {
            self.follow(machine, *edge);
        }
    }

    fn begin(&mut self, node: usize, machine: &Machine, nt: NtId, start: usize) {
        self.reach[node * self.states + machine.starts[nt] as usize][start / 64] |= 1 << (start % 64);
    }

    /// Phrases that end at the node, and the runs that waited for them; inner groups first.
    fn end_phrases(&mut self, machine: &Machine, node: usize) {
        self.note_ended(machine, node, self.all_automata());
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

    fn all_automata(&self) -> u128 {
        u128::MAX >> (128 - self.automata)
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
        let mut resumed: Vec<Starts<W>> = vec![[0; W]; targets.len()];
        for start in numbers(starts).take_while(|&s| s < self.start_nodes.len()) {
            let waiting = &self.waiting[start * self.targets + offset..][..targets.len()];
            resumed.iter_mut().zip(waiting).for_each(|(all, w)| *all = either(all, w));
        }
        for (&target, starts) in targets.iter().zip(&resumed) {
            let cell = &mut self.reach[node * self.states + target as usize];
            *cell = either(cell, starts);
        }
    }

    /// Starts the automata that some run here may call and whose first lexeme can follow.
    fn start_phrases(&mut self, machine: &Machine, lattice: &Lattice, node: usize) -> Result<(), Full> {
        let follows = following(machine, lattice, node);
        if follows.is_empty() && node > 0 {
            return Ok(());
        }
        let row = &self.reach[self.row(node)];
        let predicted =
            row.iter().zip(&machine.predicts).filter(|(starts, _)| !is_empty(starts)).fold(0, |set, (_, p)| set | p);
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
    fn wait(&mut self, machine: &Machine, node: usize, startable: u128) {
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
        if edge.label == Label::Free {
            after.iter_mut().zip(before).for_each(|(cell, starts)| *cell = either(cell, starts));
            return;
        }
        let number = self.steps.number(machine, edge.label);
        for step in self.steps.list(number) {
            let cell = &mut after[step.after as usize];
            *cell = either(cell, &before[step.before as usize]);
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
