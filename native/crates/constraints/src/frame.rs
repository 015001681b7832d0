//! A hole among the tokens of its document: the statements around it, made small once for all of its fills.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use crate::bits::BitSet;
use crate::bundled::{Bundled, Lexeme, Token, read};
use crate::context::{CONTINUING, trim};
use crate::grammar::Grammar;
use crate::growing::{Charted, Growing, Held, Part};
use crate::recent::Recent;
use crate::region::Status;
use crate::settled::Masks;
use crate::slots::Item;
use crate::spelling::Spelling;
use crate::terminal::{Terminal, TerminalSet};

/// What surrounds a hole.
#[derive(Debug)]
pub struct Frame {
    pub(crate) grammar: Arc<Grammar>,
    pub(crate) bundled: Arc<Bundled>,
    /// Context before and after the hole, without what no fill can touch.
    pub(crate) before: Vec<Item>,
    pub(crate) after: Vec<Item>,
    /// Tokens next to the hole that are pieces of a lexeme which the hole cuts.
    pub(crate) left: Vec<usize>,
    pub(crate) right: Vec<usize>,
    parses: OnceLock<bool>,
    /// What is being spelled where the hole begins, and the tokens behind it up to the end of their line. None when what stands there
    /// already spells nothing.
    spelling: Option<(Spelling, Vec<usize>)>,
    /// Fills whose length may change, by their parts.
    pub(crate) growing: Recent<Vec<Part>, Arc<Charted>>,
    /// Fills of a final length, by the classes of what their slots hold.
    pub(crate) settled: Recent<Vec<Option<usize>>, Arc<Masks>>,
    /// All tokens that spell something behind a state and before others.
    spelled: Recent<(Spelling, Vec<usize>), Arc<BitSet>>,
}

/// States of a fill that are remembered: a few kilobytes each.
const REMEMBERED: usize = 512;

/// What stands around a hole.
struct Context {
    before: Vec<Item>,
    after: Vec<Item>,
    left: Vec<usize>,
    right: Vec<usize>,
}

/// Tokens behind a hole that are looked at for what a fill spells.
const AHEAD: usize = 96;

/// Where a fill goes among the tokens of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// First token that the fill replaces.
    pub first: usize,
    /// One past the last.
    pub last: usize,
    /// Whether a fill may go on with the word that ends where the hole begins.
    pub joins: bool,
    /// Whether the NEWLINE at the end of a fill may be left out.
    pub ends_line: bool,
}

impl Frame {
    /// A hole among the tokens `ids` of a document.
    pub fn new(grammar: Arc<Grammar>, bundled: Arc<Bundled>, ids: &[usize], hole: Hole) -> Self {
        let lexemes = read(grammar.terminals(), ids.iter().map(|&id| &bundled.tokens[id]));
        let Hole { first, last, joins, ends_line } = hole;
        let cut = |l: &Lexeme| l.first < first && (l.last > first || (joins && l.last == first && l.grows));
        let from = lexemes.iter().find(|l| cut(l)).map_or(first, |l| l.first);
        let to = lexemes.iter().find(|l| l.first < last && l.last > last).map_or(last, |l| l.last);
        let signs = Signs::of(&grammar);
        let section = signs.section(&lexemes, from, to);
        let item = |l: &Lexeme| l.set.map(Item::Lexeme);
        let mut row: Vec<Item> = section.iter().filter(|l| l.last <= from).filter_map(item).collect();
        row.push(Item::Slot { classes: Vec::new(), optional: false });
        row.extend(section.iter().filter(|l| l.first >= to).filter_map(item));
        row.extend(grammar.terminals().get("ENDMARKER").map(|t| Item::Lexeme(TerminalSet::of(t))));
        let mut before = trim(row, &grammar);
        let slot = before.iter().position(Item::is_open).unwrap_or(before.len());
        let mut after = before.split_off(slot).split_off(1);
        // Elsewhere comments are left out; next to the hole they may end its line.
        let comment = grammar.terminals().get("COMMENT").map(|t| Item::Lexeme(TerminalSet::of(t)));
        let is_comment = |lexeme: Option<&Lexeme>| lexeme.is_some_and(|l| l.set.is_none());
        before.extend(comment.clone().filter(|_| is_comment(section.iter().rfind(|l| l.last <= from))));
        after.splice(0..0, comment.filter(|_| is_comment(section.iter().find(|l| l.first >= to))));
        if ends_line {
            let slot =
                newline(&bundled).map(|id| Item::Slot { classes: vec![bundled.vocabulary.class(id)], optional: true });
            after.splice(0..0, slot);
        }
        let (left, right) = (ids[from..first].to_vec(), ids[last..to].to_vec());
        let spelling = spelling(&bundled, ids, first, last);
        let context = Context { before, after, left, right };
        Self::of(grammar, bundled, context, spelling)
    }

