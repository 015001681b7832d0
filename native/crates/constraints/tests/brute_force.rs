//! Masks and best fills of small random grammars equal those found by trying every fill.

use std::collections::HashSet;
use std::sync::Arc;

use astral_constraints::grammar::Grammar;
use astral_constraints::region::{Place, Region, Status};
use astral_constraints::terminal::TerminalSet;
use astral_constraints::vocabulary::{Exit, Move, Vocabulary};
use proptest::prelude::*;

/// Terminals of the toy grammars, in the order of the tokens below.
const TERMINALS: [&str; 5] = ["x", "y", "(", ")", "NAME"];
/// What each token spells: terminals by index, or 9 for a piece that continues a NAME.
const TOKENS: [&[usize]; 7] = [&[0], &[1], &[2], &[3], &[4], &[9], &[0, 2]];

#[derive(Clone, Debug)]
enum Symbol {
    Terminal(usize),
    Rule(usize),
    Opt(Box<Symbol>),
    Star(Box<Symbol>),
}

type Toy = Vec<Vec<Vec<Symbol>>>;

fn symbol() -> impl Strategy<Value = Symbol> {
    let leaf = prop_oneof![3 => (0..5usize).prop_map(Symbol::Terminal), 2 => (0..3usize).prop_map(Symbol::Rule)];
    leaf.prop_flat_map(|s| {
        let (opt, star) = (Symbol::Opt(Box::new(s.clone())), Symbol::Star(Box::new(s.clone())));
        prop_oneof![6 => Just(s), 1 => Just(opt), 1 => Just(star)]
    })
}

/// Three rules; brackets are paired within an alternative, as the crate requires of a grammar.
fn toy() -> impl Strategy<Value = Toy> {
    let alternative = prop::collection::vec(symbol(), 1..4).prop_map(paired);
    prop::collection::vec(prop::collection::vec(alternative, 1..4), 3)
}

fn paired(symbols: Vec<Symbol>) -> Vec<Symbol> {
    let is_bracket = |s: &Symbol| {
        let inner = match s {
            Symbol::Opt(inner) | Symbol::Star(inner) => inner,
            plain => plain,
        };
        matches!(inner, Symbol::Terminal(2 | 3))
    };
    let has = symbols.iter().any(is_bracket);
    let plain: Vec<Symbol> = symbols.into_iter().filter(|s| !is_bracket(s)).collect();
    if !has {
        return plain;
    }
    let (head, inside) = plain.split_at(plain.len() / 2);
    let wrap = [vec![Symbol::Terminal(2)], inside.to_vec(), vec![Symbol::Terminal(3)]].concat();
    [head.to_vec(), wrap].concat()
}

fn written(toy: &Toy) -> String {
    fn text(symbol: &Symbol) -> String {
        match symbol {
            Symbol::Terminal(4) => "NAME".to_owned(),
            Symbol::Terminal(t) => format!("'{}'", TERMINALS[*t]),
            Symbol::Rule(r) => format!("r{}", ["a", "b", "c"][*r]),
            Symbol::Opt(inner) => format!("[{}]", text(inner)),
            Symbol::Star(inner) => format!("({})*", text(inner)),
        }
    }
    let rule = |(i, alternatives): (usize, &Vec<Vec<Symbol>>)| {
        let lines: Vec<String> = alternatives
            .iter()
            .map(|a| format!("    | {}", a.iter().map(text).collect::<Vec<_>>().join(" ")))
            .collect();
        format!("r{}:\n{}\n", ["a", "b", "c"][i], lines.join("\n"))
    };
    // Every terminal is mentioned, so that every token has one.
    let all = "unused: 'x' 'y' '(' ')' NAME\n";
    toy.iter().enumerate().map(rule).collect::<String>() + all
}

/// Whether rule 0 derives the terminals: spans of all rules, grown until nothing changes.
fn derives(toy: &Toy, word: &[usize]) -> bool {
    let n = word.len();
    let mut spans: HashSet<(usize, usize, usize)> = HashSet::new();
    loop {
        let before = spans.len();
        for (r, alternatives) in toy.iter().enumerate() {
            for i in 0..=n {
                let ends: HashSet<usize> = alternatives.iter().flat_map(|a| ends_of(a, i, word, &spans)).collect();
                spans.extend(ends.into_iter().map(|j| (r, i, j)));
            }
        }
        if spans.len() == before {
            return spans.contains(&(0, 0, n));
        }
    }
}

fn ends_of(symbols: &[Symbol], from: usize, word: &[usize], spans: &HashSet<(usize, usize, usize)>) -> HashSet<usize> {
    let mut at: HashSet<usize> = HashSet::from([from]);
    for symbol in symbols {
        at = at.into_iter().flat_map(|i| ends_of_symbol(symbol, i, word, spans)).collect();
    }
    at
}

