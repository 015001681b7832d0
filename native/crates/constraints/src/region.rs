//! A region under denoising: slots in their context, and the exact mask of each.

use std::sync::Arc;

use crate::bits::BitSet;
use crate::chart::{Chart, Full};
use crate::context::trim;
use crate::grammar::Grammar;
use crate::slots::{Item, Slots};
use crate::terminal::TerminalSet;
use crate::vocabulary::Vocabulary;

/// What stands at one place of the row given to [`Region::new`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A lexeme of the context, by the terminals it counts as ([`crate::terminal::Terminals::of_lexeme`]).
    Context(TerminalSet),
    /// A slot that holds this token of the vocabulary.
    Fixed(usize),
    /// A masked slot: any token. `optional`: or none (variable length).
    Masked {
        /// Whether the slot may also be empty.
        optional: bool,
    },
}

/// What is known of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Some fill of the masked slots parses.
    Alive,
    /// None does.
    Dead,
    /// Too large to decide: every mask allows every token.
    Undecided,
}

/// Slots and context of one or several regions of one file.
#[derive(Debug)]
pub struct Region {
    pub(crate) grammar: Arc<Grammar>,
    pub(crate) vocabulary: Arc<Vocabulary>,
    pub(crate) slots: Slots,
    /// Per slot: its classes and whether it may be empty.
    pub(crate) open: Vec<(Vec<usize>, bool)>,
    pub(crate) chart: AnyChart,
    masks: Vec<Mask>,
    stale_from: Option<usize>,
    witness: Option<Vec<Option<usize>>>,
}

/// What may stand in a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    /// Tokens that some parse of the whole has there.
    pub tokens: BitSet,
    /// Whether some parse leaves the slot empty.
    pub empty: bool,
}

#[derive(Debug)]
pub(crate) enum AnyChart {
    One(Chart<1>),
    Two(Chart<2>),
    Four(Chart<4>),
    Undecided,
}

impl AnyChart {
    pub(crate) fn new(grammar: &Grammar, slots: &Slots) -> Self {
        fn filled<const W: usize>(grammar: &Grammar, slots: &Slots) -> Result<Chart<W>, Full> {
            let mut chart = Chart::new(grammar.machine(), &slots.lattice, 1);
            chart.update(grammar.machine(), &slots.lattice, 0)?;
            Ok(chart)
        }
        filled(grammar, slots)
            .map(Self::One)
            .or_else(|_| filled(grammar, slots).map(Self::Two))
            .or_else(|_| filled(grammar, slots).map(Self::Four))
            .unwrap_or(Self::Undecided)
    }

    fn update(&mut self, grammar: &Grammar, slots: &Slots, from: usize) {
        let updated = match self {
            Self::One(chart) => chart.update(grammar.machine(), &slots.lattice, from),
            Self::Two(chart) => chart.update(grammar.machine(), &slots.lattice, from),
            Self::Four(chart) => chart.update(grammar.machine(), &slots.lattice, from),
            Self::Undecided => Ok(()),
        };
        if updated.is_err() {
            *self = Self::new(grammar, slots);
        }
    }

    pub(crate) fn status(&self) -> Status {
        let alive = match self {
            Self::One(chart) => chart.alive(),
            Self::Two(chart) => chart.alive(),
            Self::Four(chart) => chart.alive(),
            Self::Undecided => return Status::Undecided,
        };
        if alive { Status::Alive } else { Status::Dead }
    }

    pub(crate) fn looped(&self, node: usize) -> TerminalSet {
        match self {
            Self::One(chart) => chart.looped(node),
            Self::Two(chart) => chart.looped(node),
            Self::Four(chart) => chart.looped(node),
            Self::Undecided => TerminalSet::ALL,
        }
    }

    pub(crate) fn used(&self, edge: usize) -> TerminalSet {
        match self {
            Self::One(chart) => chart.used(edge),
            Self::Two(chart) => chart.used(edge),
            Self::Four(chart) => chart.used(edge),
            Self::Undecided => TerminalSet::ALL,
        }
    }
}

impl Region {
    /// A row of slots and the lexemes around them, a whole file or the part of it that encloses every slot.
    ///
    /// The row ends with the grammar's ENDMARKER where it has one and the row does not.
    pub fn new(grammar: Arc<Grammar>, vocabulary: Arc<Vocabulary>, row: &[Place]) -> Self {
        let items = trim(items(&grammar, &vocabulary, row), &grammar);
        Self::laid_out(grammar, vocabulary, items)
    }

    /// A row of items that need no trimming.
    pub(crate) fn laid_out(grammar: Arc<Grammar>, vocabulary: Arc<Vocabulary>, items: Vec<Item>) -> Self {
        let slots = Slots::new(&items, &vocabulary);
        let open: Vec<(Vec<usize>, bool)> = items.into_iter().filter_map(as_slot).collect();
        let chart = AnyChart::new(&grammar, &slots);
        let mut region =
            Self { grammar, vocabulary, slots, open, chart, masks: Vec::new(), stale_from: None, witness: None };
        region.read_masks();
        region
    }

