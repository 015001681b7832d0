//! What each token of a byte-level vocabulary spells, read from one state.

use rustc_hash::FxHashMap;

use super::kinds::Kinds;
use super::lexer::{Fault, Lexer, Row};
use crate::terminal::TerminalSet;

/// Rows of lexemes that a token can be the beginning of.
pub(super) type Paths = Vec<Vec<TerminalSet>>;

/// The tokens of a vocabulary by what they spell.
#[derive(Debug)]
pub(super) struct Moves {
    /// Of each token. [`DEAD`] spells nothing, [`DOUBT`] may spell anything.
    pub class_of: Vec<u32>,
    /// Of each class; empty for the first two.
    pub paths: Vec<Paths>,
}

pub(super) const DEAD: u32 = 0;
pub(super) const DOUBT: u32 = 1;

/// Tokens in the order of their bytes, with the number of bytes that each shares with the one before.
#[derive(Debug)]
pub(super) struct Sorted {
    pub tokens: Vec<Vec<u8>>,
    order: Vec<(u32, u32)>,
}

impl Sorted {
    pub(super) fn new(tokens: Vec<Vec<u8>>) -> Self {
        let mut ids: Vec<u32> = (0..tokens.len() as u32).collect();
        ids.sort_unstable_by(|&a, &b| tokens[a as usize].cmp(&tokens[b as usize]));
        let shared = |a: &[u8], b: &[u8]| a.iter().zip(b).take_while(|(x, y)| x == y).count() as u32;
        let mut before: &[u8] = &[];
        let mut order = Vec::with_capacity(ids.len());
        for id in ids {
            let token = &tokens[id as usize];
            order.push((id, shared(before, token)));
            before = token;
        }
        Self { order, tokens }
    }

    /// What the tokens spell behind `from`.
    pub(super) fn moves(&self, kinds: &Kinds, from: &Lexer) -> Moves {
        let mut moves = Moves { class_of: vec![DEAD; self.tokens.len()], paths: vec![Paths::new(); 2] };
        let mut known: FxHashMap<Paths, u32> = FxHashMap::default();
        let mut walk = Walk { states: vec![(from.clone(), 0)], out: Vec::new(), fault: None };
        for &(id, shared) in &self.order {
            let token = &self.tokens[id as usize];
            moves.class_of[id as usize] = match walk.to(kinds, token, shared as usize) {
                _ if token.is_empty() => DEAD,
                Err(Fault::Wrong) => DEAD,
                Err(Fault::Doubt) => DOUBT,
                Ok(paths) => *known.entry(paths).or_insert_with_key(|paths| {
                    moves.paths.push(paths.clone());
                    (moves.paths.len() - 1) as u32
                }),
            };
        }
        moves
    }
}

/// A walk through the bytes of sorted tokens.
struct Walk {
    /// Reader and number of lexemes after so many bytes.
    states: Vec<(Lexer, usize)>,
    out: Vec<Row>,
    /// Number of bytes with which the last token went wrong.
    fault: Option<(usize, Fault)>,
}

impl Walk {
    /// Rows of lexemes that a token begins; its first `shared` bytes are those of the token before.
    fn to(&mut self, kinds: &Kinds, token: &[u8], shared: usize) -> Result<Paths, Fault> {
        self.fault = self.fault.filter(|&(bytes, _)| bytes <= shared);
        if let Some((_, fault)) = self.fault {
            return Err(fault);
        }
        self.states.truncate(shared + 1);
        for (at, &byte) in token.iter().enumerate().skip(shared) {
            let (mut lexer, lexemes) = self.states[at].clone();
            self.out.truncate(lexemes);
            if let Err(fault) = lexer.feed(kinds, byte, &mut self.out) {
                self.fault = Some((at + 1, fault));
                return Err(fault);
            }
            self.states.push((lexer, self.out.len()));
        }
        let (lexer, lexemes) = &self.states[token.len()];
        let read = self.out[..*lexemes].iter().map(|row| match row {
            Row::Lexeme(set) => Ok(*set),
            _ => Err(Fault::Doubt),
        });
        let read: Vec<TerminalSet> = read.collect::<Result<_, _>>()?;
        Ok(lexer.pending(kinds).into_iter().map(|rest| [read.as_slice(), &rest].concat()).collect())
    }
}
