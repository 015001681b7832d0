//! A lexeme-aligned vocabulary of 8,192 tokens and real token streams to cut regions from.
#![allow(dead_code, reason = "each test file uses its part")]

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use astral_constraints::grammar::Grammar;
use astral_constraints::region::Place;
use astral_constraints::terminal::TerminalSet;
use astral_constraints::vocabulary::{Piece, Vocabulary};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

/// Kinds spelled in pieces, with how many start and continuing pieces the vocabulary has of each.
const PIECES: [(&str, usize, usize); 4] =
    [("NAME", 3800, 2100), ("STRING", 900, 600), ("NUMBER", 150, 100), ("FSTRING_MIDDLE", 200, 150)];
const SIZE: usize = 8192;

/// A grammar with a vocabulary for it.
pub struct World {
    pub grammar: Arc<Grammar>,
    pub vocabulary: Arc<Vocabulary>,
    pieces: Vec<(Piece, String)>,
    /// Tokens of each piece.
    spelling: HashMap<(Piece, String), Vec<usize>>,
    contexts: RefCell<HashMap<String, Place>>,
}

impl World {
    pub fn new(minor: u8) -> Self {
        let grammar = Grammar::python(minor);
        let names: Vec<String> =
            grammar.terminals().all().iter().map(|t| grammar.terminals().name(t).to_owned()).collect();
        let soft = |name: &str| grammar.terminals().get(name).is_some_and(|t| grammar.terminals().soft().contains(t));
        let outside = [
            "NAME",
            "STRING",
            "BYTES",
            "NUMBER",
            "IMAGINARY",
            "FSTRING_MIDDLE",
            "ENDMARKER",
            "ALONE",
            "TYPE_COMMENT",
            "TSTRING_MIDDLE",
        ];
        let mut pieces = vec![(Piece::Special, String::new()); 5];
        for name in names.iter().filter(|n| !outside.contains(&n.as_str())) {
            let piece = if soft(name) { Piece::Start("NAME".to_owned()) } else { Piece::Lexeme(name.clone()) };
            pieces.push((piece, if soft(name) { name.clone() } else { String::new() }));
        }
        for (kind, starts, continues) in PIECES {
            pieces.extend((0..starts).map(|_| (Piece::Start(kind.to_owned()), String::new())));
            pieces.extend((0..continues).map(|_| (Piece::Continue(kind.to_owned()), String::new())));
        }
        pieces.resize(SIZE, (Piece::Special, String::new()));
        let borrowed: Vec<(Piece, &str)> = pieces.iter().map(|(p, t)| (p.clone(), t.as_str())).collect();
        let vocabulary = Vocabulary::lexemes(&grammar, &borrowed);
        let mut spelling: HashMap<(Piece, String), Vec<usize>> = HashMap::new();
        pieces.iter().enumerate().for_each(|(token, piece)| spelling.entry(piece.clone()).or_default().push(token));
        let (grammar, vocabulary) = (Arc::new(grammar), Arc::new(vocabulary));
        Self { grammar, vocabulary, pieces, spelling, contexts: RefCell::default() }
    }

    pub fn piece(&self, token: usize) -> &(Piece, String) {
        &self.pieces[token]
    }

    fn find(&self, rng: &mut StdRng, piece: Piece, text: &str) -> usize {
        let found = self.spelling.get(&(piece, text.to_owned())).expect("the vocabulary spells every lexeme");
        *found.choose(rng).expect("a piece has a token")
    }

    /// Tokens that spell a lexeme: its own, or one to three pieces.
    pub fn spell(&self, lexeme: &str, rng: &mut StdRng) -> Vec<usize> {
        let (kind, text) = lexeme.split_once(':').filter(|(k, _)| *k == "NAME").unwrap_or((lexeme, ""));
        if !PIECES.iter().any(|p| p.0 == kind) {
            return vec![self.find(rng, Piece::Lexeme(kind.to_owned()), "")];
        }
        let soft = !text.is_empty() && self.grammar.terminals().get(text).is_some();
        let mut tokens = vec![self.find(rng, Piece::Start(kind.to_owned()), if soft { text } else { "" })];
        if !soft {
            let more = [0, 0, 0, 1, 1, 2][rng.random_range(0..6)];
            tokens.extend((0..more).map(|_| self.find(rng, Piece::Continue(kind.to_owned()), "")));
        }
        tokens
    }

    pub fn context(&self, lexeme: &str) -> Place {
        if let Some(known) = self.contexts.borrow().get(lexeme) {
            return known.clone();
        }
        let (kind, text) = lexeme.split_once(':').filter(|(k, _)| *k == "NAME").unwrap_or((lexeme, ""));
        let set = self.grammar.terminals().of_lexeme(kind, text);
        assert!(set != TerminalSet::EMPTY, "no terminal for {lexeme}");
        self.contexts.borrow_mut().insert(lexeme.to_owned(), Place::Context(set));
        Place::Context(set)
    }
}

/// Token streams of real files: the fixture, or the file that the environment names.
pub fn streams() -> Vec<Vec<String>> {
    let named = std::env::var("ASTRAL_TOKENS")
        .ok()
        .map(|path| std::fs::read_to_string(path).expect("ASTRAL_TOKENS is readable"));
    let text = named.unwrap_or_else(|| include_str!("../fixtures/tokens.txt").to_owned());
    text.lines().map(|line| line.split(' ').map(str::to_owned).collect()).collect()
}

pub fn seeded(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// A case: the row of a file with masked slots, and the token that each slot held.
pub struct Case {
    pub row: Vec<Place>,
    pub slots: Vec<(bool, usize)>,
}

/// Cuts 1–4 regions with 1–64 slots in all out of a file; in each some slots are masked, the others hold their token.
pub fn cut(world: &World, stream: &[String], rng: &mut StdRng) -> Case {
    let regions = rng.random_range(1..=4);
    let total = rng.random_range(regions..=64.max(regions));
    let share = [1.0, 0.7, 0.3][rng.random_range(0..3)];
    let mut spans: Vec<(usize, usize)> = Vec::new();
    let near = rng.random_range(0..stream.len());
    for _ in 0..regions {
        let anywhere = rng.random_bool(0.3);
        let start = if anywhere {
            rng.random_range(0..stream.len())
        } else {
            (near + rng.random_range(0..120)).min(stream.len() - 1)
        };
        spans.push((start, start + (total / regions).max(1)));
    }
    let inside = |i: usize| spans.iter().any(|s| s.0 <= i && i < s.1);
    let (mut row, mut slots) = (Vec::new(), Vec::new());
    for (i, lexeme) in stream.iter().enumerate() {
        if !inside(i) || slots.len() >= 64 {
            row.push(world.context(lexeme));
            continue;
        }
        for token in world.spell(lexeme, rng) {
            let masked = rng.random_bool(share);
            row.push(if masked { Place::Masked { optional: rng.random_bool(0.1) } } else { Place::Fixed(token) });
            slots.push((masked, token));
        }
    }
    Case { row, slots }
}
