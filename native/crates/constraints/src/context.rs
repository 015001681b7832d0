//! Context outside the region, made small: complete bracketed groups become one item, and statements that no slot can touch go.
//!
//! Both keep the answer exact. A group whose brackets match without a slot between them is one phrase in every parse. A complete
//! statement whose neighbours are complete statements is an element of a list that stays a list without it.

use crate::chart::Chart;
use crate::elements::fold;
use crate::grammar::{BRACKETS, Grammar};
use crate::slots::{Item, Slots};
use crate::terminal::{Terminal, TerminalSet};
use crate::vocabulary::Vocabulary;

/// Keywords that continue the statement before them.
pub(crate) const CONTINUING: [&str; 4] = ["elif", "else", "except", "finally"];

/// Replaces complete groups and drops statements out of reach of every slot.
pub fn trim(items: Vec<Item>, grammar: &Grammar) -> Vec<Item> {
    let signs = Signs::of(grammar);
    let collapsed = collapse(items, grammar, &signs);
    let mut kept = Vec::new();
    let mut start = 0;
    while start < collapsed.len() {
        let is_slot = |item: &Item| matches!(item, Item::Slot { .. });
        let end = collapsed[start..].iter().position(is_slot).map_or(collapsed.len(), |i| start + i);
        let (after_slot, before_slot) = (start > 0, end < collapsed.len());
        let is_bracket = |item: &Item| signs.bracket(item).is_some();
        let folded = fold(&collapsed[start..end], &is_bracket, grammar, after_slot, before_slot);
        signs.thin(&folded, after_slot, before_slot, &mut kept);
        kept.extend(collapsed.get(end).cloned());
        start = end + 1;
    }
    kept
}

fn collapse(items: Vec<Item>, grammar: &Grammar, signs: &Signs) -> Vec<Item> {
    let mut out: Vec<Item> = Vec::new();
    let mut open: Vec<(usize, Terminal)> = Vec::new();
    for item in items {
        let pair = signs.bracket(&item);
        if matches!(item, Item::Slot { .. }) {
            open.clear();
        }
        out.push(item);
        match pair {
            Some((opener, false)) => open.push((out.len() - 1, opener)),
            Some((opener, true)) => match open.pop() {
                Some((at, top)) if top == opener => {
                    let group = out.split_off(at);
                    let shown = if signs.indent == Some(opener) { signs.first_statement(group) } else { group };
                    out.push(Item::Phrase(grammar.phrases(shown, opener)));
                }
                _ => open.clear(),
            },
            None => {}
        }
    }
    out
}

impl Grammar {
    /// Automata whose phrases begin with this opener, one bit each.
    fn opened_by(&self, opener: Terminal) -> u128 {
        let machine = self.machine();
        let own = TerminalSet::of(opener);
        (0..machine.automata()).filter(|&nt| machine.first[nt] == own).fold(0, |set, nt| set | 1 << nt)
    }

    /// Automata that a group starting with `opener` is a phrase of. A group that is too long, or that none accepts, may be any: doubt
    /// allows.
    fn phrases(&self, group: Vec<Item>, opener: Terminal) -> u128 {
        let machine = self.machine();
        let roots = self.opened_by(opener);
        let known = |cache: &rustc_hash::FxHashMap<Vec<Item>, u128>| cache.get(&group).copied();
        if let Some(found) = self.cache.lock().ok().and_then(|cache| known(&cache)) {
            return found;
        }
        let lattice = Slots::new(&group, &Vocabulary::new(Vec::new(), Vec::new())).lattice;
        let exact =
            Chart::<1>::phrases(machine, &lattice, roots).or_else(|_| Chart::<4>::phrases(machine, &lattice, roots));
        let found = exact.ok().filter(|&set| set != 0).unwrap_or(roots);
        if let Ok(mut cache) = self.cache.lock() {
            if cache.len() > 4096 {
                cache.clear();
            }
            cache.insert(group, found);
        }
        found
    }
}

/// The terminals that give a file its lines and blocks.
struct Signs {
    brackets: Vec<(Terminal, Terminal)>,
    newline: Option<Terminal>,
    indent: Option<Terminal>,
    dedent: Option<Terminal>,
    at: Option<Terminal>,
    continuing: TerminalSet,
    /// Automata of blocks, one bit each.
    blocks: u128,
}

/// Half-open range of items that make one logical line, with its block.
type Line = (usize, usize);

impl Signs {
    fn of(grammar: &Grammar) -> Self {
        let get = |name: &str| grammar.terminals().get(name);
        Self {
            brackets: BRACKETS.iter().filter_map(|(o, c)| Some((get(o)?, get(c)?))).collect(),
            newline: get("NEWLINE"),
            indent: get("INDENT"),
            dedent: get("DEDENT"),
            at: get("@"),
            continuing: CONTINUING.iter().filter_map(|k| get(k)).collect(),
            blocks: get("INDENT").map_or(0, |indent| grammar.opened_by(indent)),
        }
    }

