//! What stands behind a hole, read from every state that a fill may end in.
//!
//! How many brackets are open where the fill ends is known: as many as the suffix closes without opening them. Which blocks are around
//! is not; a line of the suffix stands in one that is open there, or begins one.

use super::kinds::Kinds;
use super::lexer::{At, Frame, Layout, Lexer, Row, Short};
use crate::context::CONTINUING;
use crate::grammar::Grammar;
use crate::spelling::text::{Family, Open};
use crate::terminal::TerminalSet;

/// Lexemes of a suffix as they are read from one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Suffix {
    pub rows: Vec<Row>,
    /// Whether its first lexeme may begin in the fill.
    pub glued: bool,
}

/// Every reading of the suffix, each once. `before`: the reader where the hole begins.
pub(super) fn readings(grammar: &Grammar, kinds: &Kinds, before: &Lexer, text: &[u8]) -> Vec<Suffix> {
    let first = text.first().copied().unwrap_or(b'\n');
    let glues = first.is_ascii_alphanumeric() || first >= 0x80 || b"_\"'=<>/*.".contains(&first);
    let mut found: Vec<Suffix> = Vec::new();
    for (at, frames) in joins(before, first) {
        let glued = glues && matches!(at, At::Code);
        let Some(rows) = reading(grammar, kinds, at, frames, text) else { continue };
        let suffix = Suffix { rows, glued };
        if !found.contains(&suffix) {
            found.push(suffix);
        }
    }
    found
}

/// States in which a fill may end.
fn joins(before: &Lexer, first: u8) -> Vec<(At, Vec<Frame>)> {
    let mut all = vec![(At::Code, Vec::new()), (At::Comment, Vec::new())];
    let quoted = matches!(first, b'"' | b'\'');
    for quote in [b'"', b'\''] {
        for triple in [false, true] {
            let family = |raw: bool, bytes: bool, braces: bool| Family { raw, bytes, braces, quote, triple };
            for (raw, bytes) in [(false, false), (true, false), (false, true)] {
                all.extend(opens(first, quote).map(|open| (At::Literal(family(raw, bytes, false), open), Vec::new())));
            }
            let own = vec![Frame::Text(family(false, false, true), false)];
            all.extend(opens(first, quote).map(|open| (At::Text(open, true), own.clone())));
            all.extend(within(&own));
            for inner in [b'"', b'\''].into_iter().filter(|&inner| inner != quote) {
                let mut nested = [own.clone(), vec![Frame::Field]].concat();
                nested.push(Frame::Text(Family { quote: inner, ..family(false, false, true) }, false));
                all.push((At::Text(Open::Nothing, true), nested.clone()));
                all.extend(within(&nested));
            }
        }
        if quoted {
            all.extend([1, 2].map(|n| {
                let family = Family { raw: false, bytes: false, braces: false, quote: first, triple: false };
                (At::Quotes(family, false, n), Vec::new())
            }));
        }
    }
    if quoted {
        all.extend([b"f", b"b", b"r"].map(|prefix| (At::Word(Short::of(prefix)), Vec::new())));
    }
    all.extend(own(before));
    all
}

/// In the field of the innermost f-string, in brackets there, and in its format specification.
fn within(frames: &[Frame]) -> Vec<(At, Vec<Frame>)> {
    let with = |more: &[Frame]| [frames, more].concat();
    let field = with(&[Frame::Field]);
    let brackets = with(&[Frame::Field, Frame::Bracket(0)]);
    let deeper = with(&[Frame::Field, Frame::Bracket(0), Frame::Bracket(0)]);
    let spec = with(&[Frame::Field, Frame::Spec]);
    vec![(At::Code, field), (At::Code, brackets), (At::Code, deeper), (At::Text(Open::Nothing, true), spec)]
}

/// What may be open in a literal in front of a byte.
fn opens(first: u8, quote: u8) -> impl Iterator<Item = Open> {
    let escapes = b"\"'\\\n\r{}".contains(&first).then_some(Open::Backslash);
    let quotes = (first == quote).then_some([Open::Quotes(1), Open::Quotes(2)]);
    let braces = b"{}".contains(&first).then_some(Open::Brace(first));
    [Open::Nothing].into_iter().chain(escapes).chain(quotes.into_iter().flatten()).chain(braces)
}

/// The state where the hole begins, and those around it in the f-strings and literals that it stands in.
fn own(before: &Lexer) -> Vec<(At, Vec<Frame>)> {
    let is_text = |frame: &Frame| matches!(frame, Frame::Text(..) | Frame::Spec);
    let frames = before.frames.as_slice();
    let mut all = Vec::new();
    if let At::Literal(family, _) = &before.at {
        all.push((At::Literal(family.clone(), Open::Nothing), frames.to_vec()));
        all.push((At::Code, frames.to_vec()));
    }
    if frames.iter().any(is_text) {
        all.push((At::Code, frames.to_vec()));
        for quote in [b'"', b'\''] {
            let family = Family { raw: false, bytes: false, braces: false, quote, triple: false };
            all.push((At::Literal(family, Open::Nothing), frames.to_vec()));
        }
        for depth in (0..frames.len()).filter(|&depth| is_text(&frames[depth])) {
            all.push((At::Text(Open::Nothing, true), frames[..=depth].to_vec()));
            all.extend(within(&frames[..=depth]));
        }
    }
    all
}

