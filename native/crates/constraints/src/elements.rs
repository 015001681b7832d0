//! Long displays around a slot, made small: of the elements of an open bracket that read alike only some stay.
//!
//! Whether a row of elements may stand in a bracket depends on which of them come before which, and on whether there is one, or more:
//! so the first two and the last of a kind decide.

use rustc_hash::FxHashMap;

use crate::grammar::Grammar;
use crate::slots::Item;
use crate::terminal::TerminalSet;

/// Elements of a kind that stay, at either end.
const FIRST: usize = 2;

/// Drops elements of the brackets that are open at the slot next to a stretch of context; in the stretch groups are collapsed, so every
/// bracket in it is open. Nothing is dropped between two slots.
pub(crate) fn fold(
    stretch: &[Item],
    is_bracket: &dyn Fn(&Item) -> bool,
    grammar: &Grammar,
    after_slot: bool,
    before_slot: bool,
) -> Vec<Item> {
    let of = |name: &str| grammar.terminals().get(name).map(|t| Item::Lexeme(TerminalSet::of(t)));
    let (Some(comma), Some(lambda)) = (of(","), of("lambda")) else { return stretch.to_vec() };
    let blocks = [of("INDENT"), of("DEDENT")];
    let blocks: Vec<&Item> = blocks.iter().flatten().collect();
    let brackets: Vec<usize> = (0..stretch.len()).filter(|&at| is_bracket(&stretch[at])).collect();
    if after_slot == before_slot || brackets.is_empty() {
        return stretch.to_vec();
    }
    let mut out = Vec::new();
    let bounds = [0].into_iter().chain(brackets.iter().map(|at| at + 1)).chain([stretch.len()]);
    let bounds: Vec<usize> = bounds.collect();
    for (number, segment) in bounds.windows(2).map(|pair| &stretch[pair[0]..pair[1]]).enumerate() {
        let around = if before_slot { number.checked_sub(1) } else { Some(number) };
        let inside = around.and_then(|number| brackets.get(number)).is_some_and(|&at| !blocks.contains(&&stretch[at]));
        match inside && !segment.contains(&lambda) {
            true => elements(segment, &comma, &mut out),
            false => out.extend_from_slice(segment),
        }
    }
    out
}

/// Elements with the comma that ends each; the first and the last may be cut by the slot and stay.
fn elements(segment: &[Item], comma: &Item, out: &mut Vec<Item>) {
    let rows: Vec<&[Item]> = segment.split_inclusive(|item| item == comma).collect();
    let mut left: FxHashMap<&[Item], usize> = FxHashMap::default();
    rows.iter().for_each(|row| *left.entry(row).or_default() += 1);
    let mut seen: FxHashMap<&[Item], usize> = FxHashMap::default();
    for (number, &row) in rows.iter().enumerate() {
        let (before, rest) = (seen.entry(row).or_default(), left.entry(row).or_default());
        *before += 1;
        *rest -= 1;
        if number == 0 || number + 1 == rows.len() || *before <= FIRST || *rest == 0 {
            out.extend_from_slice(row);
        }
    }
}
