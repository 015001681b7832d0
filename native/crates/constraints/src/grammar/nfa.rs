//! From right-hand sides to nondeterministic automata over terminals and calls.
//!
//! A rule is written into its caller unless it is bracketed, listed as a call, or embeds itself. A rule that ends with itself loops.

use rustc_hash::{FxHashMap, FxHashSet};

use super::analysis::Analysis;
use super::expr::Expr;
use crate::terminal::{Terminal, TerminalSet};

/// Pairs of terminals that only occur nested, opener first.
pub const BRACKETS: [(&str, &str); 9] = [
    ("(", ")"),
    ("[", "]"),
    ("{", "}"),
    ("INDENT", "DEDENT"),
    ("FSTRING_START", "FSTRING_END"),
    ("FSTRING_START_SINGLE", "FSTRING_END_SINGLE"),
    ("FSTRING_START_LONG", "FSTRING_END_LONG"),
    ("FSTRING_START_LONG_SINGLE", "FSTRING_END_LONG_SINGLE"),
    ("TSTRING_START", "TSTRING_END"),
];

/// What a transition reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Symbol {
    /// One terminal.
    Terminal(Terminal),
    /// A whole phrase of the called automaton.
    Call(usize),
}

/// What an automaton of its own recognises.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Callee {
    /// A rule.
    Rule(String),
    /// Any of these bracketed sequences (indices into [`Builder::brackets`]), all with the same opener.
    Brackets(Vec<usize>),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Edge {
    Free,
    /// Passable when the next terminal is in the set.
    Ahead(TerminalSet),
    Read(Symbol),
}

#[derive(Debug, Default)]
pub(super) struct Nfa {
    pub edges: Vec<Vec<(Edge, usize)>>,
    /// Start node of each rule already written in, by rule and end node.
    written: FxHashMap<(String, usize), usize>,
}

impl Nfa {
    fn node(&mut self) -> usize {
        self.edges.push(Vec::new());
        self.edges.len() - 1
    }

    fn link(&mut self, from: usize, edge: Edge, to: usize) {
        self.edges[from].push((edge, to));
    }
}

/// A rule that turned out to embed itself and must be called instead of written in.
#[derive(Debug)]
pub(super) struct Embeds(pub String);

