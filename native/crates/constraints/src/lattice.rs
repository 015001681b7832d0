//! The region as an automaton: every way to read its slots as a row of lexemes.
//!
//! Nodes are numbered in topological order; node 0 is the start and the last node the end.

use crate::terminal::TerminalSet;

/// What an edge stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Label {
    /// No lexeme: a piece that continues one, or an empty slot.
    Free,
    /// One lexeme, of any of these terminals.
    Lexeme(TerminalSet),
    /// A whole bracketed group that is a phrase of any of these automata (one bit each).
    Phrase(u128),
}

/// An edge between two nodes, `from < to`.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// Node that it leaves.
    pub from: usize,
    /// Node that it reaches.
    pub to: usize,
    /// What it stands for.
    pub label: Label,
}

/// An automaton without cycles, but for nodes that loop: there any row of lexemes may stand. Edge numbers stay as given to
/// [`Lattice::new`].
#[derive(Clone, Debug)]
pub struct Lattice {
    edges: Vec<Edge>,
    loops: Vec<usize>,
    order: Vec<u32>,
    bounds: Vec<u32>,
}

impl Lattice {
    /// From edges in any order. `nodes`: number of nodes. `loops`: those that loop, in ascending order.
    pub fn new(nodes: usize, edges: Vec<Edge>, loops: Vec<usize>) -> Self {
        let mut order: Vec<u32> = (0..edges.len() as u32).collect();
        order.sort_by_key(|&e| edges[e as usize].from);
        let bounds = (0..=nodes).map(|n| order.partition_point(|&e| edges[e as usize].from < n) as u32).collect();
        Self { edges, loops, order, bounds }
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        self.bounds.len() - 1
    }

    /// Whether any row of lexemes may stand at a node.
    pub fn loops(&self, node: usize) -> bool {
        self.loops.binary_search(&node).is_ok()
    }

    /// All edges, by number.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// Edges that leave a node, with their numbers.
    pub fn leaving(&self, node: usize) -> impl Iterator<Item = (usize, Edge)> + '_ {
        let range = self.bounds[node] as usize..self.bounds[node + 1] as usize;
        self.order[range].iter().map(|&e| (e as usize, self.edges[e as usize]))
    }

    /// Narrows an edge.
    pub fn relabel(&mut self, edge: usize, label: Label) {
        self.edges[edge].label = label;
    }
}
