//! Tokens as moves through lexemes.
//!
//! A mode says what a slot boundary is in the middle of: mode 0 is between lexemes, the others are inside one that the next token may
//! continue. A token can make several moves; tokens with the same moves form a class, and masks are decided by class.

use rustc_hash::FxHashMap;

use crate::bits::BitSet;
use crate::grammar::Grammar;
use crate::terminal::TerminalSet;

/// What a slot boundary is in the middle of; 0 is between lexemes.
pub type Mode = u8;

/// One way to read a token.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Move {
    /// Mode before the token.
    pub from: Mode,
    /// Lexemes that begin in the token. Empty for a piece that only continues one.
    pub path: Vec<TerminalSet>,
    /// Mode after the token.
    pub to: Mode,
}

/// How a lexeme that is being spelled may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Before any token or lexeme.
    Anywhere,
    /// Before a lexeme of the context or the end; before a token only by a move of that token.
    BeforeContext,
    /// Only by a move.
    Never,
}

/// What a token of a lexeme-aligned vocabulary is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Piece {
    /// A whole lexeme that nothing continues: a keyword, an operator, NEWLINE, … by its name in the grammar.
    Lexeme(String),
    /// First piece of a lexeme of this kind (`NAME`, `NUMBER`, `STRING`, `FSTRING_MIDDLE`, …), which may be all of it.
    Start(String),
    /// A later piece of a lexeme of this kind.
    Continue(String),
    /// Never in a program: a mask, padding, an unknown token.
    Special,
}

/// The tokens of a model, by class.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    class_of: Vec<u32>,
    /// Every move once, in order, and the numbers of the moves of each class.
    steps: Vec<Move>,
    step_numbers: Vec<Vec<u32>>,
    moves: Vec<Vec<Move>>,
    members: Vec<Vec<u32>>,
    /// Members as a set, of classes where that is quicker to add.
    member_sets: Vec<Option<BitSet>>,
    exits: Vec<Exit>,
    /// Per mode: lexemes whose start leads into it; None when one can be entered without a lexeme.
    enters: Vec<Option<TerminalSet>>,
    /// Per mode: modes that pieces without a lexeme of their own lead to from it, itself first.
    continues: Vec<Vec<Mode>>,
}

impl Vocabulary {
    /// From the moves of each token and the exit of each mode (of mode 0: any, it is not looked at).
    pub fn new(tokens: Vec<Vec<Move>>, exits: Vec<Exit>) -> Self {
        let mut numbers: FxHashMap<Vec<Move>, u32> = FxHashMap::default();
        let mut vocabulary = Self {
            class_of: Vec::new(),
            steps: Vec::new(),
            step_numbers: Vec::new(),
            moves: Vec::new(),
            members: Vec::new(),
            member_sets: Vec::new(),
            exits,
            enters: Vec::new(),
            continues: Vec::new(),
        };
        for (token, mut moves) in tokens.into_iter().enumerate() {
            moves.sort_unstable();
            moves.dedup();
            let class = *numbers.entry(moves.clone()).or_insert_with(|| {
                vocabulary.moves.push(moves);
                vocabulary.members.push(Vec::new());
                (vocabulary.moves.len() - 1) as u32
            });
            vocabulary.class_of.push(class);
            vocabulary.members[class as usize].push(token as u32);
        }
        let mut steps: Vec<Move> = vocabulary.moves.iter().flatten().cloned().collect();
        steps.sort_unstable();
        steps.dedup();
        let number = |m: &Move| steps.partition_point(|step| step < m) as u32;
        vocabulary.step_numbers = vocabulary.moves.iter().map(|moves| moves.iter().map(number).collect()).collect();
        vocabulary.steps = steps;
        let every: Vec<&Move> = vocabulary.moves.iter().flatten().collect();
        vocabulary.enters = (0..vocabulary.exits.len()).map(|mode| entered(mode as Mode, &every)).collect();
        vocabulary.continues = (0..vocabulary.exits.len()).map(|mode| continued(mode as Mode, &every)).collect();
        vocabulary.member_sets = vocabulary.members.iter().map(|members| as_set(members, vocabulary.len())).collect();
        vocabulary
    }