fn ends_of_symbol(symbol: &Symbol, i: usize, word: &[usize], spans: &HashSet<(usize, usize, usize)>) -> HashSet<usize> {
    match symbol {
        Symbol::Terminal(t) => (word.get(i) == Some(t)).then_some(i + 1).into_iter().collect(),
        Symbol::Rule(r) => (i..=word.len()).filter(|&j| spans.contains(&(*r, i, j))).collect(),
        Symbol::Opt(inner) => ends_of_symbol(inner, i, word, spans).into_iter().chain([i]).collect(),
        Symbol::Star(inner) => {
            let mut reached = HashSet::from([i]);
            let mut pending = vec![i];
            while let Some(at) = pending.pop() {
                pending.extend(ends_of_symbol(inner, at, word, spans).into_iter().filter(|&j| reached.insert(j)));
            }
            reached
        }
    }
}

/// Terminals that tokens spell; None when a continuing piece has nothing to continue.
fn spelled(tokens: &[Option<usize>]) -> Option<Vec<usize>> {
    let mut word = Vec::new();
    let mut in_name = false;
    for &token in tokens.iter().flatten() {
        if TOKENS[token] == [9] {
            if !in_name {
                return None;
            }
            continue;
        }
        word.extend(TOKENS[token]);
        in_name = TOKENS[token] == [4];
    }
    Some(word)
}

fn vocabulary(grammar: &Grammar) -> Vocabulary {
    let set = |t: usize| grammar.terminals().get(TERMINALS[t]).map_or(TerminalSet::EMPTY, TerminalSet::of);
    let moves = |spelling: &&[usize]| match *spelling {
        [9] => vec![Move { from: 1, path: Vec::new(), to: 1 }],
        [4] => vec![Move { from: 0, path: vec![set(4)], to: 1 }],
        other => vec![Move { from: 0, path: other.iter().map(|&t| set(t)).collect(), to: 0 }],
    };
    Vocabulary::new(TOKENS.iter().map(moves).collect(), vec![Exit::Anywhere; 2])
}

fn places() -> impl Strategy<Value = Vec<Place>> {
    let place = prop_oneof![
        3 => any::<bool>().prop_map(|optional| Place::Masked { optional }),
        2 => (0..TOKENS.len()).prop_map(Place::Fixed),
    ];
    prop::collection::vec(place, 1..5)
}

/// Every fill of the places that parses.
fn fills(toy: &Toy, places: &[Place]) -> Vec<Vec<Option<usize>>> {
    let mut fills = vec![Vec::new()];
    for place in places {
        let choices: Vec<Option<usize>> = match place {
            Place::Fixed(token) => vec![Some(*token)],
            Place::Masked { optional } => (0..TOKENS.len()).map(Some).chain(optional.then_some(None)).collect(),
            Place::Context(_) => unreachable!("toy regions have no context"),
        };
        fills = fills.iter().flat_map(|f: &Vec<_>| choices.iter().map(|&c| [f.clone(), vec![c]].concat())).collect();
    }
    fills.retain(|fill| spelled(fill).is_some_and(|word| derives(toy, &word)));
    fills
}

fn check(region: &mut Region, expected: &[Vec<Option<usize>>]) -> Result<(), TestCaseError> {
    prop_assert_eq!(region.status() == Status::Alive, !expected.is_empty());
    for (slot, mask) in region.masks().iter().enumerate() {
        for token in 0..TOKENS.len() {
            let wanted = expected.iter().any(|fill| fill[slot] == Some(token));
            prop_assert_eq!(mask.tokens.contains(token), wanted, "slot {} token {}", slot, token);
        }
        prop_assert_eq!(mask.empty, expected.iter().any(|fill| fill[slot].is_none()), "slot {} empty", slot);
    }
    Ok(())
}

/// 1,500 cases, or as many as PROPTEST_CASES says.
fn config() -> ProptestConfig {
    let given = ProptestConfig::default();
    let cases = std::env::var_os("PROPTEST_CASES").map_or(1_500, |_| given.cases);
    ProptestConfig { cases, failure_persistence: None, ..given }
}

fn opt(symbol: Symbol) -> Symbol {
    Symbol::Opt(Box::new(symbol))
}

