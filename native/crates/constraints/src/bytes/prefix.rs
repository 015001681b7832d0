//! A fill that grows from left to right.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::ByteVocabulary;
use super::lexer::{Fault, Lexer, Row};
use super::moves::{DOUBT, Moves, Paths};
use super::suffix::{Suffix, last_section, read_section, readings};
use crate::bits::BitSet;
use crate::context::trim;
use crate::region::{AnyChart, Status};
use crate::slots::{Item, Slots};
use crate::terminal::TerminalSet;
use crate::vocabulary::{Exit, Move, Vocabulary};

/// What stands around a fill.
#[derive(Debug)]
struct Hole {
    vocabulary: Arc<ByteVocabulary>,
    after: Vec<u8>,
    suffixes: Vec<Suffix>,
}

/// The beginning of a fill.
#[derive(Clone, Debug)]
pub struct BytePrefix {
    hole: Arc<Hole>,
    text: Vec<u8>,
    lexer: Lexer,
    /// Lexemes before the fill, from the statement before its own on, and of the fill.
    rows: Vec<Row>,
    /// Whether everything is allowed: the texts around parse with no fill, or the reader does not know.
    doubt: bool,
}

/// Blocks that a token can begin and that have to end again.
const BEGUN: usize = 3;
/// Proper beginnings of rows of lexemes that one chart looks at.
const BEGINNINGS: usize = 48;

impl BytePrefix {
    /// An empty fill between two texts.
    pub fn new(vocabulary: Arc<ByteVocabulary>, before: &str, after: &str) -> Self {
        let before = before.strip_prefix('\u{feff}').unwrap_or(before);
        let (mut lexer, mut rows) = (Lexer::at_start(), Vec::new());
        let read = lexer.read(&vocabulary.kinds, before.as_bytes(), &mut rows);
        last_section(&vocabulary.grammar, &vocabulary.kinds, &mut rows);
        let suffixes = readings(&vocabulary.grammar, &vocabulary.kinds, &lexer, after.as_bytes());
        let hole = Arc::new(Hole { vocabulary, after: after.as_bytes().to_vec(), suffixes });
        let mut fill = Self { hole, text: Vec::new(), lexer, rows, doubt: read.is_err() };
        let suffixes: Vec<Suffix> = fill.hole.suffixes.iter().filter(|suffix| fill.reaches(suffix)).cloned().collect();
        fill.doubt |= suffixes.is_empty();
        fill.hole =
            Arc::new(Hole { suffixes, vocabulary: fill.hole.vocabulary.clone(), after: fill.hole.after.clone() });
        fill
    }

    /// Whether the fill is judged at all.
    pub fn guided(&self) -> bool {
        !self.doubt
    }

    /// Bytes of the fill.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Appends a token; false, and nothing is changed, when it spells nothing here. Whether anything parses then is not asked.
    ///
    /// # Panics
    /// When there is no such token.
    pub fn push(&mut self, id: usize) -> bool {
        let vocabulary = self.hole.vocabulary.clone();
        self.write(vocabulary.token(id))
    }

    /// The same for any bytes.
    pub fn write(&mut self, bytes: &[u8]) -> bool {
        if !self.doubt {
            let (mut lexer, known) = (self.lexer.clone(), self.rows.len());
            match lexer.read(&self.hole.vocabulary.kinds, bytes, &mut self.rows) {
                Ok(()) => self.lexer = lexer,
                Err(Fault::Doubt) => self.doubt = true,
                Err(Fault::Wrong) => {
                    self.rows.truncate(known);
                    return false;
                }
            }
        }
        self.text.extend(bytes);
        true
    }

