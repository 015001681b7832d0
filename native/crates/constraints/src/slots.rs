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
    /// Any number of tokens.
    Gap,
    /// A slot that holds one of these classes, or any number of tokens in its place.
    Elastic {
        /// Classes in ascending order.
        classes: Vec<usize>,
    },
}

impl Item {
    /// Whether tokens stand here that are part of the row itself, not of its context.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Slot { .. } | Self::Gap | Self::Elastic { .. })
    }
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

/// Where a gap lies.
#[derive(Clone, Debug)]
struct GapEdges {
    node: usize,
    /// Edges into the gap, by the mode before it.
    into: Vec<(Mode, usize)>,
    /// Edges that end it with the start of a lexeme, by the mode after it.
    out: Vec<(Mode, usize)>,
    /// Edges past it: nothing, or only pieces that continue a lexeme, by the modes before and after.
    past: Vec<(Mode, Mode, usize)>,
}

/// The lattice of a row of items.
#[derive(Clone, Debug)]
pub struct Slots {
    /// The automaton of the row.
    pub lattice: Lattice,
    slots: Vec<SlotEdges>,
    gaps: Vec<GapEdges>,
}

struct Build<'a> {
    vocabulary: &'a Vocabulary,
    nodes: usize,
    edges: Vec<Edge>,
    slots: Vec<SlotEdges>,
    gaps: Vec<GapEdges>,
}

/// Nodes of a boundary by mode.
type Boundary = Vec<(Mode, usize)>;

impl Slots {
    /// Lays out a row of items.
    pub fn new(items: &[Item], vocabulary: &Vocabulary) -> Self {
        let mut build = Build { vocabulary, nodes: 1, edges: Vec::new(), slots: Vec::new(), gaps: Vec::new() };
        let mut boundary = vec![(0, 0)];
        for (index, item) in items.iter().enumerate() {
            boundary = build.item(item, boundary, items.get(index + 1));
        }
        let loops = build.gaps.iter().map(|gap| gap.node).collect();
        Self { lattice: Lattice::new(build.nodes, build.edges, loops), slots: build.slots, gaps: build.gaps }
    }

    /// Node of a gap, the gaps of elastic slots among them, in order.
    pub fn gap_node(&self, gap: usize) -> usize {
        self.gaps[gap].node
    }

    /// Whether some parse has the gap in it.
    pub fn gap_occurs(&self, gap: usize, used: &dyn Fn(usize) -> TerminalSet) -> bool {
        self.gaps[gap].into.iter().any(|&(_, edge)| !used(edge).is_empty())
    }