    /// A block with only its first statement. The others are of the same list, and the file holds them already.
    fn first_statement(&self, block: Vec<Item>) -> Vec<Item> {
        let inner = &block[1..block.len() - 1];
        let (lines, _) = self.lines(inner, false);
        let Some(&(_, end)) = self.groups(inner, &lines).first() else { return block };
        block[..=end].iter().chain(block.last()).cloned().collect()
    }

    /// The opener of a bracket item, and whether the item closes it.
    fn bracket(&self, item: &Item) -> Option<(Terminal, bool)> {
        let Item::Lexeme(set) = item else { return None };
        let is = |t: Terminal| *set == TerminalSet::of(t);
        self.brackets.iter().find_map(|&(open, close)| (is(open) || is(close)).then(|| (open, is(close))))
    }

    fn is(item: &Item, terminal: Option<Terminal>) -> bool {
        terminal.is_some_and(|t| *item == Item::Lexeme(TerminalSet::of(t)))
    }

    /// Keeps of a stretch without slots what can matter. `after_slot`, `before_slot`: whether a slot is next to it.
    fn thin(&self, stretch: &[Item], after_slot: bool, before_slot: bool, kept: &mut Vec<Item>) {
        let is_step = |item: &Item| Self::is(item, self.indent) || Self::is(item, self.dedent);
        let mut start = 0;
        loop {
            let end = stretch[start..].iter().position(is_step).map_or(stretch.len(), |i| start + i);
            let opens = stretch.get(end).is_some_and(|item| Self::is(item, self.indent));
            let at_slot = (start == 0 && after_slot, end == stretch.len() && before_slot);
            let after_dedent = start > 0 && Self::is(&stretch[start - 1], self.dedent);
            self.thin_level(&stretch[start..end], at_slot, after_dedent, opens, kept);
            kept.extend(stretch.get(end).cloned());
            if end == stretch.len() {
                return;
            }
            start = end + 1;
        }
    }

    /// The same for items of one indentation level.
    fn thin_level(&self, level: &[Item], at_slot: (bool, bool), after_dedent: bool, opens: bool, kept: &mut Vec<Item>) {
        let (lines, tail) = self.lines(level, opens);
        // Lines that belong to what is before the level: the rest of the slot's line, branches of a statement that ended or began there.
        let own_first = usize::from(at_slot.0 && !lines.is_empty());
        let chained = if at_slot.0 || after_dedent { self.continuing_lines(level, &lines[own_first..]) } else { 0 };
        let groups = self.groups(level, &lines[own_first + chained..]);
        let tail_continues =
            level.get(tail).is_some_and(|item| self.continues(item)) || self.is_decorator(level, groups.last());
        let keeps_last = at_slot.1 || (opens && tail_continues);
        let cut_from = lines.get(..own_first + chained).and_then(<[Line]>::last).map_or(0, |line| line.1);
        kept.extend_from_slice(&level[..cut_from]);
        for (number, &(start, end)) in groups.iter().enumerate() {
            // After a block the next statement says what kind of list this is: statements, or the cases of a match.
            let is_next = number == 0 && (at_slot.0 || after_dedent);
            let is_last = number + 1 == groups.len() && keeps_last;
            if is_next || is_last {
                kept.extend_from_slice(&level[start..end]);
            }
        }
        kept.extend_from_slice(&level[tail..]);
    }

    /// Complete lines of a level and where its unfinished last line begins. With `opens` the last line has its block after the level.
    fn lines(&self, level: &[Item], opens: bool) -> (Vec<Line>, usize) {
        let (mut lines, mut start) = (Vec::new(), 0);
        for (i, item) in level.iter().enumerate() {
            let has_block = level.get(i + 1).is_some_and(|next| self.is_block(next));
            let line_ends = Self::is(item, self.newline) && !has_block && !(opens && i + 1 == level.len());
            if line_ends || self.is_block(item) {
                lines.push((start, i + 1));
                start = i + 1;
            }
        }
        (lines, start)
    }

    fn is_block(&self, item: &Item) -> bool {
        matches!(item, Item::Phrase(set) if set & self.blocks != 0)
    }

    fn continues(&self, item: &Item) -> bool {
        matches!(item, Item::Lexeme(set) if !set.intersection(self.continuing).is_empty())
    }

    fn continuing_lines(&self, level: &[Item], lines: &[Line]) -> usize {
        lines.iter().take_while(|line| self.continues(&level[line.0])).count()
    }

    fn is_decorator(&self, level: &[Item], group: Option<&Line>) -> bool {
        let starts = |group: &Line| Self::is(&level[group.0], self.at);
        let ends_plain = |group: &Line| !self.is_block(&level[group.1 - 1]);
        group.is_some_and(|g| starts(g) && ends_plain(g))
    }

    /// Lines joined into statements: branches with what they continue, decorators with what they decorate.
    fn groups(&self, level: &[Item], lines: &[Line]) -> Vec<Line> {
        let mut groups: Vec<Line> = Vec::new();
        let mut decorated = false;
        for &line in lines {
            match groups.last_mut() {
                Some(group) if decorated || self.continues(&level[line.0]) => group.1 = line.1,
                _ => groups.push(line),
            }
            decorated = Self::is(&level[line.0], self.at);
        }
        groups
    }
}