    /// A hole that one expression fills, whatever stands around it.
    pub fn expression(grammar: Arc<Grammar>, bundled: Arc<Bundled>) -> Self {
        let item = |name: &str| grammar.terminals().get(name).map(|t| Item::Lexeme(TerminalSet::of(t)));
        let (before, after) = (item("ALONE").into_iter().collect(), item("ENDMARKER").into_iter().collect());
        let newline: Vec<usize> = newline(&bundled).into_iter().collect();
        let spelling = spelling(&bundled, &newline, 0, 0); // whatever stands behind it begins a lexeme of its own
        let context = Context { before, after, left: Vec::new(), right: Vec::new() };
        Self::of(grammar, bundled, context, spelling)
    }

    fn of(
        grammar: Arc<Grammar>,
        bundled: Arc<Bundled>,
        context: Context,
        spelling: Option<(Spelling, Vec<usize>)>,
    ) -> Self {
        let Context { before, after, left, right } = context;
        Self {
            grammar,
            bundled,
            before,
            after,
            left,
            right,
            parses: OnceLock::new(),
            spelling,
            growing: Recent::new(REMEMBERED),
            settled: Recent::new(REMEMBERED),
            spelled: Recent::new(REMEMBERED),
        }
    }

    /// What stands in the hole, with its context and the pieces of lexemes next to it.
    pub(crate) fn row(&self, hole: impl Iterator<Item = Item>) -> Vec<Item> {
        let fixed =
            |&token: &usize| Item::Slot { classes: vec![self.bundled.vocabulary.class(token)], optional: false };
        let (left, right) = (self.left.iter().map(fixed), self.right.iter().map(fixed));
        self.before.iter().cloned().chain(left).chain(hole).chain(right).chain(self.after.iter().cloned()).collect()
    }

    /// Whether these slots spell something, or may once they are filled.
    pub(crate) fn spells(&self, held: &[Held]) -> bool {
        let Some((left, ahead)) = &self.spelling else { return true };
        let bundled = &self.bundled;
        read_slots(bundled, left.clone(), held).is_some_and(|at| spells(bundled, at, ahead))
    }

    /// Which of the tokens spell something in a slot between what the others hold.
    pub(crate) fn spelled(&self, held: &[Held], slot: usize, tokens: &BitSet) -> BitSet {
        let Some((left, ahead)) = &self.spelling else { return tokens.clone() };
        let bundled = &self.bundled;
        let Some(at) = read_slots(bundled, left.clone(), &held[..slot]) else { return BitSet::empty(tokens.len()) };
        let mut tail = Vec::new();
        for what in &held[slot + 1..] {
            let Held::Token(token) = what else { break };
            tail.push(*token);
        }
        if slot + 1 + tail.len() == held.len() {
            tail.extend(ahead);
        }
        let fitting = self.spelled.answer((at.clone(), tail.clone()), || Arc::new(fitting(bundled, &at, &tail)));
        let mut kept = tokens.clone();
        kept.intersect_with(&fitting);
        kept
    }

    /// Whether any fill at all would parse. Where none does, the document is broken elsewhere.
    pub fn parses(self: &Arc<Self>) -> bool {
        *self.parses.get_or_init(|| Growing::new(self.clone(), vec![Held::Longer]).status() != Status::Dead)
    }
}

/// The token that ends a line.
fn newline(bundled: &Bundled) -> Option<usize> {
    bundled.tokens.iter().position(|token| *token == Token::Lexeme("NEWLINE".to_owned()))
}

/// The spelling of the hole's line up to the hole, with the tokens behind it; None when they spell nothing whatever the hole holds.
fn spelling(bundled: &Bundled, ids: &[usize], first: usize, last: usize) -> Option<(Spelling, Vec<usize>)> {
    let newline = Token::Lexeme("NEWLINE".to_owned());
    let is_newline = |&id: &usize| bundled.tokens[id] == newline;
    let line = ids[..first].iter().rposition(is_newline).map_or(0, |at| at + 1);
    let ahead: Vec<usize> = ids[last..].iter().copied().take(AHEAD).collect();
    let end = ahead.iter().position(is_newline).map_or(ahead.len(), |at| at + 1);
    let real = |id: &&usize| bundled.tokens[**id] != Token::Special;
    let text = ids[line..first].iter().filter(real);
    let left = text.fold(Spelling::at_line_start(bundled.minor), |at, &id| at.after(&bundled.tokens[id]));
    let ahead: Vec<usize> = ahead[..end].iter().filter(real).copied().collect();
    (left.alive() && spells(bundled, left.behind_mask(), &ahead)).then_some((left, ahead))
}

