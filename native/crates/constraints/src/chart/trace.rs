//! (max, +) over the useful part of a chart, and the path that attains the maximum.

use super::steps::list;
use super::{Chart, automata, both, numbers};
use crate::best::{Choice, Score, Scores};
use crate::grammar::{Machine, NtId, StateId};
use crate::lattice::{Edge, Lattice};
use crate::terminal::TerminalSet;

/// An edge and the lexemes it was taken for.
type Taken = (usize, TerminalSet);

/// Best scores of all useful runs of one chart.
pub(crate) struct Trace<'a, const W: usize> {
    chart: &'a Chart<W>,
    machine: &'a Machine,
    lattice: &'a Lattice,
    choices: &'a [Vec<Choice>],
    scores: Scores,
}

/// A run at a node.
#[derive(Clone, Copy)]
struct At {
    node: usize,
    state: StateId,
    start: usize,
}

impl<'a, const W: usize> Trace<'a, W> {
    pub(crate) fn new(
        chart: &'a Chart<W>,
        machine: &'a Machine,
        lattice: &'a Lattice,
        choices: &'a [Vec<Choice>],
    ) -> Self {
        Self { chart, machine, lattice, choices, scores: Scores::default() }
    }

    /// Edges of the best path, in no order; None when nothing is accepted.
    pub(crate) fn best(mut self) -> Option<Vec<Taken>> {
        if !self.chart.alive() {
            return None;
        }
        for (start, &node) in self.chart.start_nodes.iter().enumerate() {
            for nt in 0..self.machine.automata() {
                self.scores.raise(node, self.machine.starts[nt], start, Score::ZERO);
            }
        }
        for node in 0..self.lattice.nodes() {
            self.score_phrases(node);
            self.score_edges(node);
        }
        let mut taken = Vec::new();
        let last = self.lattice.nodes() - 1;
        self.follow_back(self.best_end(last, 0, 0)?, &mut taken);
        Some(taken)
    }

    /// Best accepting state of a phrase.
    fn best_end(&self, node: usize, nt: NtId, start: usize) -> Option<At> {
        let ends = self.machine.ends[nt].iter().map(|&state| At { node, state, start });
        let scored = ends.filter_map(|at| self.score(at).map(|score| (at, score)));
        scored.max_by(|a, b| a.1.order(&b.1)).map(|(at, _)| at)
    }

    fn score(&self, at: At) -> Option<Score> {
        self.scores.get(at.node, at.state, at.start)
    }

    fn score_phrases(&mut self, node: usize) {
        loop {
            let mut changed = false;
            for nt in self.machine.groups.iter().flat_map(|g| automata(g.automata)) {
                for start in numbers(self.chart.ended_at(node, nt)) {
                    changed |= self.score_phrase(node, nt, start);
                }
            }
            if !(self.machine.cyclic && changed) {
                return;
            }
        }
    }

    fn score_phrase(&mut self, node: usize, nt: NtId, start: usize) -> bool {
        let Some(gain) = self.phrase_gain(node, nt, start) else { return false };
        let mut changed = false;
        for &(q, after) in &self.machine.callers[nt] {
            changed |= self.carry(self.chart.start_nodes[start], q, node, after, gain);
        }
        changed
    }

    fn phrase_gain(&self, node: usize, nt: NtId, start: usize) -> Option<Score> {
        let inner = self.score(self.best_end(node, nt, start)?)?;
        Some(inner.plus(Score { total: 0.0, phrases: 1 }))
    }

    /// Raises every useful run through one transition; whether any score rose.
    fn carry(&mut self, from: usize, q: StateId, to: usize, after: StateId, gain: Score) -> bool {
        let common = both(&self.chart.useful_at(from, q), &self.chart.useful_at(to, after));
        let mut raised = false;
        for start in numbers(common) {
            if let Some(score) = self.scores.get(from, q, start) {
                raised |= self.scores.raise(to, after, start, score.plus(gain));
            }
        }
        raised
    }

    fn score_edges(&mut self, node: usize) {
        let leaving: Vec<(usize, Edge)> =
            self.lattice.leaving(node).filter(|&(e, _)| !self.chart.used(e).is_empty()).collect();
        for (number, edge) in leaving {
            for step in list(self.machine, edge.label) {
                if let Some(gain) = self.gain(number, step.read) {
                    self.carry(node, step.before, edge.to, step.after, gain);
                }
            }
        }
    }

    /// Best score of an edge read for some of these lexemes; 0 for context.
    fn gain(&self, edge: usize, read: TerminalSet) -> Option<Score> {
        let choices = &self.choices[edge];
        if choices.is_empty() {
            return Some(Score::ZERO);
        }
        choices.iter().find(|c| !c.read.intersection(read).is_empty()).map(|c| Score { total: c.score, phrases: 0 })
    }

    /// Collects the edges of a best derivation of a run, from its end to its start.
    fn follow_back(&self, mut at: At, taken: &mut Vec<Taken>) {
        while let Some(before) = self.step_back(at, taken) {
            at = before;
        }
    }

    /// The run before its last edge or phrase; None at its start.
    fn step_back(&self, at: At, taken: &mut Vec<Taken>) -> Option<At> {
        let goal = self.score(at)?;
        if self.chart.start_nodes[at.start] == at.node {
            return None;
        }
        self.back_over_edge(at, goal, taken).or_else(|| self.back_over_phrase(at, goal, taken))
    }

    fn back_over_edge(&self, at: At, goal: Score, taken: &mut Vec<Taken>) -> Option<At> {
        for (number, edge) in self.lattice.edges().iter().enumerate().filter(|(_, e)| e.to == at.node) {
            for step in list(self.machine, edge.label).into_iter().filter(|s| s.after == at.state) {
                let before = At { node: edge.from, state: step.before, start: at.start };
                let attains = |score: Score| self.gain(number, step.read).is_some_and(|gain| score.plus(gain) == goal);
                if self.is_useful(before) && self.score(before).is_some_and(attains) {
                    taken.push((number, step.read));
                    return Some(before);
                }
            }
        }
        None
    }

    fn back_over_phrase(&self, at: At, goal: Score, taken: &mut Vec<Taken>) -> Option<At> {
        for nt in 0..self.machine.automata() {
            for start in numbers(self.chart.ended_at(at.node, nt)) {
                let Some((end, gain)) = self.best_end(at.node, nt, start).zip(self.phrase_gain(at.node, nt, start))
                else {
                    continue;
                };
                let calls = self.machine.callers[nt].iter().filter(|call| call.1 == at.state);
                let before = |&(state, _): &(StateId, StateId)| At {
                    node: self.chart.start_nodes[start],
                    state,
                    start: at.start,
                };
                let attains =
                    |at: &At| self.is_useful(*at) && self.score(*at).is_some_and(|score| score.plus(gain) == goal);
                if let Some(before) = calls.map(before).find(attains) {
                    self.follow_back(end, taken);
                    return Some(before);
                }
            }
        }
        None
    }

    fn is_useful(&self, at: At) -> bool {
        self.chart.useful_at(at.node, at.state)[at.start / 64] >> (at.start % 64) & 1 == 1
    }
}
