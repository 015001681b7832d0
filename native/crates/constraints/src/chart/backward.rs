//! Outside: from right to left, the runs that are part of a whole parse, and the lexemes that they read.

use super::steps::Step;
use super::{Chart, Starts, automata, both, either, is_empty, numbers};
use crate::grammar::Machine;
use crate::grammar::machine::Group;
use crate::lattice::{Edge, Label, Lattice};
use crate::terminal::TerminalSet;

impl<const W: usize> Chart<W> {
    pub(super) fn backward(&mut self, machine: &Machine, lattice: &Lattice) {
        self.granted.clear();
        self.granted.resize(self.waiting.len(), [0; W]);
        self.used.fill(TerminalSet::EMPTY);
        self.any_useful.fill(false);
        self.looped.clear();
        let last = lattice.nodes() - 1;
        self.alive = self.mark_whole(machine, last);
        if !self.alive {
            return;
        }
        let mut start = self.start_nodes.len();
        for node in (0..=last).rev() {
            for (number, edge) in lattice.leaving(node) {
                if self.any_useful[edge.to] {
                    self.used[number] = self.pull(edge);
                }
            }
            if start > 0 && self.start_nodes[start - 1] == node {
                start -= 1;
                self.take_granted(machine, node, start);
            }
            let row = &self.useful[self.row(node)];
            self.any_useful[node] = self.active[node].iter().any(|&state| !is_empty(&row[state as usize]));
            if !self.any_useful[node] {
                continue;
            }
            if lattice.loops(node) {
                self.pull_loop(machine, node);
            } else {
                self.pull_phrases(machine, node);
            }
        }
    }

    /// Marks the runs of the roots that begin at node 0 and end at the last node.
    fn mark_whole(&mut self, machine: &Machine, last: usize) -> bool {
        let mut alive = false;
        for &end in automata(self.roots).flat_map(|nt| &machine.ends[nt]) {
            let whole = self.reached(last, end)[0] & 1;
            self.useful[last * self.states + end as usize][0] |= whole;
            alive |= whole == 1;
        }
        alive
    }

    /// What one edge makes useful at the node that it leaves; returns its lexemes that are read.
    fn pull(&mut self, edge: Edge) -> TerminalSet {
        let reach = &self.reach[self.row(edge.from)];
        let (before, after) = self.useful.split_at_mut(edge.to * self.states);
        let before = &mut before[edge.from * self.states..][..self.states];
        let mut used = TerminalSet::EMPTY;
        let active = &self.active[edge.from];
        if edge.label == Label::Free {
            for &state in active {
                let common = both(&reach[state as usize], &after[state as usize]);
                before[state as usize] = either(&before[state as usize], &common);
                used = if is_empty(&common) { used } else { TerminalSet::ALL };
            }
            return used;
        }
        let Some(steps) = self.steps.known(edge.label) else { return used };
        let mut take = |step: &Step| {
            let common = both(&reach[step.before as usize], &after[step.after as usize]);
            if !is_empty(&common) {
                before[step.before as usize] = either(&before[step.before as usize], &common);
                used = used.union(step.read);
            }
        };
        if 2 * active.len() > steps.states() {
            steps.all().iter().for_each(&mut take);
        } else {
            active.iter().flat_map(|&state| steps.of(state)).for_each(&mut take);
        }
        used
    }

    /// Phrases that end at the node and are waited for by a useful run; outer groups first. Whether a run became useful.
    pub(super) fn pull_phrases(&mut self, machine: &Machine, node: usize) -> bool {
        let mut any = false;
        loop {
            let mut changed = false;
            for group in machine.groups.iter().rev() {
                let ended = self.ended_of(node, group.automata);
                if !is_empty(&ended) {
                    let wanted = self.grant(node, group, ended);
                    changed |= self.mark_ended(machine, node, group.automata, &wanted);
                }
            }
            any |= changed;
            if !(machine.cyclic && changed) {
                return any;
            }
        }
    }

    /// Starts of the phrases that a useful run waited for; notes which runs were granted one.
    fn grant(&mut self, node: usize, group: &Group, ended: Starts<W>) -> Starts<W> {
        let mut wanted = [0; W];
        if group.targets.iter().all(|&target| is_empty(&self.useful_at(node, target))) {
            return wanted;
        }
        let mut after = std::mem::take(&mut self.scratch);
        after.clear();
        after.extend(group.targets.iter().map(|&target| self.useful_at(node, target)));
        for start in numbers(ended).take_while(|&s| self.start_nodes[s] < node) {
            let cells = start * self.targets + group.offset..start * self.targets + group.offset + group.targets.len();
            let mut any = [0; W];
            for ((granted, waiting), useful) in
                self.granted[cells.clone()].iter_mut().zip(&self.waiting[cells]).zip(&after)
            {
                let common = both(waiting, useful);
                *granted = either(granted, &common);
                any = either(&any, &common);
            }
            wanted[start / 64] |= u64::from(!is_empty(&any)) << (start % 64);
        }
        self.scratch = after;
        wanted
    }

    /// Marks the ends of phrases of these automata from these starts; whether one was not marked before.
    fn mark_ended(&mut self, machine: &Machine, node: usize, set: u128, wanted: &Starts<W>) -> bool {
        let mut changed = false;
        if is_empty(wanted) {
            return false;
        }
        for &end in automata(set).flat_map(|nt| &machine.ends[nt]) {
            let marked = both(&self.reached(node, end), wanted);
            let cell = &mut self.useful[node * self.states + end as usize];
            let all = either(cell, &marked);
            changed |= all != *cell;
            *cell = all;
        }
        changed
    }

    /// Runs at the node that were granted a phrase from there are useful.
    fn take_granted(&mut self, machine: &Machine, node: usize, start: usize) {
        for group in &machine.groups {
            let granted = &self.granted[start * self.targets + group.offset..][..group.targets.len()];
            if granted.iter().all(is_empty) {
                continue;
            }
            for &(before, target) in &group.transitions {
                let common = both(&self.reach[node * self.states + before as usize], &granted[target]);
                let cell = &mut self.useful[node * self.states + before as usize];
                *cell = either(cell, &common);
            }
        }
    }
}