/// The tokens that spell something behind a state and in front of others.
fn fitting(bundled: &Bundled, at: &Spelling, tail: &[usize]) -> BitSet {
    let mut kept = BitSet::empty(bundled.tokens.len());
    let mut known = FxHashMap::default();
    for (id, token) in bundled.tokens.iter().enumerate() {
        if completes(bundled, at.after(token), tail, &mut known) {
            kept.insert(id);
        }
    }
    kept
}

/// Whether tokens can follow. Few of the states that a slot's tokens lead to are still apart one token later: `known` has the answers.
fn completes(bundled: &Bundled, at: Spelling, tail: &[usize], known: &mut FxHashMap<(usize, Spelling), bool>) -> bool {
    let Some((&token, rest)) = tail.split_first() else { return at.alive() };
    if !at.alive() {
        return false;
    }
    let key = (tail.len(), at);
    if let Some(&answer) = known.get(&key) {
        return answer;
    }
    let answer = completes(bundled, key.1.after(&bundled.tokens[token]), rest, known);
    known.insert(key, answer);
    answer
}

/// Behind these slots; None when they spell nothing.
fn read_slots(bundled: &Bundled, from: Spelling, held: &[Held]) -> Option<Spelling> {
    let (mut at, mut masked, mut going) = (from, false, false);
    for what in held {
        match what {
            Held::Token(token) => {
                at = at.after(&bundled.tokens[*token]);
                masked = false;
            }
            Held::Masked | Held::Longer if !masked && !going => {
                at = at.behind_mask();
                masked = true;
            }
            _ => {}
        }
        going = *what == Held::Shorter || (going && *what == Held::Masked);
        if !at.alive() {
            return None;
        }
    }
    Some(at)
}

fn spells(bundled: &Bundled, from: Spelling, tokens: &[usize]) -> bool {
    let step = |at: Spelling, &id: &usize| {
        let next = at.after(&bundled.tokens[id]);
        next.alive().then_some(next)
    };
    tokens.iter().try_fold(from, step).is_some()
}

struct Signs {
    newline: Option<Terminal>,
    indent: Option<Terminal>,
    dedent: Option<Terminal>,
    at: Option<Terminal>,
    continuing: TerminalSet,
}

impl Signs {
    fn of(grammar: &Grammar) -> Self {
        let get = |name: &str| grammar.terminals().get(name);
        Self {
            newline: get("NEWLINE"),
            indent: get("INDENT"),
            dedent: get("DEDENT"),
            at: get("@"),
            continuing: CONTINUING.iter().filter_map(|k| get(k)).collect(),
        }
    }

    fn is(lexeme: &Lexeme, terminal: Option<Terminal>) -> bool {
        terminal.is_some_and(|t| lexeme.set == Some(TerminalSet::of(t)))
    }

    /// The top-level statements that the tokens `from..to` touch, with one more on either side.
    fn section<'l>(&self, lexemes: &'l [Lexeme], from: usize, to: usize) -> &'l [Lexeme] {
        let starts = self.starts(lexemes);
        let before = starts.iter().rev().filter(|&&i| lexemes[i].first <= from).nth(1).map_or(0, |&i| i);
        let after = starts.iter().filter(|&&i| lexemes[i].first >= to).nth(1).map_or(lexemes.len(), |&i| i);
        &lexemes[before..after]
    }

    /// Where top-level statements start; branches and what is decorated are no statements of their own.
    fn starts(&self, lexemes: &[Lexeme]) -> Vec<usize> {
        let (mut starts, mut depth, mut fresh, mut decorated) = (Vec::new(), 0_usize, true, false);
        for (i, lexeme) in lexemes.iter().enumerate() {
            let Some(set) = lexeme.set else { continue };
            if Self::is(lexeme, self.indent) {
                depth += 1;
            } else if Self::is(lexeme, self.dedent) {
                depth = depth.saturating_sub(1);
            } else if fresh && depth == 0 {
                if !decorated && set.intersection(self.continuing).is_empty() {
                    starts.push(i);
                }
                decorated = Self::is(lexeme, self.at);
            }
            fresh = [self.newline, self.indent, self.dedent].iter().any(|&sign| Self::is(lexeme, sign));
        }
        starts
    }
}