    /// Classes that may stand in a gap. `looped`: lexemes that occur at its node.
    pub fn gap_classes(
        &self,
        gap: usize,
        vocabulary: &Vocabulary,
        used: &dyn Fn(usize) -> TerminalSet,
        looped: TerminalSet,
    ) -> Vec<usize> {
        let gap = &self.gaps[gap];
        let alive = |edge: usize| !used(edge).is_empty();
        let inside = gap.into.iter().any(|&(_, edge)| alive(edge));
        let lexemes = gap.out.iter().filter(|&&(mode, _)| vocabulary.enters(mode).is_some());
        let read = lexemes.fold(looped, |set, &(_, edge)| set.union(used(edge)));
        let runs = |mode: Mode| match mode {
            0 => inside,
            _ => {
                gap.into.iter().any(|&(m, edge)| m == mode && alive(edge))
                    || gap.out.iter().any(|&(m, edge)| m == mode && alive(edge))
                    || gap.past.iter().any(|&(a, b, edge)| (a == mode || b == mode) && alive(edge))
                    || vocabulary.enters(mode).is_none_or(|starts| inside && !starts.intersection(looped).is_empty())
            }
        };
        let running: Vec<bool> = (0..vocabulary.modes()).map(|mode| runs(mode as Mode)).collect();
        let may = |step: &Move| {
            running[usize::from(step.from)] && step.path.iter().all(|set| !set.intersection(read).is_empty())
        };
        (0..vocabulary.classes()).filter(|&class| vocabulary.moves(class).iter().any(may)).collect()
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
            Item::Slot { classes, optional } => self.slot(classes, *optional, false, &boundary, next),
            Item::Elastic { classes } => self.slot(classes, true, true, &boundary, next),
            Item::Gap => {
                let node = self.node();
                let after = self.boundary_after(&[], None, next, true);
                self.gap(node, &boundary, &after, next);
                self.exits(&after, next);
                after
            }
        }
    }

    /// The edges of a gap between two boundaries.
    fn gap(&mut self, node: usize, boundary: &Boundary, after: &Boundary, next: Option<&Item>) {
        let mut gap = GapEdges { node, into: Vec::new(), out: Vec::new(), past: Vec::new() };
        for &(mode, from) in boundary {
            gap.into.push((mode, self.push(from, node, Label::Free)));
            for &to in self.vocabulary.continues(mode) {
                if let Some(goal) = self.goal(to, after, next) {
                    gap.past.push((mode, to, self.push(from, goal, Label::Free)));
                }
            }
        }
        for &(mode, to) in after {
            let label = match self.vocabulary.enters(mode) {
                Some(starts) if mode != 0 => Label::Lexeme(starts),
                _ => Label::Free,
            };
            let edge = self.push(node, to, label);
            if mode != 0 {
                gap.out.push((mode, edge));
            }
        }
        self.gaps.push(gap);
    }

    /// Node after a slot for a mode.
    fn goal(&self, mode: Mode, after: &Boundary, next: Option<&Item>) -> Option<usize> {
        let of = |mode: Mode| after.iter().find(|b| b.0 == mode).map(|b| b.1);
        self.kept(mode, after, next).then(|| of(mode).or_else(|| of(0))).flatten()
    }

    fn context(&mut self, label: Label, boundary: &Boundary) -> Boundary {
        let to = self.node();
        for &(_, from) in boundary.iter().filter(|(mode, _)| *mode == 0) {
            self.edges.push(Edge { from, to, label });
        }
        vec![(0, to)]
    }

    fn slot(
        &mut self,
        classes: &[usize],
        optional: bool,
        elastic: bool,
        boundary: &Boundary,
        next: Option<&Item>,
    ) -> Boundary {
        let vocabulary = self.vocabulary;
        let numbers = self.moves(classes, boundary);
        let moves: Vec<&Move> = numbers.iter().map(|&n| &vocabulary.steps()[n as usize]).collect();
        let mut slot = SlotEdges { node: boundary.iter().map(|b| b.1).min().unwrap_or(0), ..SlotEdges::default() };
        let tries = self.inner_nodes(&moves, boundary);
        let gap = elastic.then(|| self.node());
        let after = self.boundary_after(&moves, optional.then_some(boundary), next, elastic);
        let mut merged: FxHashMap<(usize, usize), usize> = FxHashMap::default();
        let mut edges: Vec<Option<usize>> = vec![None; vocabulary.steps().len()];
        for (&number, step) in numbers.iter().zip(&moves) {
            let from = match step.path.split_last() {
                Some((_, before @ [_, ..])) => tries[&(step.from, before)],
                _ => boundary.iter().find(|b| b.0 == step.from).map_or(0, |b| b.1),
            };
            let goal = self.goal(step.to, &after, next);
            edges[number as usize] = goal.map(|to| match step.path.last() {
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
        }
        slot.taken = self.taken(classes, &edges);
        if optional {
            for &(mode, from) in boundary {
                let goal = self.goal(mode, &after, next);
                slot.empty.extend(goal.map(|to| self.push(from, to, Label::Free)));
            }
        }
        self.slots.push(slot);
        if let Some(node) = gap {
            self.gap(node, boundary, &after, next);
        }
        self.exits(&after, next);
        after
    }

    fn taken(&self, classes: &[usize], edges: &[Option<usize>]) -> Vec<(usize, usize, TerminalSet)> {
        let place = |class: usize, number: u32| {
            let step = &self.vocabulary.steps()[number as usize];
            let read = step.path.last().copied().unwrap_or(TerminalSet::ALL);
            edges[number as usize].map(|edge| (class, edge, read))
        };
        let of =
            |&class: &usize| self.vocabulary.step_numbers(class).iter().filter_map(move |&number| place(class, number));
        classes.iter().flat_map(of).collect()
    }

    fn push(&mut self, from: usize, to: usize, label: Label) -> usize {
        self.edges.push(Edge { from, to, label });
        self.edges.len() - 1
    }

    /// Numbers of the moves of the classes that start at a mode of the boundary, each once.
    fn moves(&self, classes: &[usize], boundary: &Boundary) -> Vec<u32> {
        let vocabulary = self.vocabulary;
        let open = |number: &u32| boundary.iter().any(|b| b.0 == vocabulary.steps()[*number as usize].from);
        if classes.len() == vocabulary.classes() {
            return (0..vocabulary.steps().len() as u32).filter(open).collect();
        }
        let mut numbers: Vec<u32> =
            classes.iter().flat_map(|&class| vocabulary.step_numbers(class)).copied().filter(open).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// A node for every proper prefix of a path with several lexemes, and the edges between them.
    fn inner_nodes<'m>(
        &mut self,
        moves: &[&'m Move],
        boundary: &Boundary,
    ) -> FxHashMap<(Mode, &'m [TerminalSet]), usize> {
        let mut nodes: FxHashMap<(Mode, &'m [TerminalSet]), usize> = FxHashMap::default();
        for step in moves.iter().filter(|step| step.path.len() > 1) {
            nodes.extend(boundary.iter().filter(|b| b.0 == step.from).map(|&(mode, n)| ((mode, &step.path[..0]), n)));
            for length in 1..step.path.len() {
                let key = (step.from, &step.path[..length]);
                if !nodes.contains_key(&key) {
                    let parent = nodes[&(step.from, &step.path[..length - 1])];
                    let node = self.node();
                    self.push(parent, node, Label::Lexeme(step.path[length - 1]));
                    nodes.insert(key, node);
                }
            }
        }
        nodes
    }

    /// Nodes after a slot: a mode gets its own only when the next slot can go on from it, mode 0 comes last.
    fn boundary_after(
        &mut self,
        moves: &[&Move],
        skipped: Option<&Boundary>,
        next: Option<&Item>,
        elastic: bool,
    ) -> Boundary {
        let continued = |mode: Mode| match next {
            Some(Item::Slot { classes, optional }) => {
                let starts = |m: &Move| m.from == mode;
                *optional
                    || if classes.len() == self.vocabulary.classes() {
                        self.vocabulary.steps().iter().any(starts)
                    } else {
                        classes.iter().any(|&c| self.vocabulary.moves(c).iter().any(starts))
                    }
            }
            Some(Item::Gap | Item::Elastic { .. }) => true,
            _ => false,
        };
        let every = if elastic { 1..self.vocabulary.modes() as Mode } else { 0..0 };
        let skipped = skipped.into_iter().flatten().map(|b| b.0);
        let mut modes: Vec<Mode> =
            moves.iter().map(|m| m.to).chain(skipped).chain(every).filter(|&m| m != 0 && continued(m)).collect();
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
            Exit::BeforeContext => !next.is_some_and(Item::is_open),
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
