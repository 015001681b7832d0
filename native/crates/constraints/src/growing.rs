//! A fill whose length may still change: every masked slot stands for any number of tokens.
//!
//! A denoiser that can ask for more slots and for fewer may put any row of tokens where a run of masks stands. So a run is a gap in the
//! lattice with a slot at each end: what its first slot holds comes first, what its last slot holds comes last, and the others are
//! somewhere between.

use std::sync::Arc;

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

/// A stretch of a fill as the grammar sees it: how many masks a run has is not known anyway, and tokens of one class are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    /// A token of this class.
    Token(usize),
    /// One mask: what it holds, or any number of tokens.
    Only,
    /// Two masks or more: what the first and the last of them hold, any number of tokens between them.
    Run,
    /// Masks, and requests for more of them: any number of tokens.
    Wide,
}

/// What may be put into the open parts of a fill.
#[derive(Debug)]
pub(crate) struct Charted {
    status: Status,
    /// Of each part in order: nothing of a token, of a run those of its first mask, of one within, and of its last.
    options: Vec<Options>,
}

/// One state of a fill.
#[derive(Debug)]
pub struct Growing {
    frame: Arc<Frame>,
    held: Vec<Held>,
    /// By slot: its options among those of `charted`; None when it holds something, or goes with the slot before it.
    places: Vec<Option<usize>>,
    charted: Arc<Charted>,
}

impl Growing {
    /// A fill that holds this.
    ///
    /// # Panics
    /// When a token is not in the vocabulary.
    pub fn new(frame: Arc<Frame>, held: Vec<Held>) -> Self {
        let (parts, places) = parts(&frame, &held);
        let charted = frame.growing.answer(parts.clone(), || Arc::new(Charted::new(&frame, &parts)));
        Self { frame, held, places, charted }
    }

    /// Whether some fill of the masks parses.
    pub fn status(&self) -> Status {
        self.charted.status
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
        match self.places[slot] {
            Some(place) if self.status() != Status::Undecided => self.charted.options[place].clone(),
            _ => Options { tokens: BitSet::full(self.frame.bundled.vocabulary.len()), longer: true, shorter: true },
        }
    }
}

/// A fill in parts, and where the options of each slot stand.
fn parts(frame: &Frame, held: &[Held]) -> (Vec<Part>, Vec<Option<usize>>) {
    let mut reading = Reading { parts: Vec::new(), places: vec![None; held.len()], options: 0 };
    let (mut run, mut wider, mut going) = (Vec::new(), false, false);
    for (slot, &what) in held.iter().enumerate() {
        match what {
            Held::Masked if going => continue,
            Held::Masked => run.push(slot),
            Held::Longer => wider = true,
            Held::Shorter => {}
            Held::Token(token) => {
                reading.run(&run, wider);
                run.clear();
                wider = false;
                reading.parts.push(Part::Token(frame.bundled.vocabulary.class(token)));
            }
        }
        going = what == Held::Shorter;
    }
    reading.run(&run, wider);
    (reading.parts, reading.places)
}

/// Parts in the making.
struct Reading {
    parts: Vec<Part>,
    places: Vec<Option<usize>>,
    options: usize,
}

impl Reading {
    /// The masks of one run. `wider`: there are more of them than open slots.
    fn run(&mut self, run: &[usize], wider: bool) {
        let first = self.options;
        let (part, options) = match (run, wider) {
            ([], false) => return,
            (_, true) => (Part::Wide, 1),
            ([_], false) => (Part::Only, 1),
            _ => (Part::Run, 3),
        };
        let last = run.len().saturating_sub(1);
        for (n, &slot) in run.iter().enumerate() {
            let within = if n == 0 { 0 } else { 1 + usize::from(n == last) };
            self.places[slot] = Some(first + if part == Part::Run { within } else { 0 });
        }
        self.parts.push(part);
        self.options += options;
    }
}

impl Charted {
    fn new(frame: &Frame, parts: &[Part]) -> Self {
        let vocabulary = &frame.bundled.vocabulary;
        let row = frame.row(parts.iter().flat_map(|&part| items(part, vocabulary.classes())));
        let slots = Slots::new(&row, vocabulary);
        let chart = AnyChart::new(&frame.grammar, &slots);
        let status = chart.status();
        let seen = Seen { frame, slots: &slots, chart: &chart };
        let options = if status == Status::Undecided { Vec::new() } else { seen.options(parts) };
        Self { status, options }
    }
}

/// What a part is in the row of the lattice.
fn items(part: Part, classes: usize) -> Vec<Item> {
    let every = || (0..classes).collect();
    let end = || Item::Slot { classes: every(), optional: true };
    match part {
        Part::Token(class) => vec![Item::Slot { classes: vec![class], optional: false }],
        Part::Only => vec![Item::Elastic { classes: every() }],
        Part::Run => vec![end(), Item::Gap, end()],
        Part::Wide => vec![Item::Gap],
    }
}

/// A chart that was filled, and what its edges stand for.
struct Seen<'c> {
    frame: &'c Frame,
    slots: &'c Slots,
    chart: &'c AnyChart,
}

impl Seen<'_> {
    fn options(&self, parts: &[Part]) -> Vec<Options> {
        let (mut slot, mut gap, mut options) = (self.frame.left.len(), 0, Vec::new());
        for part in parts {
            match part {
                Part::Token(_) => slot += 1,
                Part::Only => {
                    options.push(self.only(slot, gap));
                    (slot, gap) = (slot + 1, gap + 1);
                }
                Part::Run => {
                    options.extend([self.end(slot), self.within(gap), self.end(slot + 1)]);
                    (slot, gap) = (slot + 2, gap + 1);
                }
                Part::Wide => {
                    options.push(self.within(gap));
                    gap += 1;
                }
            }
        }
        options
    }

    fn only(&self, slot: usize, gap: usize) -> Options {
        let used = |edge: usize| self.chart.used(edge);
        let shorter = self.slots.empty_edges(slot).iter().any(|&edge| !used(edge).is_empty());
        Options { tokens: self.tokens_of(slot), longer: self.slots.gap_occurs(gap, &used), shorter }
    }

    fn end(&self, slot: usize) -> Options {
        self.of_run(self.tokens_of(slot))
    }

    fn within(&self, gap: usize) -> Options {
        let vocabulary = &self.frame.bundled.vocabulary;
        let looped = self.chart.looped(self.slots.gap_node(gap));
        let classes = self.slots.gap_classes(gap, vocabulary, &|edge| self.chart.used(edge), looped);
        self.of_run(self.members(classes.into_iter()))
    }

    /// Of a slot with other masks beside it: their number is free as long as anything parses.
    fn of_run(&self, tokens: BitSet) -> Options {
        let alive = self.chart.status() == Status::Alive;
        Options { tokens, longer: alive, shorter: alive }
    }

    fn tokens_of(&self, slot: usize) -> BitSet {
        self.members(self.slots.used_classes(slot, &|edge| self.chart.used(edge)))
    }

    fn members(&self, classes: impl Iterator<Item = usize>) -> BitSet {
        let vocabulary = &self.frame.bundled.vocabulary;
        let mut tokens = BitSet::empty(vocabulary.len());
        classes.for_each(|class| vocabulary.add_members(class, &mut tokens));
        tokens
    }
}
