//! One fill of a hole while it is denoised: what each slot may hold, commits, the best rest.

use std::sync::Arc;

use crate::bits::BitSet;
use crate::bundled::Bundled;
use crate::frame::Frame;
use crate::growing::{Growing, Held, Options};
use crate::region::Status;
use crate::settled::Settled;

/// A fill, by whether its number of tokens is final.
#[derive(Debug)]
enum Shape {
    Fixed(Box<Settled>),
    Growing(Box<Growing>),
}

/// A fill of one hole.
#[derive(Debug)]
pub struct Fill {
    frame: Arc<Frame>,
    held: Vec<Held>,
    shape: Shape,
}

impl Bundled {
    fn held(&self, id: usize) -> Held {
        match self.requests.iter().position(|&request| request == Some(id)) {
            Some(0) => Held::Masked,
            Some(1) => Held::Longer,
            Some(_) => Held::Shorter,
            None => Held::Token(id),
        }
    }
}

impl Fill {
    /// A fill of exactly these slots; the vocabulary's mask stands for a slot that holds nothing yet.
    ///
    /// # Panics
    /// When an id is not in the vocabulary.
    pub fn fixed(frame: Arc<Frame>, ids: &[usize]) -> Self {
        let held: Vec<Held> = ids.iter().map(|&id| frame.bundled.held(id)).collect();
        let settled = Settled::new(frame.clone(), &held);
        Self { frame, held, shape: Shape::Fixed(Box::new(settled)) }
    }

    /// A fill whose masks may become any number of tokens.
    ///
    /// # Panics
    /// When an id is not in the vocabulary.
    pub fn growing(frame: Arc<Frame>, ids: &[usize]) -> Self {
        let held: Vec<Held> = ids.iter().map(|&id| frame.bundled.held(id)).collect();
        let growing = Growing::new(frame.clone(), held.clone());
        Self { frame, held, shape: Shape::Growing(Box::new(growing)) }
    }

    /// Whether some fill of the masks parses.
    pub fn status(&self) -> Status {
        match &self.shape {
            Shape::Fixed(settled) => settled.status(),
            Shape::Growing(growing) => growing.status(),
        }
    }

    /// Number of slots.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether it has no slot.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Size of the vocabulary.
    pub fn width(&self) -> usize {
        self.frame.bundled.vocabulary.len()
    }

    /// What may be put into a slot, requests for another length among it.
    ///
    /// # Panics
    /// When there is no such slot.
    pub fn mask(&self, slot: usize) -> BitSet {
        let options = match &self.shape {
            Shape::Fixed(settled) => Options { tokens: settled.tokens(slot), longer: false, shorter: false },
            Shape::Growing(growing) => growing.options(slot),
        };
        let mut tokens = options.tokens;
        let [_, longer, shorter] = self.frame.bundled.requests;
        for id in longer.filter(|_| options.longer).into_iter().chain(shorter.filter(|_| options.shorter)) {
            tokens.insert(id);
        }
        tokens
    }

    /// The same, less the tokens that spell nothing between what the other slots hold. Slower: each token is looked at.
    ///
    /// # Panics
    /// When there is no such slot.
    pub fn exact_mask(&self, slot: usize) -> BitSet {
        let allowed = self.mask(slot);
        let mut kept = self.frame.spelled(&self.held, slot, &allowed);
        let requests = self.frame.bundled.requests.iter().flatten();
        requests.filter(|&&id| allowed.contains(id)).for_each(|&id| kept.insert(id));
        kept
    }

    /// Puts an id into a slot if some fill of the masks then parses, and says whether it did. Doubt counts as yes.
    ///
    /// # Panics
    /// When there is no such slot or id.
    pub fn propose(&mut self, slot: usize, id: usize) -> bool {
        let held = self.frame.bundled.held(id);
        let before = std::mem::replace(&mut self.held[slot], held);
        let taken = self.frame.spells(&self.held) && self.take(slot, held);
        if !taken {
            self.held[slot] = before;
        }
        taken
    }

    fn take(&mut self, slot: usize, held: Held) -> bool {
        match (&mut self.shape, held) {
            (Shape::Fixed(settled), Held::Token(token)) => settled.take(slot, token),
            (Shape::Fixed(_), _) => false,
            (Shape::Growing(growing), held) => match growing.with(slot, held) {
                Some(next) => {
                    **growing = next;
                    true
                }
                None => false,
            },
        }
    }

    /// The likeliest fill of a final length. `score(slot, id)`: log-probability. None when none parses, when it is too large to
    /// decide, or while the length may change.
    pub fn best(&mut self, score: &mut dyn FnMut(usize, usize) -> f32) -> Option<Vec<usize>> {
        let Shape::Fixed(settled) = &mut self.shape else { return None };
        let chosen = settled.best(score)?.into_iter().zip(&self.held);
        chosen.map(|(token, held)| if let Held::Token(known) = held { Some(*known) } else { token }).collect()
    }
}
