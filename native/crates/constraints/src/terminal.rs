//! Terminals of a grammar and sets of them.

use std::fmt;

/// A terminal symbol: an index into [`Terminals`], below 128.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Terminal(pub u8);

/// A set of terminals, one bit each.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TerminalSet(pub u128);

impl TerminalSet {
    /// Every terminal that can exist.
    pub const ALL: Self = Self(u128::MAX);
    /// No terminal.
    pub const EMPTY: Self = Self(0);

    /// The set of one terminal.
    pub const fn of(terminal: Terminal) -> Self {
        Self(1 << terminal.0)
    }

    /// Whether the terminal is in the set.
    pub const fn contains(self, terminal: Terminal) -> bool {
        self.0 >> terminal.0 & 1 == 1
    }

    /// Whether no terminal is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Terminals in either set.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Terminals in both sets.
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Terminals that are not in the set.
    pub const fn complement(self) -> Self {
        Self(!self.0)
    }

    /// The terminals, in ascending order.
    pub fn iter(self) -> impl Iterator<Item = Terminal> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            (rest != 0).then(|| {
                let low = rest.trailing_zeros() as u8;
                rest &= rest - 1;
                Terminal(low)
            })
        })
    }
}

/// What the terminals of an f-string's ends have in their names for a quote.
fn quote_suffix(quote: &str) -> &'static str {
    match quote {
        "'" => "_SINGLE",
        "\"\"\"" => "_LONG",
        "'''" => "_LONG_SINGLE",
        _ => "",
    }
}

impl FromIterator<Terminal> for TerminalSet {
    fn from_iter<I: IntoIterator<Item = Terminal>>(items: I) -> Self {
        items.into_iter().fold(Self::EMPTY, |set, t| set.union(Self::of(t)))
    }
}

impl fmt::Debug for TerminalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|t| t.0)).finish()
    }
}

/// The terminals of one grammar: token kinds (`NAME`, `INDENT`), keywords and operators, by their spelling in the grammar.
#[derive(Clone, Debug, Default)]
pub struct Terminals {
    names: Vec<String>,
    soft: TerminalSet,
}

impl Terminals {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The terminal spelled so, if the grammar has it.
    pub fn get(&self, name: &str) -> Option<Terminal> {
        self.names.iter().position(|n| n == name).map(|i| Terminal(i as u8))
    }

    /// Spelling of a terminal.
    pub fn name(&self, terminal: Terminal) -> &str {
        &self.names[usize::from(terminal.0)]
    }

    /// All terminals of the grammar.
    pub fn all(&self) -> TerminalSet {
        (0..self.names.len()).map(|i| Terminal(i as u8)).collect()
    }

    /// Soft keywords: spelled like a NAME and also usable as one.
    pub fn soft(&self) -> TerminalSet {
        self.soft
    }

    /// What a lexeme counts as: the terminal of its kind or spelling; a soft keyword is also a NAME.
    ///
    /// `kind` is `NAME`, `NUMBER`, … or the keyword or operator itself; `text` how it is spelled, of an f-string's ends the quote; empty
    /// when that is not known. Empty when the grammar has no such terminal.
    pub fn of_lexeme(&self, kind: &str, text: &str) -> TerminalSet {
        let of = |name: &str| self.get(name).map_or(TerminalSet::EMPTY, TerminalSet::of);
        let by_kind = match (kind, text.bytes().last()) {
            ("NUMBER", None) => of(kind).union(of("IMAGINARY")),
            ("NUMBER", Some(b'j' | b'J')) => of("IMAGINARY"),
            ("FSTRING_START" | "FSTRING_END", Some(_)) => of(&format!("{kind}{}", quote_suffix(text))),
            _ => of(kind),
        };
        let by_text = (kind == "NAME").then(|| self.get(text)).flatten();
        by_text.filter(|&t| self.soft.contains(t)).map_or(by_kind, |t| by_kind.union(TerminalSet::of(t)))
    }

    pub(crate) fn intern(&mut self, name: &str) -> Option<Terminal> {
        self.get(name).or_else(|| {
            (self.names.len() < 128).then(|| {
                self.names.push(name.to_owned());
                Terminal((self.names.len() - 1) as u8)
            })
        })
    }

    pub(crate) fn mark_soft(&mut self, terminal: Terminal) {
        self.soft = self.soft.union(TerminalSet::of(terminal));
    }
}
