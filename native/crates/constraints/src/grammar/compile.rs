//! The set of automata that a start rule needs.

use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

use super::GrammarError;
use super::analysis::Analysis;
use super::dfa::{Dfa, determinise};
use super::expr::Expr;
use super::nfa::{Builder, Callee, Embeds, Symbol};
use crate::terminal::TerminalSet;

/// Automata that call each other by index; 0 is the start rule's.
#[derive(Debug)]
pub struct Automata {
    /// One per callee.
    pub dfas: Vec<Dfa>,
    /// Its name: a rule, or its brackets.
    pub names: Vec<String>,
    /// Terminals that its phrases start with.
    pub first: Vec<TerminalSet>,
}

/// Writes every rule into its callers except `calls`, bracketed sequences and rules that embed themselves.
pub fn compile(analysis: &Analysis, start: &str, calls: &[&str]) -> Result<Automata, GrammarError> {
    if !analysis.rules.contains_key(start) {
        return Err(GrammarError::NoStart(start.to_owned()));
    }
    let mut called: FxHashSet<String> = calls.iter().map(|&name| name.to_owned()).collect();
    loop {
        match attempt(analysis, start, &called) {
            Ok(automata) => return Ok(merged(automata)),
            Err(Embeds(name)) => called.insert(name),
        };
    }
}

fn attempt(analysis: &Analysis, start: &str, called: &FxHashSet<String>) -> Result<Automata, Embeds> {
    let mut builder = Builder::new(analysis, called.clone());
    builder.number(Callee::Rule(start.to_owned()));
    let mut automata = Automata { dfas: Vec::new(), names: Vec::new(), first: Vec::new() };
    let mut built: FxHashMap<usize, usize> = std::iter::once((0, 0)).collect();
    let mut order = vec![0];
    while automata.dfas.len() < order.len() {
        let callee = builder.callees[order[automata.dfas.len()]].clone();
        let nfa = builder.nfa(&callee)?;
        let first = |c: usize| first_of(&builder, &builder.callees[c]);
        let plain = determinise(&nfa, 1, &first).minimised();
        let united = unite_brackets(plain, &mut builder);
        for symbol in united.next.iter().flat_map(BTreeMap::keys) {
            let Symbol::Call(c) = *symbol else { continue };
            built.entry(c).or_insert_with(|| {
                order.push(c);
                order.len() - 1
            });
        }
        automata.first.push(first_of(&builder, &callee));
        automata.names.push(name_of(&builder, &callee));
        automata.dfas.push(renumbered(&united, &built).minimised());
    }
    Ok(automata)
}

fn first_of(builder: &Builder<'_>, callee: &Callee) -> TerminalSet {
    match callee {
        Callee::Rule(name) => builder.analysis.first(&Expr::Rule(name.clone())),
        Callee::Brackets(choices) => builder.analysis.first(&builder.brackets[choices[0]][0]),
    }
}

fn name_of(builder: &Builder<'_>, callee: &Callee) -> String {
    match callee {
        Callee::Rule(name) => name.clone(),
        Callee::Brackets(choices) => match &builder.brackets[choices[0]][0] {
            Expr::Token(open) => format!("{open}{choices:?}"),
            _ => format!("{choices:?}"),
        },
    }
}

/// Calls of brackets with one opener, from one state to one state, become a single call of either.
fn unite_brackets(mut dfa: Dfa, builder: &mut Builder<'_>) -> Dfa {
    for row in &mut dfa.next {
        let mut groups: BTreeMap<(TerminalSet, usize), Vec<usize>> = BTreeMap::new();
        let mut kept = BTreeMap::new();
        for (symbol, to) in std::mem::take(row) {
            match symbol {
                Symbol::Call(c) => match &builder.callees[c] {
                    callee @ Callee::Brackets(choices) => {
                        groups.entry((first_of(builder, callee), to)).or_default().extend(choices)
                    }
                    Callee::Rule(_) => drop(kept.insert(symbol, to)),
                },
                Symbol::Terminal(_) => drop(kept.insert(symbol, to)),
            }
        }
        for ((_, to), mut choices) in groups {
            choices.sort_unstable();
            choices.dedup();
            kept.insert(Symbol::Call(builder.number(Callee::Brackets(choices))), to);
        }
        *row = kept;
    }
    dfa
}

fn renumbered(dfa: &Dfa, number: &FxHashMap<usize, usize>) -> Dfa {
    dfa.renamed(&|symbol| match symbol {
        Symbol::Call(c) => Symbol::Call(number[&c]),
        terminal => terminal,
    })
}

/// Automata that came out equal are kept once, until no two are equal.
fn merged(mut automata: Automata) -> Automata {
    loop {
        let mut first_equal: FxHashMap<&Dfa, usize> = FxHashMap::default();
        let representative: Vec<usize> =
            automata.dfas.iter().enumerate().map(|(i, dfa)| *first_equal.entry(dfa).or_insert(i)).collect();
        let kept: Vec<usize> = (0..representative.len()).filter(|&i| representative[i] == i).collect();
        if kept.len() == automata.dfas.len() {
            return automata;
        }
        let position: FxHashMap<usize, usize> = kept.iter().enumerate().map(|(new, &old)| (old, new)).collect();
        let number = representative.iter().enumerate().map(|(old, rep)| (old, position[rep])).collect();
        automata = Automata {
            dfas: kept.iter().map(|&i| renumbered(&automata.dfas[i], &number).minimised()).collect(),
            names: kept.iter().map(|&i| automata.names[i].clone()).collect(),
            first: kept.iter().map(|&i| automata.first[i]).collect(),
        };
    }
}
