//! A fill whose length may still change: every masked slot stands for any number of tokens.
//!
//! A denoiser that can ask for more slots and for fewer may put any row of tokens where a run of masks stands. So a run is a gap in the
//! lattice with a slot at each end: what its first slot holds comes first, what its last slot holds comes last, and the others are
//! somewhere between.

use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::bits::BitSet;
use crate::frame::Frame;
use crate::region::{AnyChart, Status};
use crate::slots::{Item, Slots};

/// What a slot of a fill holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Held {
    /// Nothing yet.
    Masked,
    /// A request for one more slot: two masks.
    Longer,
    /// A request for one slot less: it goes, with the masks that directly follow it.
    Shorter,
    /// A token.
    Token(usize),
}

/// What may be put into a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Tokens that some fill, of whatever length, has there.
    pub tokens: BitSet,
    /// Whether some fill has more than one token there.
    pub longer: bool,
    /// Whether some fill has none there.
    pub shorter: bool,
}

/// Where the options of a slot are read.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// It holds something, or goes with the slot before it.
    Closed,
    /// The only mask of its run: a slot of the lattice and its gap.
    Only(usize, usize),
    /// First or last mask of a longer run.
    Edge(usize),
    /// Within a longer run: its gap.
    Within(usize),
}

/// The charts of one state of a fill.
#[derive(Debug)]
pub struct Growing {
    frame: Arc<Frame>,
    held: Vec<Held>,
    places: Vec<Place>,
    slots: Slots,
    chart: AnyChart,
    /// Tokens of each gap, once they were asked for.
    gaps: RefCell<FxHashMap<usize, BitSet>>,
}

impl Growing {
    /// A fill that holds this.
    ///
    /// # Panics
    /// When a token is not in the vocabulary.
    pub fn new(frame: Arc<Frame>, held: Vec<Held>) -> Self {
        let mut rows = Rows::new(&frame);
        rows.fixed(&frame.left);
        let places = rows.fill(&held);
        rows.fixed(&frame.right);
        rows.items.extend(frame.after.iter().cloned());
        let slots = Slots::new(&rows.items, &frame.bundled.vocabulary);
        let chart = AnyChart::new(&frame.grammar, &slots);
        Self { places, held, slots, chart, frame, gaps: RefCell::default() }
    }

    /// Whether some fill of the masks parses.
    pub fn status(&self) -> Status {
        self.chart.status()
    }

    /// What the slots hold.
    pub fn held(&self) -> &[Held] {
        &self.held
    }

    /// The fill with something else in one slot, if some fill of the masks then parses or that is too much to decide.
    pub fn with(&self, slot: usize, held: Held) -> Option<Self> {
        let mut changed = self.held.clone();
        *changed.get_mut(slot)? = held;
        let next = Self::new(self.frame.clone(), changed);
        (next.status() != Status::Dead).then_some(next)
    }

    /// What may be put into a slot. All for one that holds something.
    ///
    /// # Panics
    /// When there is no such slot.
    pub fn options(&self, slot: usize) -> Options {
        let vocabulary = &self.frame.bundled.vocabulary;
        let used = |edge: usize| self.chart.used(edge);
        let all = Options { tokens: BitSet::full(vocabulary.len()), longer: true, shorter: true };
        let alive = match self.status() {
            Status::Undecided => return all,
            status => status == Status::Alive,
        };
        let mut tokens = BitSet::empty(vocabulary.len());
        match self.places[slot] {
            Place::Closed => all,
            Place::Only(number, gap) => {
                self.slots.used_classes(number, &used).for_each(|c| vocabulary.add_members(c, &mut tokens));
                let shorter = self.slots.empty_edges(number).iter().any(|&edge| !used(edge).is_empty());
                Options { tokens, longer: self.slots.gap_occurs(gap, &used), shorter }
            }
            Place::Edge(number) => {
                self.slots.used_classes(number, &used).for_each(|c| vocabulary.add_members(c, &mut tokens));
                Options { tokens, longer: alive, shorter: alive }
            }
            Place::Within(gap) => {
                let mut known = self.gaps.borrow_mut();
                let tokens = known.entry(gap).or_insert_with(|| {
                    let looped = self.chart.looped(self.slots.gap_node(gap));
                    let classes = self.slots.gap_classes(gap, vocabulary, &used, looped);
                    classes.into_iter().for_each(|c| vocabulary.add_members(c, &mut tokens));
                    tokens
                });
                let tokens = tokens.clone();
                Options { tokens, longer: alive, shorter: alive }
            }
        }
    }
}

/// Items in the making.
struct Rows<'f> {
    frame: &'f Frame,
    items: Vec<Item>,
    slots: usize,
    gaps: usize,
}

impl<'f> Rows<'f> {
    fn new(frame: &'f Frame) -> Self {
        Self { frame, items: frame.before.clone(), slots: 0, gaps: 0 }
    }

    fn fixed(&mut self, tokens: &[usize]) {
        for &token in tokens {
            let classes = vec![self.frame.bundled.vocabulary.class(token)];
            self.slot(Item::Slot { classes, optional: false });
        }
    }

    fn slot(&mut self, item: Item) -> usize {
        self.items.push(item);
        self.slots += 1;
        self.slots - 1
    }

    fn gap(&mut self, item: Option<Item>) -> usize {
        self.items.extend(item);
        self.gaps += 1;
        self.gaps - 1
    }

    fn fill(&mut self, held: &[Held]) -> Vec<Place> {
        let mut places = vec![Place::Closed; held.len()];
        let mut run: Vec<usize> = Vec::new();
        let mut wider = false;
        let mut going = false;
        for (slot, &what) in held.iter().enumerate() {
            match what {
                Held::Masked if going => continue,
                Held::Masked => run.push(slot),
                Held::Longer => wider = true,
                Held::Shorter => {}
                Held::Token(token) => {
                    self.run(&mut run, &mut wider, &mut places);
                    self.fixed(&[token]);
                }
            }
            going = what == Held::Shorter;
        }
        self.run(&mut run, &mut wider, &mut places);
        places
    }

    /// The masks of one run. `wider`: there are more of them than open slots.
    fn run(&mut self, run: &mut Vec<usize>, wider: &mut bool, places: &mut [Place]) {
        let classes: Vec<usize> = (0..self.frame.bundled.vocabulary.classes()).collect();
        match (run.as_slice(), *wider) {
            ([], false) => {}
            (&[only], false) => {
                let slot = self.slot(Item::Elastic { classes });
                places[only] = Place::Only(slot, self.gap(None));
            }
            (all, true) => {
                let gap = self.gap(Some(Item::Gap));
                all.iter().for_each(|&slot| places[slot] = Place::Within(gap));
            }
            (&[first, ref within @ .., last], false) => {
                places[first] = Place::Edge(self.slot(Item::Slot { classes: classes.clone(), optional: true }));
                let gap = self.gap(Some(Item::Gap));
                within.iter().for_each(|&slot| places[slot] = Place::Within(gap));
                places[last] = Place::Edge(self.slot(Item::Slot { classes, optional: true }));
            }
        }
        run.clear();
        *wider = false;
    }
}
