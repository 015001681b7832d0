//! Inside–outside over a lattice: which lexemes occur on some path that the grammar accepts.
//!
//! Glossary. A run: an automaton of the grammar, started at a node and now in a state. `reach[n][q]`: set of starts of runs that are
//! in state q at node n (inside). `useful[n][q]`: those of them that can still end and be part of a whole parse (outside). Sets of
//! starts are W words of 64 bits; a start is the number of a node where some automaton may begin.
//!
//! A masked region is a chain of slots, so the emptiness test of Mündler et al. (2508.10111) becomes one pass over spans; instead of
//! binarised rules the chart holds states of the minimal automata, which is the same relation with far fewer symbols.

mod backward;
mod forward;
mod looping;
mod steps;
mod trace;

use crate::bits::ones;
use crate::grammar::{Machine, NtId, StateId};
use crate::lattice::Lattice;
use crate::terminal::TerminalSet;
use steps::Steps;
pub(crate) use trace::Trace;

/// A set of starts.
pub(crate) type Starts<const W: usize> = [u64; W];

/// More than `64 * W` starts: the chart cannot hold the lattice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// The chart of one lattice.
#[derive(Debug)]
pub struct Chart<const W: usize> {
    states: usize,
    automata: usize,
    targets: usize,
    /// By node and state.
    reach: Vec<Starts<W>>,
    /// By node: its states that some run is in.
    active: Vec<Vec<StateId>>,
    /// By node and state.
    useful: Vec<Starts<W>>,
    /// By node: whether any run is useful there.
    any_useful: Vec<bool>,
    /// By node and automaton: starts of its phrases that end there.
    ended: Vec<Starts<W>>,
    /// Node of each start.
    start_nodes: Vec<usize>,
    /// By start and target of a group: runs that will be in the target after a phrase from that start.
    waiting: Vec<Starts<W>>,
    /// Of `waiting`, those for which some phrase from that start is useful.
    granted: Vec<Starts<W>>,
    /// Transitions by label, as far as labels have been met.
    steps: Steps,
    /// By edge: lexemes of it that occur in a parse; for the other labels all or none.
    used: Vec<TerminalSet>,
    /// Nodes that loop with the lexemes that occur there in a parse.
    looped: Vec<(usize, TerminalSet)>,
    /// Automata (one bit each) that are to begin at node 0.
    roots: u128,
    alive: bool,
    /// Room for the targets of one group.
    scratch: Vec<Starts<W>>,
}

impl<const W: usize> Chart<W> {
    /// An empty chart for a lattice whose whole paths are phrases of the automata in `roots` (one bit each).
    pub fn new(machine: &Machine, lattice: &Lattice, roots: u128) -> Self {
        let (states, automata, nodes) = (machine.states(), machine.automata(), lattice.nodes());
        Self {
            states,
            automata,
            targets: machine.targets,
            reach: vec![[0; W]; states * nodes],
            active: vec![Vec::new(); nodes],
            useful: vec![[0; W]; states * nodes],
            any_useful: vec![false; nodes],
            ended: vec![[0; W]; automata * nodes],
            start_nodes: Vec::new(),
            waiting: Vec::new(),
            granted: Vec::new(),
            steps: Steps::default(),
            used: vec![TerminalSet::EMPTY; lattice.edges().len()],
            looped: Vec::new(),
            roots,
            alive: false,
            scratch: Vec::new(),
        }
    }

    /// Fills the chart from a node on; what the nodes before it hold is kept. `from` is 0 at first, later the first node that a changed
    /// edge leaves.
    ///
    /// # Errors
    /// [`Full`] when there are too many starts; the chart then holds nothing of use.
    pub fn update(&mut self, machine: &Machine, lattice: &Lattice, from: usize) -> Result<(), Full> {
        for (row, active) in self.useful.chunks_exact_mut(self.states).zip(&self.active) {
            active.iter().for_each(|&state| row[state as usize] = [0; W]);
        }
        self.forward(machine, lattice, from)?;
        self.backward(machine, lattice);
        Ok(())
    }

    /// Whether any path is accepted.
    pub fn alive(&self) -> bool {
        self.alive
    }

    /// Lexemes of an edge that occur in some parse; for an edge without lexemes all when it occurs, else none.
    pub fn used(&self, edge: usize) -> TerminalSet {
        self.used[edge]
    }

    /// Lexemes that some parse has at a node that loops.
    pub fn looped(&self, node: usize) -> TerminalSet {
        self.looped.iter().find(|l| l.0 == node).map_or(TerminalSet::EMPTY, |l| l.1)
    }

    /// Automata (one bit each) of which the whole lattice can be a phrase.
    ///
    /// # Errors
    /// [`Full`] when there are too many starts.
    pub fn phrases(machine: &Machine, lattice: &Lattice, roots: u128) -> Result<u128, Full> {
        let mut chart = Self::new(machine, lattice, roots);
        chart.forward(machine, lattice, 0)?;
        let last = lattice.nodes() - 1;
        Ok(automata(roots).filter(|&nt| chart.ended_at(last, nt)[0] & 1 == 1).fold(0, |set, nt| set | 1 << nt))
    }

    fn row(&self, node: usize) -> std::ops::Range<usize> {
        node * self.states..(node + 1) * self.states
    }

    fn reached(&self, node: usize, state: StateId) -> Starts<W> {
        self.reach[node * self.states + state as usize]
    }

    fn useful_at(&self, node: usize, state: StateId) -> Starts<W> {
        self.useful[node * self.states + state as usize]
    }

    fn ended_at(&self, node: usize, nt: NtId) -> Starts<W> {
        self.ended[node * self.automata + nt]
    }

    /// Starts of phrases, of any of these automata, that end at the node.
    fn ended_of(&self, node: usize, set: u128) -> Starts<W> {
        automata(set).fold([0; W], |all, nt| either(&all, &self.ended_at(node, nt)))
    }
}

/// The automata of a set of one bit each.
fn automata(set: u128) -> impl Iterator<Item = NtId> {
    ones(set as u64).chain(ones((set >> 64) as u64).map(|b| b + 64))
}

fn is_empty<const W: usize>(starts: &Starts<W>) -> bool {
    starts.iter().fold(0, |all, w| all | w) == 0
}

fn both<const W: usize>(a: &Starts<W>, b: &Starts<W>) -> Starts<W> {
    std::array::from_fn(|w| a[w] & b[w])
}

fn either<const W: usize>(a: &Starts<W>, b: &Starts<W>) -> Starts<W> {
    std::array::from_fn(|w| a[w] | b[w])
}

/// Numbers of the starts in a set.
fn numbers<const W: usize>(starts: Starts<W>) -> impl Iterator<Item = usize> {
    (0..W).flat_map(move |w| ones(starts[w]).map(move |b| w * 64 + b))
}
