//! From slots and context to a lattice, and from its used edges back to classes of tokens.

use rustc_hash::FxHashMap;

use crate::lattice::{Edge, Label, Lattice};
use crate::terminal::TerminalSet;
use crate::vocabulary::{Exit, Mode, Move, Vocabulary};

/// One position of a region.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Item {
    /// A lexeme of the context, by the terminals it counts as.
    Lexeme(TerminalSet),
    /// A bracketed group of the context, by the automata (one bit each) that it is a phrase of.
    Phrase(u128),
    /// A slot; it holds one of these classes of tokens. `optional`: it may also be empty.
    Slot {
        /// Classes in ascending order.
        classes: Vec<usize>,
        /// Whether the slot may hold nothing.
        optional: bool,
    },
}

/// Where the moves of one slot went.
#[derive(Clone, Debug, Default)]
struct SlotEdges {
    /// Class, an edge that one of its moves takes, and the lexemes that it reads there; by class.
    taken: Vec<(usize, usize, TerminalSet)>,
    empty: Vec<usize>,
    /// First node of the slot.
    node: usize,
}

/// The lattice of a row of items.
#[derive(Clone, Debug)]
pub struct Slots {
    /// The automaton of the row.
    pub lattice: Lattice,
    slots: Vec<SlotEdges>,
}

struct Build<'a> {
    vocabulary: &'a Vocabulary,
    nodes: usize,
    edges: Vec<Edge>,
    slots: Vec<SlotEdges>,
}

/// Nodes of a boundary by mode.
type Boundary = Vec<(Mode, usize)>;

impl Slots {
    /// Lays out a row of items.
    pub fn new(items: &[Item], vocabulary: &Vocabulary) -> Self {
        let mut build = Build { vocabulary, nodes: 1, edges: Vec::new(), slots: Vec::new() };
        let mut boundary = vec![(0, 0)];
        for (index, item) in items.iter().enumerate() {
            boundary = build.item(item, boundary, items.get(index + 1));
        }
        Self { lattice: Lattice::new(build.nodes, build.edges), slots: build.slots }
    }

    /// Classes with a used move in a slot, in ascending order. `used`: lexemes of each edge that occur.
    pub fn used_classes<'v>(
        &'v self,
        slot: usize,
        used: &'v dyn Fn(usize) -> TerminalSet,
    ) -> impl Iterator<Item = usize> + 'v {
        let mut last = None;
        let occurs = |&&(_, edge, read): &&(usize, usize, TerminalSet)| !used(edge).intersection(read).is_empty();
        self.slots[slot]
            .taken
            .iter()
            .filter(occurs)
            .filter_map(move |&(class, ..)| (last.replace(class) != Some(class)).then_some(class))
    }

    /// Edges of a slot that a class of tokens can take, each with the lexemes that it would read there.
    pub fn edges_of_class(&self, slot: usize, class: usize) -> impl Iterator<Item = (usize, TerminalSet)> + '_ {
        let taken = &self.slots[slot].taken;
        let first = taken.partition_point(|t| t.0 < class);
        taken[first..].iter().take_while(move |t| t.0 == class).map(|&(_, edge, read)| (edge, read))
    }

    /// Leaves a slot only the moves of these classes.
    pub fn narrow(&mut self, slot: usize, classes: &[usize], optional: bool) {
        let mut left: FxHashMap<usize, Label> = FxHashMap::default();
        for (edge, read) in classes.iter().flat_map(|&c| self.edges_of_class(slot, c)) {
            let label = match (self.lattice.edges()[edge].label, left.get(&edge)) {
                (Label::Free, _) if read == TerminalSet::ALL => Label::Free,
                (_, Some(&Label::Lexeme(known))) => Label::Lexeme(known.union(read)),
                _ => Label::Lexeme(read),
            };
            left.insert(edge, label);
        }
        for &(_, edge, _) in &self.slots[slot].taken {
            self.lattice.relabel(edge, left.get(&edge).copied().unwrap_or(Label::Lexeme(TerminalSet::EMPTY)));
        }
        self.slots[slot].taken.retain(|t| classes.contains(&t.0));
        if !optional {
            self.slots[slot]
                .empty
                .iter()
                .for_each(|&edge| self.lattice.relabel(edge, Label::Lexeme(TerminalSet::EMPTY)));
        }
    }

    /// Edges that stand for an empty slot.
    pub fn empty_edges(&self, slot: usize) -> &[usize] {
        &self.slots[slot].empty
    }

    /// First node of a slot.
    pub fn node(&self, slot: usize) -> usize {
        self.slots[slot].node
    }
}

