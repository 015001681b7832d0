//! The joint best fill: the same chart in (max, +) instead of (or, and), over its useful runs only.
//!
//! A score is the sum over the slots read so far since the run's start. A parse has many derivations but one token per slot, so the best
//! derivation is the best fill.

use rustc_hash::FxHashMap;

use crate::chart::{Chart, Trace};
use crate::region::{AnyChart, Region};
use crate::terminal::TerminalSet;

/// A way to take an edge: the lexemes it reads, and what it puts into a slot at which score.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub read: TerminalSet,
    pub slot: usize,
    /// None for an empty slot.
    pub token: Option<usize>,
    pub score: f32,
}

impl Region {
    pub(crate) fn best_fill(&self, score: &mut dyn FnMut(usize, usize) -> f32) -> Option<Vec<Option<usize>>> {
        let choices = self.choices(score);
        match &self.chart {
            AnyChart::One(chart) => self.traced(chart, &choices),
            AnyChart::Two(chart) => self.traced(chart, &choices),
            AnyChart::Four(chart) => self.traced(chart, &choices),
            AnyChart::Undecided => None,
        }
    }

    fn traced<const W: usize>(&self, chart: &Chart<W>, choices: &[Vec<Choice>]) -> Option<Vec<Option<usize>>> {
        let taken = Trace::new(chart, self.grammar.machine(), &self.slots.lattice, choices).best()?;
        let mut fill = vec![None; self.open.len()];
        for (edge, read) in taken {
            if let Some(choice) = choices[edge].iter().find(|c| !c.read.intersection(read).is_empty()) {
                fill[choice.slot] = choice.token;
            }
        }
        Some(fill)
    }

    /// The choices of every edge, best first.
    fn choices(&self, score: &mut dyn FnMut(usize, usize) -> f32) -> Vec<Vec<Choice>> {
        let mut choices = vec![Vec::new(); self.slots.lattice.edges().len()];
        for (slot, (classes, _)) in self.open.iter().enumerate() {
            for &class in classes {
                let edges = self.slots.edges_of_class(slot, class);
                let scored = self.vocabulary.members(class).iter().map(|&t| (t as usize, score(slot, t as usize)));
                let Some((token, score)) = scored.reduce(|a, b| if b.1 > a.1 { b } else { a }) else { continue };
                for (edge, read) in edges {
                    choices[edge].push(Choice { read, slot, token: Some(token), score });
                }
            }
            for &edge in self.slots.empty_edges(slot) {
                choices[edge].push(Choice { read: TerminalSet::ALL, slot, token: None, score: 0.0 });
            }
        }
        choices.iter_mut().for_each(|edge| edge.sort_by(|a, b| b.score.total_cmp(&a.score)));
        choices
    }
}

/// What a run has gained. Of equal totals the one with fewer phrases is better, so that no phrase contains itself for nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Score {
    pub total: f32,
    pub phrases: u32,
}

impl Score {
    pub(crate) const ZERO: Self = Self { total: 0.0, phrases: 0 };

    pub(crate) fn plus(self, gain: Self) -> Self {
        Self { total: self.total + gain.total, phrases: self.phrases + gain.phrases }
    }

    pub(crate) fn order(&self, other: &Self) -> std::cmp::Ordering {
        self.total.total_cmp(&other.total).then(other.phrases.cmp(&self.phrases))
    }
}

/// Scores of runs by node, state and start.
#[derive(Debug, Default)]
pub(crate) struct Scores(FxHashMap<(usize, u32, usize), Score>);

impl Scores {
    /// Notes a score where it is better than what is known; whether it was.
    pub(crate) fn raise(&mut self, node: usize, state: u32, start: usize, score: Score) -> bool {
        let better = self.get(node, state, start).is_none_or(|known| score.order(&known).is_gt());
        if better {
            self.0.insert((node, state, start), score);
        }
        better
    }

    pub(crate) fn get(&self, node: usize, state: u32, start: usize) -> Option<Score> {
        self.0.get(&(node, state, start)).copied()
    }
}
