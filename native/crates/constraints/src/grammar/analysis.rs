//! What the automata need to know of the rules: no left recursion, which are nullable, how each can start.

use rustc_hash::FxHashMap;

use super::expr::Expr;
use super::peg::Rules;
use crate::terminal::{TerminalSet, Terminals};

/// Rules without left recursion, with their nullable and FIRST sets and the interned terminals.
#[derive(Debug)]
pub struct Analysis {
    /// Right-hand side of each rule.
    pub rules: FxHashMap<String, Expr>,
    /// Every terminal that a rule mentions.
    pub terminals: Terminals,
    nullable: FxHashMap<String, bool>,
    first: FxHashMap<String, TerminalSet>,
}

impl Analysis {
    /// Rewrites and analyses the rules. None when they use more than 128 terminals.
    pub fn of(mut read: Rules) -> Option<Self> {
        remove_left_recursion(&mut read.rules);
        let terminals = intern_terminals(&read)?;
        let mut analysis =
            Self { rules: read.rules, terminals, nullable: FxHashMap::default(), first: FxHashMap::default() };
        while analysis.grow() {}
        Some(analysis)
    }

    /// One round over all rules; whether anything grew.
    fn grow(&mut self) -> bool {
        let mut grown = false;
        let found: Vec<_> =
            self.rules.iter().map(|(name, e)| (name.clone(), self.nullable(e), self.first(e))).collect();
        for (name, nullable, first) in found {
            grown |= self.nullable.insert(name.clone(), nullable) != Some(nullable);
            grown |= self.first.insert(name, first) != Some(first);
        }
        grown
    }

    /// Whether the expression can match nothing.
    pub fn nullable(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Seq(items) => items.iter().all(|e| self.nullable(e)),
            Expr::Alt(items) => items.iter().any(|e| self.nullable(e)),
            Expr::Opt(_) | Expr::Star(_) | Expr::Ahead(_) | Expr::NotAhead(_) => true,
            Expr::Plus(e) | Expr::Gather(_, e) => self.nullable(e),
            Expr::Token(_) => false,
            Expr::Rule(name) => self.nullable.get(name).copied().unwrap_or(false),
        }
    }

    /// Terminals that a non-empty match can start with.
    pub fn first(&self, expr: &Expr) -> TerminalSet {
        match expr {
            Expr::Seq(items) => {
                let through = items.iter().position(|e| !self.nullable(e)).map_or(items.len(), |i| i + 1);
                items[..through].iter().fold(TerminalSet::EMPTY, |set, e| set.union(self.first(e)))
            }
            Expr::Alt(items) => items.iter().fold(TerminalSet::EMPTY, |set, e| set.union(self.first(e))),
            Expr::Opt(e) | Expr::Star(e) | Expr::Plus(e) => self.first(e),
            Expr::Gather(sep, item) if self.nullable(item) => self.first(item).union(self.first(sep)),
            Expr::Gather(_, item) => self.first(item),
            Expr::Ahead(_) | Expr::NotAhead(_) => TerminalSet::EMPTY,
            Expr::Token(name) => self.terminals.get(name).map_or(TerminalSet::EMPTY, TerminalSet::of),
            Expr::Rule(name) => self.first.get(name).copied().unwrap_or_default(),
        }
    }

    /// The terminals that an expression is exactly one of, where it is always one terminal; else None.
    pub fn single(&self, expr: &Expr) -> Option<TerminalSet> {
        match expr {
            Expr::Token(name) => self.terminals.get(name).map(TerminalSet::of),
            Expr::Alt(items) => {
                items.iter().map(|e| self.single(e)).try_fold(TerminalSet::EMPTY, |set, e| Some(set.union(e?)))
            }
            Expr::Rule(name) => match self.rules.get(name)? {
                body @ (Expr::Token(_) | Expr::Alt(_)) if !mentions_rules(body) => self.single(body),
                _ => None,
            },
            _ => None,
        }
    }
}

fn mentions_rules(expr: &Expr) -> bool {
    let mut found = false;
    expr.walk(&mut |e| found |= matches!(e, Expr::Rule(_)));
    found
}

fn intern_terminals(read: &Rules) -> Option<Terminals> {
    let mut names = Vec::new();
    for expr in read.rules.values() {
        expr.walk(&mut |e| names.extend(if let Expr::Token(name) = e { Some(name.clone()) } else { None }));
    }
    names.sort_unstable();
    names.dedup();
    let mut terminals = Terminals::default();
    for name in names {
        let terminal = terminals.intern(&name)?;
        if read.soft.contains(&name) {
            terminals.mark_soft(terminal);
        }
    }
    Some(terminals)
}

/// `A: A β | γ` becomes `A: γ β*`. Where `A` starts with `B` and `B` with `A`, the alternatives of `B` are written into `A` first.
fn remove_left_recursion(rules: &mut FxHashMap<String, Expr>) {
    let mut names: Vec<String> = rules.keys().cloned().collect();
    names.sort_unstable();
    for name in &names {
        let unfolded = unfold_mutual(name, rules);
        let (looping, plain): (Vec<Expr>, Vec<Expr>) = unfolded.into_iter().partition(|alt| starts_with(alt, name));
        if looping.is_empty() {
            continue;
        }
        let tails = looping.iter().map(|alt| Expr::Seq(alt.items()[1..].to_vec())).collect();
        let body = Expr::Seq(vec![Expr::Alt(plain), Expr::Star(Box::new(Expr::Alt(tails)))]);
        rules.insert(name.clone(), body);
    }
}

fn starts_with(alt: &Expr, name: &str) -> bool {
    matches!(alt.items().first(), Some(Expr::Rule(first)) if first == name)
}

fn unfold_mutual(name: &str, rules: &FxHashMap<String, Expr>) -> Vec<Expr> {
    let unfold = |alt: &Expr| -> Vec<Expr> {
        let Some(Expr::Rule(first)) = alt.items().first() else { return vec![alt.clone()] };
        let back =
            rules.get(first).filter(|body| first != name && body.alternatives().iter().any(|a| starts_with(a, name)));
        let Some(body) = back else { return vec![alt.clone()] };
        let rest = &alt.items()[1..];
        body.alternatives().iter().map(|head| Expr::Seq(head.items().iter().chain(rest).cloned().collect())).collect()
    };
    rules[name].alternatives().iter().flat_map(unfold).collect()
}