    /// Whether anything can still fill the region. Brings the masks up to date.
    pub fn status(&mut self) -> Status {
        self.refresh();
        self.chart.status()
    }

    /// Number of slots, fixed ones included.
    pub fn slots(&self) -> usize {
        self.open.len()
    }

    /// Size of the lattice: nodes and edges, after the context was trimmed.
    pub fn size(&self) -> (usize, usize) {
        (self.slots.lattice.nodes(), self.slots.lattice.edges().len())
    }

    /// Exact mask of every slot, in order: a token is in it when some fill of the other slots parses with it.
    pub fn masks(&mut self) -> &[Mask] {
        self.refresh();
        &self.masks
    }

    /// Puts a token into a slot. The masks are brought up to date when they are next asked for.
    ///
    /// # Panics
    /// When there is no such slot or token.
    pub fn commit(&mut self, slot: usize, token: usize) {
        let class = self.vocabulary.class(token);
        self.narrow(slot, vec![class], false);
    }

    /// Leaves an optional slot empty.
    ///
    /// # Panics
    /// When there is no such slot.
    pub fn commit_empty(&mut self, slot: usize) {
        self.narrow(slot, Vec::new(), true);
    }

    /// Commits the token if the region stays alive with it, and says whether it did.
    ///
    /// A token that agrees with the stored witness is accepted without looking further (LAVE, 2602.00612).
    ///
    /// # Panics
    /// When there is no such slot or token.
    pub fn propose(&mut self, slot: usize, token: usize) -> bool {
        if !self.agrees(slot, token) {
            self.refresh();
            if !self.masks[slot].tokens.contains(token) {
                return false;
            }
            if self.chart.status() == Status::Alive {
                self.commit(slot, token);
                self.witness = self.best_fill(&mut |_, _| 0.0);
                return true;
            }
        }
        self.commit(slot, token);
        true
    }

    fn agrees(&self, slot: usize, token: usize) -> bool {
        let class = |t: usize| self.vocabulary.class(t);
        self.witness.as_ref().is_some_and(|fill| fill[slot].is_some_and(|known| class(known) == class(token)))
    }

    /// The fill with the highest sum of scores: a token per slot, None for a slot left empty. None when the region is dead or undecided.
    ///
    /// `score(slot, token)`: its log-probability; an empty slot scores 0. Ties are broken by the order of the vocabulary's classes.
    pub fn best(&mut self, score: &mut dyn FnMut(usize, usize) -> f32) -> Option<Vec<Option<usize>>> {
        self.refresh();
        self.best_fill(score)
    }

    fn narrow(&mut self, slot: usize, classes: Vec<usize>, optional: bool) {
        self.slots.narrow(slot, &classes, optional);
        self.open[slot] = (classes, optional);
        let node = self.slots.node(slot);
        self.stale_from = Some(self.stale_from.map_or(node, |known| known.min(node)));
    }

    pub(crate) fn refresh(&mut self) {
        let Some(from) = self.stale_from.take() else { return };
        self.chart.update(&self.grammar, &self.slots, from);
        self.read_masks();
    }

    fn read_masks(&mut self) {
        let used = |edge: usize| self.chart.used(edge);
        let read = |(slot, (_, optional)): (usize, &(Vec<usize>, bool))| {
            let mut tokens = BitSet::empty(self.vocabulary.len());
            if self.chart.status() == Status::Undecided {
                return Mask { tokens: BitSet::full(self.vocabulary.len()), empty: *optional };
            }
            for class in self.slots.used_classes(slot, &used) {
                self.vocabulary.add_members(class, &mut tokens);
            }
            Mask { tokens, empty: self.slots.empty_edges(slot).iter().any(|&e| !used(e).is_empty()) }
        };
        self.masks = self.open.iter().enumerate().map(read).collect();
    }
}

fn items(grammar: &Grammar, vocabulary: &Vocabulary, row: &[Place]) -> Vec<Item> {
    let every: Vec<usize> = (0..vocabulary.classes()).collect();
    let item = |place: &Place| match place {
        Place::Context(set) => Item::Lexeme(*set),
        Place::Fixed(token) => Item::Slot { classes: vec![vocabulary.class(*token)], optional: false },
        Place::Masked { optional } => Item::Slot { classes: every.clone(), optional: *optional },
    };
    let mut items: Vec<Item> = row.iter().map(item).collect();
    let end = grammar.terminals().get("ENDMARKER").map(|t| Item::Lexeme(TerminalSet::of(t)));
    if let Some(end) = end.filter(|end| items.last() != Some(end)) {
        items.push(end);
    }
    items
}

fn as_slot(item: Item) -> Option<(Vec<usize>, bool)> {
    match item {
        Item::Slot { classes, optional } => Some((classes, optional)),
        _ => None,
    }
}
