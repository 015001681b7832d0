//! Answers that were asked for lately: the fills of one hole come back to the same states, and so do holes that an expression fills.

use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;

/// A bounded memory of answers. Holds at most twice `most`; what nobody asked for while `most` others came is forgotten.
#[derive(Debug)]
pub(crate) struct Recent<K, V> {
    most: usize,
    known: Mutex<Known<K, V>>,
}

#[derive(Debug)]
struct Known<K, V> {
    young: FxHashMap<K, V>,
    old: FxHashMap<K, V>,
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    pub(crate) fn new(most: usize) -> Self {
        let known = Known { young: FxHashMap::default(), old: FxHashMap::default() };
        Self { most, known: Mutex::new(known) }
    }

    /// The answer to a question, found out when it is not known. Two who ask at once may both find it out.
    pub(crate) fn answer(&self, question: K, find: impl FnOnce() -> V) -> V {
        let known = self.lock(|known| known.young.get(&question).cloned().or_else(|| known.old.remove(&question)));
        let answer = known.unwrap_or_else(find);
        let kept = answer.clone();
        self.lock(|known| {
            if known.young.len() >= self.most && !known.young.contains_key(&question) {
                known.old = std::mem::take(&mut known.young);
            }
            known.young.insert(question, kept);
        });
        answer
    }

    fn lock<T>(&self, what: impl FnOnce(&mut Known<K, V>) -> T) -> T {
        what(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;

    /// Nobody finds out what is known; what was not asked for is forgotten first.
    #[test]
    fn remembers_what_is_asked_for() {
        let recent = Recent::new(2);
        let mut found = Vec::new();
        for question in [1, 2, 1, 3, 1, 4, 1, 2] {
            assert_eq!(
                recent.answer(question, || {
                    found.push(question);
                    question * 10
                }),
                question * 10
            );
        }
        assert_eq!(found, [1, 2, 3, 4, 2]);
    }
}