    /// A lexeme-aligned vocabulary: no token crosses a lexeme, blanks are not spelled. A start piece that spells a soft keyword counts
    /// as that keyword too.
    pub fn lexemes(grammar: &Grammar, tokens: &[(Piece, &str)]) -> Self {
        let mut kinds: Vec<&str> = Vec::new();
        for (piece, _) in tokens {
            if let Piece::Continue(kind) = piece {
                if !kinds.contains(&kind.as_str()) {
                    kinds.push(kind);
                }
            }
        }
        let mode = |kind: &str| kinds.iter().position(|k| *k == kind).map_or(0, |i| i as Mode + 1);
        let moves = |(piece, text): &(Piece, &str)| lexeme_moves(grammar, piece, text, &mode);
        Self::new(tokens.iter().map(moves).collect(), vec![Exit::Anywhere; kinds.len() + 1])
    }

    /// Number of tokens.
    pub fn len(&self) -> usize {
        self.class_of.len()
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.class_of.is_empty()
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.moves.len()
    }

    /// Class of a token, below [`Vocabulary::classes`].
    ///
    /// # Panics
    /// When there is no such token.
    pub fn class(&self, token: usize) -> usize {
        self.class_of[token] as usize
    }

    /// Every move that some token makes, once.
    pub fn steps(&self) -> &[Move] {
        &self.steps
    }

    /// Numbers of the moves of a class among all.
    pub fn step_numbers(&self, class: usize) -> &[u32] {
        &self.step_numbers[class]
    }

    /// Moves of the tokens of a class.
    pub fn moves(&self, class: usize) -> &[Move] {
        &self.moves[class]
    }

    /// Tokens of a class.
    pub fn members(&self, class: usize) -> &[u32] {
        &self.members[class]
    }

    /// Adds the tokens of a class to a set of tokens.
    pub fn add_members(&self, class: usize, tokens: &mut BitSet) {
        match &self.member_sets[class] {
            Some(set) => tokens.union_with(set),
            None => self.members[class].iter().for_each(|&t| tokens.insert(t as usize)),
        }
    }

    /// Number of modes, mode 0 included.
    pub fn modes(&self) -> usize {
        self.exits.len()
    }

    /// Lexemes whose start leads into a mode; None when it can be entered between lexemes without one.
    pub fn enters(&self, mode: Mode) -> Option<TerminalSet> {
        self.enters[usize::from(mode)]
    }

    /// Modes that tokens without a lexeme of their own lead to from a mode, itself first.
    pub fn continues(&self, mode: Mode) -> &[Mode] {
        &self.continues[usize::from(mode)]
    }

    /// How a mode ends.
    pub fn exit(&self, mode: Mode) -> Exit {
        self.exits[usize::from(mode)]
    }
}

fn entered(mode: Mode, moves: &[&Move]) -> Option<TerminalSet> {
    let into = |m: &&&Move| m.to == mode && m.from != mode;
    moves.iter().filter(into).try_fold(TerminalSet::EMPTY, |set, m| Some(set.union(*m.path.last()?)))
}

fn continued(mode: Mode, moves: &[&Move]) -> Vec<Mode> {
    let mut reached = vec![mode];
    let mut at = 0;
    while at < reached.len() {
        let from = reached[at];
        for step in moves.iter().filter(|m| m.from == from && m.path.is_empty()) {
            if !reached.contains(&step.to) {
                reached.push(step.to);
            }
        }
        at += 1;
    }
    reached
}

fn as_set(members: &[u32], len: usize) -> Option<BitSet> {
    (members.len() > len / 64).then(|| {
        let mut set = BitSet::empty(len);
        members.iter().for_each(|&t| set.insert(t as usize));
        set
    })
}

fn lexeme_moves(grammar: &Grammar, piece: &Piece, text: &str, mode: &dyn Fn(&str) -> Mode) -> Vec<Move> {
    let terminals = grammar.terminals();
    let whole = |set: TerminalSet| Move { from: 0, path: vec![set], to: 0 };
    match piece {
        Piece::Special => Vec::new(),
        Piece::Lexeme(name) => vec![whole(terminals.of_lexeme(name, text))],
        Piece::Start(kind) => {
            let (all, own) = (terminals.of_lexeme(kind, text), terminals.of_lexeme(kind, ""));
            let unfinished = Move { from: 0, path: vec![own], to: mode(kind) };
            if mode(kind) != 0 && all == own { vec![unfinished] } else { vec![whole(all), unfinished] }
        }
        Piece::Continue(kind) => vec![Move { from: mode(kind), path: Vec::new(), to: mode(kind) }],
    }
}