/// Lexemes read from a state; None when they are none of Python.
fn reading(grammar: &Grammar, kinds: &Kinds, at: At, frames: Vec<Frame>, text: &[u8]) -> Option<Vec<Row>> {
    let mut rows = Vec::new();
    let begun = if matches!(at, At::Code | At::Comment) && frames.is_empty() { None } else { Some(true) };
    let mut probe = Lexer::joining(at.clone(), frames.clone(), Layout::Ignored, begun);
    probe.read(kinds, text, &mut rows).ok()?;
    probe.finish(kinds, &mut rows).ok()?;
    let around = probe.unmatched.iter().rev().map(|&closer| Frame::Bracket(closer));
    // Within brackets of an f-string's own the closers below are closed by it alone.
    let frames: Vec<Frame> = around.chain(frames).collect();
    let mut lexer = Lexer::joining(at, frames, Layout::Open, begun);
    rows.clear();
    let cut = read_section(grammar, kinds, &mut lexer, text, &mut rows)?;
    if !cut {
        lexer.finish(kinds, &mut rows).ok()?;
    }
    Some(rows)
}

/// Reads up to the second statement of the file that begins in the text; whether it came so far.
pub(super) fn read_section(
    grammar: &Grammar,
    kinds: &Kinds,
    lexer: &mut Lexer,
    text: &[u8],
    rows: &mut Vec<Row>,
) -> Option<bool> {
    let mut starts = Starts::new(grammar);
    for &byte in text {
        let fresh = matches!(lexer.at, At::Line(..) | At::Joined(..));
        lexer.feed(kinds, byte, rows).ok()?;
        let begins = fresh && !matches!(lexer.at, At::Line(..) | At::Comment | At::Joined(..));
        if begins && lexer.indents.as_slice() == [(0, 0)] {
            // The blocks that end here are read; what begins is the next statement.
            starts.mark(rows.len());
        }
        if starts.second(rows) {
            return Some(true);
        }
    }
    Some(false)
}

/// Where statements of the file begin among rows; branches and what is decorated are no statements of their own.
struct Starts {
    continuing: TerminalSet,
    at: Option<TerminalSet>,
    /// First row of a line at column 0 that is not judged yet.
    open: Option<usize>,
    decorated: bool,
    found: usize,
}

impl Starts {
    fn new(grammar: &Grammar) -> Self {
        let get = |name: &str| grammar.terminals().get(name).map(TerminalSet::of);
        let continuing = CONTINUING.iter().filter_map(|k| get(k)).fold(TerminalSet::EMPTY, TerminalSet::union);
        Self { continuing, at: get("@"), open: None, decorated: false, found: 0 }
    }

    fn mark(&mut self, row: usize) {
        self.open = Some(row);
    }

    /// Judges the line that began last once its first lexeme is there; cuts the rows in front of the second statement.
    fn second(&mut self, rows: &mut Vec<Row>) -> bool {
        let Some(first) = self.open.filter(|&first| rows.len() > first) else { return false };
        self.open = None;
        let Row::Lexeme(set) = rows[first] else { return false };
        let begins = !self.decorated && set.intersection(self.continuing).is_empty();
        self.decorated = self.at == Some(set);
        self.found += usize::from(begins);
        if self.found == 2 {
            rows.truncate(first);
        }
        self.found == 2
    }
}

/// Rows from the start of the last statement of the file but one.
pub(super) fn last_section(grammar: &Grammar, kinds: &Kinds, rows: &mut Vec<Row>) {
    let mut starts = Starts::new(grammar);
    let (mut depth, mut fresh, mut begins) = (0_usize, true, Vec::new());
    for (at, row) in rows.iter().enumerate() {
        let Row::Lexeme(set) = *row else { continue };
        let layout = set == kinds.indent || set == kinds.dedent;
        depth = if set == kinds.indent { depth + 1 } else { depth.saturating_sub(usize::from(set == kinds.dedent)) };
        if fresh && depth == 0 && !layout {
            if !starts.decorated && set.intersection(starts.continuing).is_empty() {
                begins.push(at);
            }
            starts.decorated = starts.at == Some(set);
        }
        fresh = layout || set == kinds.newline;
    }
    let keep = begins.len().checked_sub(2).map_or(0, |at| begins[at]);
    rows.drain(..keep);
}

impl Lexer {
    /// Blocks that are open, the file aside.
    pub(super) fn depth(&self) -> usize {
        self.indents.len().saturating_sub(1)
    }
}