impl Build<'_> {
    fn node(&mut self) -> usize {
        self.nodes += 1;
        self.nodes - 1
    }

    fn item(&mut self, item: &Item, boundary: Boundary, next: Option<&Item>) -> Boundary {
        match item {
            Item::Lexeme(set) => self.context(Label::Lexeme(*set), &boundary),
            Item::Phrase(phrases) => self.context(Label::Phrase(*phrases), &boundary),
            Item::Slot { classes, optional } => self.slot(classes, *optional, &boundary, next),
        }
    }

    fn context(&mut self, label: Label, boundary: &Boundary) -> Boundary {
        let to = self.node();
        for &(_, from) in boundary.iter().filter(|(mode, _)| *mode == 0) {
            self.edges.push(Edge { from, to, label });
        }
        vec![(0, to)]
    }

    fn slot(&mut self, classes: &[usize], optional: bool, boundary: &Boundary, next: Option<&Item>) -> Boundary {
        let moves = self.moves(classes, boundary);
        let mut slot = SlotEdges { node: boundary.iter().map(|b| b.1).min().unwrap_or(0), ..SlotEdges::default() };
        let tries = self.inner_nodes(&moves, boundary);
        let after = self.boundary_after(&moves, optional.then_some(boundary), next);
        let reach =
            |mode: Mode| after.iter().find(|b| b.0 == mode).or_else(|| after.iter().find(|b| b.0 == 0)).map(|b| b.1);
        let mut merged: FxHashMap<(usize, usize), usize> = FxHashMap::default();
        let mut edges: FxHashMap<&Move, usize> = FxHashMap::default();
        for step in &moves {
            let from = tries[&(step.from, step.path[..step.path.len().saturating_sub(1)].to_vec())];
            let goal = self.kept(step.to, &after, next).then(|| reach(step.to)).flatten();
            let edge = goal.map(|to| match step.path.last() {
                None => self.push(from, to, Label::Free),
                Some(&set) if step.path.len() > 1 => self.push(from, to, Label::Lexeme(set)),
                Some(&set) => {
                    let edge = *merged
                        .entry((from, to))
                        .or_insert_with(|| self.push(from, to, Label::Lexeme(TerminalSet::EMPTY)));
                    let Label::Lexeme(known) = self.edges[edge].label else { return edge };
                    self.edges[edge].label = Label::Lexeme(known.union(set));
                    edge
                }
            });
            edges.extend(edge.map(|e| (step, e)));
        }
        slot.taken = self.taken(classes, &edges);
        if optional {
            for &(mode, from) in boundary {
                let goal = self.kept(mode, &after, next).then(|| reach(mode)).flatten();
                slot.empty.extend(goal.map(|to| self.push(from, to, Label::Free)));
            }
        }
        self.slots.push(slot);
        self.exits(&after, next);
        after
    }

    fn taken(&self, classes: &[usize], edges: &FxHashMap<&Move, usize>) -> Vec<(usize, usize, TerminalSet)> {
        let place = |class: usize, step: &Move| {
            let read = step.path.last().copied().unwrap_or(TerminalSet::ALL);
            edges.get(step).map(|&edge| (class, edge, read))
        };
        classes
            .iter()
            .flat_map(|&class| self.vocabulary.moves(class).iter().filter_map(move |step| place(class, step)))
            .collect()
    }

    fn push(&mut self, from: usize, to: usize, label: Label) -> usize {
        self.edges.push(Edge { from, to, label });
        self.edges.len() - 1
    }

    /// Moves of the classes that start at a mode of the boundary, each once.
    fn moves(&self, classes: &[usize], boundary: &Boundary) -> Vec<Move> {
        let open = |m: &&Move| boundary.iter().any(|b| b.0 == m.from);
        let mut moves: Vec<Move> =
            classes.iter().flat_map(|&c| self.vocabulary.moves(c).iter().filter(open).cloned()).collect();
        moves.sort_unstable();
        moves.dedup();
        moves
    }

    /// A node for every proper prefix of a path with several lexemes, and the edges between them.
    fn inner_nodes(&mut self, moves: &[Move], boundary: &Boundary) -> FxHashMap<(Mode, Vec<TerminalSet>), usize> {
        let mut nodes: FxHashMap<(Mode, Vec<TerminalSet>), usize> =
            boundary.iter().map(|&(mode, n)| ((mode, Vec::new()), n)).collect();
        for step in moves {
            for length in 1..step.path.len() {
                let key = (step.from, step.path[..length].to_vec());
                if !nodes.contains_key(&key) {
                    let parent = nodes[&(step.from, step.path[..length - 1].to_vec())];
                    let node = self.node();
                    self.push(parent, node, Label::Lexeme(step.path[length - 1]));
                    nodes.insert(key, node);
                }
            }
        }
        nodes
    }

    /// Nodes after a slot: a mode gets its own only when the next slot can go on from it, mode 0 comes last.
    fn boundary_after(&mut self, moves: &[Move], skipped: Option<&Boundary>, next: Option<&Item>) -> Boundary {
        let continued = |mode: Mode| match next {
            Some(Item::Slot { classes, optional }) => {
                *optional || classes.iter().any(|&c| self.vocabulary.moves(c).iter().any(|m| m.from == mode))
            }
            _ => false,
        };
        let skipped = skipped.into_iter().flatten().map(|b| b.0);
        let mut modes: Vec<Mode> =
            moves.iter().map(|m| m.to).chain(skipped).filter(|&m| m != 0 && continued(m)).collect();
        modes.sort_unstable();
        modes.dedup();
        modes.push(0);
        modes.into_iter().map(|mode| (mode, self.node())).collect()
    }

    /// Whether a mode lives on after a slot: by a node of its own or by ending at once.
    fn kept(&self, mode: Mode, after: &Boundary, next: Option<&Item>) -> bool {
        mode == 0 || after.iter().any(|b| b.0 == mode) || self.may_exit(mode, next)
    }

    fn may_exit(&self, mode: Mode, next: Option<&Item>) -> bool {
        match self.vocabulary.exit(mode) {
            Exit::Anywhere => true,
            Exit::BeforeContext => !matches!(next, Some(Item::Slot { .. })),
            Exit::Never => false,
        }
    }

    fn exits(&mut self, after: &Boundary, next: Option<&Item>) {
        let Some(&(_, free)) = after.iter().find(|b| b.0 == 0) else { return };
        for &(mode, node) in after.iter().filter(|b| b.0 != 0) {
            if self.may_exit(mode, next) {
                self.push(node, free, Label::Free);
            }
        }
    }
}