/// Builds automata and hands out numbers for what they call.
#[derive(Debug)]
pub struct Builder<'a> {
    pub(super) analysis: &'a Analysis,
    pub(super) called: FxHashSet<String>,
    pub(super) callees: Vec<Callee>,
    numbers: FxHashMap<Callee, usize>,
    pub(super) brackets: Vec<Vec<Expr>>,
    bracket_numbers: FxHashMap<Vec<Expr>, usize>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(analysis: &'a Analysis, called: FxHashSet<String>) -> Self {
        Self {
            analysis,
            called,
            callees: Vec::new(),
            numbers: FxHashMap::default(),
            brackets: Vec::new(),
            bracket_numbers: FxHashMap::default(),
        }
    }

    pub(super) fn number(&mut self, callee: Callee) -> usize {
        *self.numbers.entry(callee.clone()).or_insert_with(|| {
            self.callees.push(callee);
            self.callees.len() - 1
        })
    }

    /// The automaton of a callee: node 0 is its start, node 1 its end.
    pub(super) fn nfa(&mut self, callee: &Callee) -> Result<Nfa, Embeds> {
        let mut nfa = Nfa::default();
        let (start, end) = (nfa.node(), nfa.node());
        let analysis = self.analysis;
        match callee {
            Callee::Rule(name) => {
                let body = &analysis.rules[name];
                nfa.written.insert((name.clone(), end), start);
                self.expr(&mut nfa, body, (start, end), &mut vec![name])?;
            }
            Callee::Brackets(choices) => {
                for &choice in choices {
                    let items = self.brackets[choice].clone();
                    self.bracket_content(&mut nfa, &items, (start, end))?;
                }
            }
        }
        Ok(nfa)
    }

    fn bracket_content(&mut self, nfa: &mut Nfa, items: &[Expr], (start, end): (usize, usize)) -> Result<(), Embeds> {
        let (inside, before_close) = (nfa.node(), nfa.node());
        let last = items.len() - 1;
        self.expr(nfa, &items[0], (start, inside), &mut Vec::new())?;
        self.sequence(nfa, &items[1..last], (inside, before_close), &mut Vec::new())?;
        self.expr(nfa, &items[last], (before_close, end), &mut Vec::new())
    }

    fn expr<'e>(
        &mut self,
        nfa: &mut Nfa,
        expr: &'e Expr,
        (from, to): (usize, usize),
        stack: &mut Vec<&'e str>,
    ) -> Result<(), Embeds>
    where
        'a: 'e,
    {
        match expr {
            Expr::Seq(items) => self.sequence(nfa, items, (from, to), stack),
            Expr::Alt(items) => items.iter().try_for_each(|e| self.expr(nfa, e, (from, to), stack)),
            Expr::Opt(inner) => {
                nfa.link(from, Edge::Free, to);
                self.expr(nfa, inner, (from, to), stack)
            }
            Expr::Star(inner) => {
                let hub = nfa.node();
                nfa.link(from, Edge::Free, hub);
                self.star(nfa, inner, (hub, to), stack)
            }
            Expr::Plus(inner) => self.repeat(nfa, None, inner, (from, to), stack),
            Expr::Gather(separator, item) => self.repeat(nfa, Some(separator), item, (from, to), stack),
            Expr::Token(name) => {
                let read = self.analysis.terminals.get(name).map(|t| Edge::Read(Symbol::Terminal(t)));
                read.into_iter().for_each(|edge| nfa.link(from, edge, to));
                Ok(())
            }
            Expr::Rule(name) => self.rule(nfa, name, (from, to), stack),
            Expr::Ahead(inner) => {
                let known = !self.analysis.nullable(inner);
                nfa.link(from, if known { Edge::Ahead(self.analysis.first(inner)) } else { Edge::Free }, to);
                Ok(())
            }
            Expr::NotAhead(inner) => {
                let barred = self.analysis.single(inner).unwrap_or_default();
                nfa.link(from, Edge::Ahead(barred.complement()), to);
                Ok(())
            }
        }
    }

    fn star<'e>(
        &mut self,
        nfa: &mut Nfa,
        inner: &'e Expr,
        (hub, to): (usize, usize),
        stack: &mut Vec<&'e str>,
    ) -> Result<(), Embeds>
    where
        'a: 'e,
    {
        nfa.link(hub, Edge::Free, to);
        self.expr(nfa, inner, (hub, hub), stack)
    }

    fn repeat<'e>(
        &mut self,
        nfa: &mut Nfa,
        separator: Option<&'e Expr>,
        item: &'e Expr,
        (from, to): (usize, usize),
        stack: &mut Vec<&'e str>,
    ) -> Result<(), Embeds>
    where
        'a: 'e,
    {
        let (before, after) = (nfa.node(), nfa.node());
        nfa.link(from, Edge::Free, before);
        nfa.link(after, Edge::Free, to);
        self.expr(nfa, item, (before, after), stack)?;
        match separator {
            Some(separator) => self.expr(nfa, separator, (after, before), stack),
            None => {
                nfa.link(after, Edge::Free, before);
                Ok(())
            }
        }
    }

    fn sequence<'e>(
        &mut self,
        nfa: &mut Nfa,
        items: &'e [Expr],
        (from, to): (usize, usize),
        stack: &mut Vec<&'e str>,
    ) -> Result<(), Embeds>
    where
        'a: 'e,
    {
        if items.is_empty() {
            nfa.link(from, Edge::Free, to);
        }
        let (mut at, mut index) = (from, 0);
        while index < items.len() {
            let close = closer(items, index);
            let after = close.map_or(index + 1, |i| i + 1);
            let next = if after == items.len() { to } else { nfa.node() };
            match (close, &items[index]) {
                (Some(close), _) => self.bracket(nfa, &items[index..=close], (at, next)),
                // After another item `at` is this sequence's own node and can be the loop's: what is before and in the loop is shared.
                (None, Expr::Star(inner)) if index > 0 => self.star(nfa, inner, (at, next), stack)?,
                (None, item) => self.expr(nfa, item, (at, next), stack)?,
            }
            (at, index) = (next, after);
        }
        Ok(())
    }

    fn bracket(&mut self, nfa: &mut Nfa, items: &[Expr], (from, to): (usize, usize)) {
        let brackets = &mut self.brackets;
        let bracket = *self.bracket_numbers.entry(items.to_vec()).or_insert_with(|| {
            brackets.push(items.to_vec());
            brackets.len() - 1
        });
        let call = self.number(Callee::Brackets(vec![bracket]));
        nfa.link(from, Edge::Read(Symbol::Call(call)), to);
    }

    fn rule<'e>(
        &mut self,
        nfa: &mut Nfa,
        name: &'e str,
        (from, to): (usize, usize),
        stack: &mut Vec<&'e str>,
    ) -> Result<(), Embeds>
    where
        'a: 'e,
    {
        if let Some(&start) = nfa.written.get(&(name.to_owned(), to)) {
            nfa.link(from, Edge::Free, start);
            return Ok(());
        }
        let analysis = self.analysis;
        let Some(body) = analysis.rules.get(name) else { return Ok(()) };
        if self.called.contains(name) {
            let call = self.number(Callee::Rule(name.to_owned()));
            nfa.link(from, Edge::Read(Symbol::Call(call)), to);
            if analysis.nullable(body) {
                nfa.link(from, Edge::Free, to);
            }
            return Ok(());
        }
        if stack.contains(&name) {
            return Err(Embeds(name.to_owned()));
        }
        // A node of its own: what is written in must not run into other edges that leave `from`.
        let start = nfa.node();
        nfa.link(from, Edge::Free, start);
        nfa.written.insert((name.to_owned(), to), start);
        stack.push(name);
        let built = self.expr(nfa, body, (start, to), stack);
        stack.pop();
        built
    }
}

/// Index of the closer that matches an opener at `index`, in the same sequence.
fn closer(items: &[Expr], index: usize) -> Option<usize> {
    let Expr::Token(open) = &items[index] else { return None };
    let (_, close) = BRACKETS.iter().find(|(o, _)| o == open)?;
    let mut depth = 0;
    (index..items.len()).find(|&i| {
        depth += i32::from(items[i] == Expr::Token(open.clone()));
        depth -= i32::from(items[i] == Expr::Token((*close).to_owned()));
        depth == 0
    })
}