    /// Tokens with which some fill of the hole goes on.
    pub fn allowed(&self) -> BitSet {
        let vocabulary = &self.hole.vocabulary;
        if self.doubt {
            return spelled(vocabulary.len(), |id| !vocabulary.token(id).is_empty());
        }
        let moves = vocabulary.moves(&self.lexer);
        let mut classes = vec![false; moves.paths.len()];
        classes[DOUBT as usize] = true;
        for suffix in &self.hole.suffixes {
            self.mark(&moves, suffix, &mut classes);
        }
        spelled(vocabulary.len(), |id| classes[moves.class_of[id] as usize])
    }

    /// Marks the classes that occur in a parse with this reading of the suffix.
    fn mark(&self, moves: &Moves, suffix: &Suffix, classes: &mut [bool]) {
        let laid = Laid::new(self, suffix, moves.paths.iter().map(steps).collect());
        let mut own: Vec<usize> = (DOUBT as usize + 1..classes.len()).filter(|&class| !classes[class]).collect();
        own.sort_unstable_by(|&a, &b| moves.paths[a].cmp(&moves.paths[b]));
        for some in portions(&own, &moves.paths) {
            laid.mark(some, classes);
        }
    }

    /// Whether some fill goes on from here.
    pub fn completes(&self) -> bool {
        self.doubt || self.hole.suffixes.iter().any(|suffix| self.reaches(suffix))
    }

    /// Whether some fill goes on to this reading of the suffix. What one does not reach none of its continuations does.
    fn reaches(&self, suffix: &Suffix) -> bool {
        let laid = Laid::new(self, suffix, vec![steps(&self.lexer.pending(&self.hole.vocabulary.kinds))]);
        let class = laid.vocabulary.class(0);
        laid.chart(Item::Slot { classes: vec![class], optional: false }).1.status() != Status::Dead
    }

    /// Whether the whole text parses with the fill as it is.
    pub fn ends(&self) -> bool {
        self.doubt
            || self.whole().is_some_and(|items| {
                let vocabulary = Vocabulary::new(Vec::new(), vec![Exit::Anywhere]);
                let slots = Slots::new(&items, &vocabulary);
                AnyChart::new(&self.hole.vocabulary.grammar, &slots).status() != Status::Dead
            })
    }

    /// The fill with what stands around it; None when these are not lexemes of Python.
    fn whole(&self) -> Option<Vec<Item>> {
        let vocabulary = &self.hole.vocabulary;
        let (grammar, kinds) = (&vocabulary.grammar, &vocabulary.kinds);
        let (mut lexer, mut rows) = (self.lexer.clone(), Vec::new());
        if !read_section(grammar, kinds, &mut lexer, &self.hole.after, &mut rows)? {
            lexer.finish(kinds, &mut rows).ok()?;
        }
        let mut row: Vec<Item> = self.rows.iter().filter_map(lexeme).collect();
        row.push(Item::Slot { classes: Vec::new(), optional: true });
        row.extend(rows.iter().filter_map(lexeme));
        row.extend(end_of_file(vocabulary));
        Some(trim(row, grammar))
    }
}

fn steps(paths: &Paths) -> Vec<Move> {
    paths.iter().map(|path| Move { from: 0, path: path.clone(), to: 0 }).collect()
}

/// Classes in portions that a chart can hold, those with a common beginning next to each other.
fn portions<'c>(classes: &'c [usize], paths: &[Paths]) -> Vec<&'c [usize]> {
    let (mut all, mut from, mut known) = (Vec::new(), 0, FxHashSet::default());
    for (at, &class) in classes.iter().enumerate() {
        known.extend(paths[class].iter().flat_map(|path| (1..path.len()).map(|length| &path[..length])));
        if known.len() > BEGINNINGS {
            all.push(&classes[from..=at]);
            from = at + 1;
            known.clear();
        }
    }
    all.push(&classes[from..]);
    all.retain(|some| !some.is_empty());
    all
}

fn spelled(len: usize, is_in: impl Fn(usize) -> bool) -> BitSet {
    let mut set = BitSet::empty(len);
    (0..len).filter(|&id| is_in(id)).for_each(|id| set.insert(id));
    set
}

