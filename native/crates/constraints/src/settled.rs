//! A fill of a final length: every mask is one token.

use std::sync::Arc;

use crate::bits::BitSet;
use crate::frame::Frame;
use crate::growing::Held;
use crate::region::{Region, Status};
use crate::slots::Item;

/// What the slots may hold.
#[derive(Debug)]
pub(crate) struct Masks {
    status: Status,
    /// By slot; None of one that holds a token.
    tokens: Vec<Option<BitSet>>,
}

/// One state of a fill.
#[derive(Debug)]
pub(crate) struct Settled {
    frame: Arc<Frame>,
    /// Class of what each slot holds.
    classes: Vec<Option<usize>>,
    /// Its chart, once a state came that the frame does not remember.
    region: Option<Region>,
    masks: Arc<Masks>,
}

impl Settled {
    pub(crate) fn new(frame: Arc<Frame>, held: &[Held]) -> Self {
        let class = |held: &Held| match held {
            Held::Token(token) => Some(frame.bundled.vocabulary.class(*token)),
            _ => None,
        };
        let classes: Vec<Option<usize>> = held.iter().map(class).collect();
        let mut region = None;
        let masks = masks(&frame, &classes, &mut region);
        Self { frame, classes, region, masks }
    }

    pub(crate) fn status(&self) -> Status {
        self.masks.status
    }

    /// What a slot may hold; of one that holds a token, that token and those that the grammar does not tell from it.
    pub(crate) fn tokens(&self, slot: usize) -> BitSet {
        if let Some(tokens) = &self.masks.tokens[slot] {
            return tokens.clone();
        }
        let vocabulary = &self.frame.bundled.vocabulary;
        let mut alike = BitSet::empty(vocabulary.len());
        match (self.status(), self.classes[slot]) {
            (Status::Alive, Some(class)) => vocabulary.add_members(class, &mut alike),
            (Status::Undecided, _) => alike = BitSet::full(vocabulary.len()),
            _ => {}
        }
        alike
    }

    /// Puts a token into a slot if it is allowed there; whether it is.
    pub(crate) fn take(&mut self, slot: usize, token: usize) -> bool {
        let allowed = self.tokens(slot).contains(token);
        if allowed {
            self.classes[slot] = Some(self.frame.bundled.vocabulary.class(token));
            if let Some(region) = &mut self.region {
                region.commit(self.frame.left.len() + slot, token);
            }
            self.masks = masks(&self.frame, &self.classes, &mut self.region);
        }
        allowed
    }

    /// The fill with the highest sum of scores of what is open; None when none parses or it is too large to decide.
    pub(crate) fn best(&mut self, score: &mut dyn FnMut(usize, usize) -> f32) -> Option<Vec<Option<usize>>> {
        let (first, classes) = (self.frame.left.len(), &self.classes);
        let mut shifted =
            |slot: usize, id: usize| match slot.checked_sub(first).and_then(|s| Some((s, classes.get(s)?))) {
                Some((slot, None)) => score(slot, id),
                _ => 0.0,
            };
        let region = self.region.get_or_insert_with(|| laid_out(&self.frame, classes));
        Some(region.best(&mut shifted)?.into_iter().skip(first).take(classes.len()).collect())
    }
}

/// Masks of the open slots, from memory or from the chart, which is made or brought up to date for it.
fn masks(frame: &Frame, classes: &[Option<usize>], region: &mut Option<Region>) -> Arc<Masks> {
    frame.settled.answer(classes.to_vec(), || {
        let region = region.get_or_insert_with(|| laid_out(frame, classes));
        let status = region.status();
        let all = &region.masks()[frame.left.len()..];
        let open = all.iter().zip(classes).map(|(mask, class)| class.is_none().then(|| mask.tokens.clone()));
        Arc::new(Masks { status, tokens: open.collect() })
    })
}

fn laid_out(frame: &Frame, classes: &[Option<usize>]) -> Region {
    let vocabulary = &frame.bundled.vocabulary;
    let slot = |class: &Option<usize>| {
        let classes = class.map_or_else(|| (0..vocabulary.classes()).collect(), |class| vec![class]);
        Item::Slot { classes, optional: false }
    };
    Region::laid_out(frame.grammar.clone(), vocabulary.clone(), frame.row(classes.iter().map(slot)))
}