/// Checks the masks of slots that hold nothing, and of those that are left after each commit.
fn check_every_commit(toy: &Toy, calls: &[&str], places: &[Place]) {
    let grammar = Arc::new(Grammar::new(&written(toy), "ra", 14, calls).expect("a toy grammar compiles"));
    let vocabulary = Arc::new(vocabulary(&grammar));
    let every = fills(toy, places);
    for (slot, token) in (0..places.len()).flat_map(|slot| (0..TOKENS.len()).map(move |token| (slot, token))) {
        let mut region = Region::new(grammar.clone(), vocabulary.clone(), places);
        check(&mut region, &every).expect("the masks are those of the enumeration");
        region.commit(slot, token);
        let left: Vec<_> = every.iter().filter(|fill| fill[slot] == Some(token)).cloned().collect();
        check(&mut region, &left).expect("after a commit too");
    }
}

/// A rule that may end after each of its symbols still tells how many of them it has read: at most two `rb` in one `ra`.
#[test]
fn rules_of_optional_symbols_keep_count() {
    use Symbol::{Rule, Terminal};
    let toy = vec![
        vec![vec![Rule(1), Symbol::Star(Box::new(Terminal(4))), Rule(2)]],
        vec![vec![Terminal(2), Terminal(0), Terminal(3)], vec![opt(Terminal(0))]],
        vec![vec![opt(Rule(1))], vec![Terminal(2), Terminal(3)]],
    ];
    check_every_commit(&toy, &["rb"], &[true, true, false].map(|optional| Place::Masked { optional }));
}

/// Brackets that turn out to hold the same, one a whole `ra` and one before an `x`, are both read.
#[test]
fn equal_brackets_keep_all_their_uses() {
    use Symbol::{Rule, Terminal};
    let wrapped = |inside: Symbol| vec![Terminal(2), inside, Terminal(3)];
    let toy = vec![
        vec![vec![Rule(2), Terminal(0)], wrapped(opt(Rule(1)))],
        vec![wrapped(opt(Rule(0))), vec![Terminal(1)], vec![Rule(2)]],
        vec![[vec![opt(Terminal(4))], wrapped(Rule(1))].concat(), wrapped(opt(Rule(2)))],
    ];
    check_every_commit(&toy, &[], &[Place::Masked { optional: false }, Place::Masked { optional: false }]);
}

proptest! {
    #![proptest_config(config())]

    /// At first, after commits in any order, and for the joint best fill.
    #[test]
    fn equals_enumeration(toy in toy(), places in places(), picks in prop::collection::vec(any::<prop::sample::Index>(), 3),
                          weights in prop::collection::vec(-8i8..0, 4 * TOKENS.len())) {
        let grammar = Arc::new(Grammar::new(&written(&toy), "ra", 14, &["rb"]).expect("a toy grammar compiles"));
        let vocabulary = Arc::new(vocabulary(&grammar));
        let mut region = Region::new(grammar, vocabulary, &places);
        let mut expected = fills(&toy, &places);
        check(&mut region, &expected)?;

        let score = |slot: usize, token: usize| f32::from(weights[slot * TOKENS.len() + token]);
        let total = |fill: &[Option<usize>]| -> f32 { fill.iter().enumerate().filter_map(|(s, t)| t.map(|t| score(s, t))).sum() };
        let most = expected.iter().map(|fill| total(fill)).reduce(f32::max);
        let best = region.best(&mut |slot, token| score(slot, token));
        prop_assert_eq!(best.as_deref().map(total), most);
        prop_assert!(best.is_none_or(|fill| expected.contains(&fill)), "the best fill parses");

        for pick in &picks {
            let open: Vec<usize> = (0..places.len()).filter(|&s| matches!(places[s], Place::Masked { .. })).collect();
            if open.is_empty() || expected.is_empty() { break; }
            let slot = open[pick.index(open.len())];
            let chosen = expected[pick.index(expected.len())][slot];
            match chosen {
                Some(token) => region.commit(slot, token),
                None => region.commit_empty(slot),
            }
            expected.retain(|fill| fill[slot] == chosen);
            check(&mut region, &expected)?;
        }
    }

    /// A proposal is accepted exactly when its token is in the mask, with and without a witness.
    #[test]
    fn proposals_equal_masks(toy in toy(), places in places(), tokens in prop::collection::vec(0..TOKENS.len(), 8)) {
        let grammar = Arc::new(Grammar::new(&written(&toy), "ra", 14, &[]).expect("a toy grammar compiles"));
        let vocabulary = Arc::new(vocabulary(&grammar));
        let mut region = Region::new(grammar, vocabulary, &places);
        let mut expected = fills(&toy, &places);
        for (i, &token) in tokens.iter().enumerate() {
            let slot = i % places.len();
            let possible = expected.iter().any(|fill| fill[slot] == Some(token));
            prop_assert_eq!(region.propose(slot, token), possible);
            if possible {
                expected.retain(|fill| fill[slot] == Some(token));
            }
        }
    }
}