fn lexeme(row: &Row) -> Option<Item> {
    match row {
        Row::Lexeme(set) => Some(Item::Lexeme(*set)),
        _ => None,
    }
}

fn end_of_file(vocabulary: &ByteVocabulary) -> Option<Item> {
    vocabulary.grammar.terminals().get("ENDMARKER").map(|end| Item::Lexeme(TerminalSet::of(end)))
}

/// A fill and one reading of its suffix, with a vocabulary for the tokens that go on with it and for what the suffix leaves open.
struct Laid<'a> {
    vocabulary: Vocabulary,
    grammar: &'a crate::grammar::Grammar,
    before: Vec<Item>,
    after: Vec<Item>,
}

impl<'a> Laid<'a> {
    fn new(fill: &'a BytePrefix, suffix: &Suffix, mut tokens: Vec<Vec<Move>>) -> Self {
        let vocabulary = &fill.hole.vocabulary;
        let kinds = &vocabulary.kinds;
        let one = |set: TerminalSet| vec![Move { from: 0, path: vec![set], to: 0 }];
        let extra = tokens.len();
        tokens.extend([kinds.dedent, kinds.indent.union(kinds.dedent), kinds.newline].map(one));
        let made = Vocabulary::new(tokens, vec![Exit::Anywhere]);
        let [dedent, step, newline] = [0, 1, 2].map(|n| made.class(extra + n));
        let optional = |class: usize| Item::Slot { classes: vec![class], optional: true };
        let dedents = fill.lexer.depth() + BEGUN;
        let mut row: Vec<Item> = fill.rows.iter().filter_map(lexeme).collect();
        row.push(optional(newline));
        let mut glued = suffix.glued;
        for next in &suffix.rows {
            match next {
                Row::Lexeme(set) => {
                    let set = if std::mem::take(&mut glued) { set.union(kinds.inline) } else { *set };
                    row.push(Item::Lexeme(set));
                }
                Row::MayEnd => row.push(optional(newline)),
                Row::Step => row.extend([step].into_iter().chain(std::iter::repeat_n(dedent, dedents)).map(optional)),
                Row::Closes => row.extend(std::iter::repeat_n(dedent, dedents).map(optional)),
                Row::Dedents => {
                    row.push(Item::Lexeme(kinds.dedent));
                    row.extend(std::iter::repeat_n(dedent, dedents).map(optional));
                }
            }
        }
        row.extend(end_of_file(vocabulary));
        let mut before = trim(row, &vocabulary.grammar);
        let place = before.iter().position(Item::is_open).unwrap_or(before.len());
        let after = before.split_off(place).split_off(1);
        Self { vocabulary: made, grammar: &vocabulary.grammar, before, after }
    }

    /// Marks those of the classes that occur in a parse; all of them where that is too much to decide.
    fn mark(&self, some: &[usize], marked: &mut [bool]) {
        let mut classes: Vec<usize> = some.iter().map(|&class| self.vocabulary.class(class)).collect();
        classes.sort_unstable();
        classes.dedup();
        let (slots, chart) = self.chart(Item::Slot { classes, optional: false });
        if chart.status() == Status::Undecided {
            return some.iter().for_each(|&class| marked[class] = true);
        }
        let used = |edge: usize| chart.used(edge);
        let found: FxHashSet<usize> = slots.used_classes(0, &used).collect();
        some.iter()
            .filter(|&&class| found.contains(&self.vocabulary.class(class)))
            .for_each(|&class| marked[class] = true);
    }

    /// The chart with this in front of a gap.
    fn chart(&self, next: Item) -> (Slots, AnyChart) {
        let mut items = self.before.clone();
        items.extend([next, Item::Gap]);
        items.extend(self.after.iter().cloned());
        let slots = Slots::new(&items, &self.vocabulary);
        let chart = AnyChart::new(self.grammar, &slots);
        (slots, chart)
    }
}
