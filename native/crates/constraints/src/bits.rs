//! A set of small integers.

/// A fixed-size set of indices, one bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BitSet {
    words: Vec<u64>,
    len: usize,
}

impl BitSet {
    /// No index out of `len`.
    pub fn empty(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len }
    }

    /// Every index below `len`.
    pub fn full(len: usize) -> Self {
        let mut set = Self { words: vec![u64::MAX; len.div_ceil(64)], len };
        if len % 64 != 0 {
            set.words[len / 64] = (1 << (len % 64)) - 1;
        }
        set
    }

    /// One more than the largest index it can hold.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no index is in the set.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&w| w == 0)
    }

    /// How many indices are in the set.
    pub fn count(&self) -> usize {
        self.words.iter().map(|w| w.count_ones() as usize).sum()
    }

    /// Whether an index is in the set.
    pub fn contains(&self, index: usize) -> bool {
        self.words.get(index / 64).is_some_and(|w| w >> (index % 64) & 1 == 1)
    }

    /// Adds an index below `len`.
    pub fn insert(&mut self, index: usize) {
        self.words[index / 64] |= 1 << (index % 64);
    }

    /// Adds every index of a set of the same length.
    pub fn union_with(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(w, o)| *w |= o);
    }

    /// Removes every index that is not in a set of the same length.
    pub fn intersect_with(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(w, o)| *w &= o);
    }

    /// The indices in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(i, &w)| ones(w).map(move |b| i * 64 + b))
    }

    /// Its words, 64 indices each, lowest first.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// Removes every index.
    pub fn clear(&mut self) {
        self.words.fill(0);
    }
}

/// Positions of the set bits of a word.
pub fn ones(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        (word != 0).then(|| {
            let low = word.trailing_zeros() as usize;
            word &= word - 1;
            low
        })
    })
}
