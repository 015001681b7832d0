//! Bytes of Python, one after the other → lexemes: a reader that can stop at any byte and be copied cheaply.
//!
//! It refuses a byte once nothing that follows makes the text lexemes of Python: half an escape in front of a quote, a dedent to no
//! block, a word that starts with a digit. What it has begun and not ended is pending.

use std::sync::Arc;

use super::kinds::Kinds;
use crate::spelling::text::{Family, Open};
use crate::spelling::words::is_word;
use crate::terminal::TerminalSet;

/// Why a byte cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// No Python goes on like this.
    Wrong,
    /// It may, the reader does not know.
    Doubt,
}

/// What is open around the next byte.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Frame {
    /// A bracket, by its closer; 0 for one that any closes.
    Bracket(u8),
    /// An f-string; or, with the flag, a t-string.
    Text(Family, bool),
    /// A field of the f-string below.
    Field,
    /// The format specification of the field below.
    Spec,
}

/// How blocks are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Layout {
    /// All blocks around are known.
    Exact,
    /// There may be more blocks around those that are known.
    Open,
    /// Not at all.
    Ignored,
}

/// Up to eight bytes: as many as the longest keyword has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Short {
    bytes: [u8; 8],
    len: u8,
}

impl Short {
    pub(super) fn of(text: &[u8]) -> Self {
        let mut short = Self::default();
        text.iter().for_each(|&byte| short.push(byte));
        short
    }

    pub(super) fn get(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    fn push(&mut self, byte: u8) {
        if let Some(cell) = self.bytes.get_mut(usize::from(self.len)) {
            *cell = byte;
            self.len += 1;
        }
    }
}

/// What is being read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum At {
    /// Blanks at the start of a line: its column, with tabs of eight and of one.
    Line(u16, u16),
    /// Nothing.
    Code,
    /// A word that may still become a keyword or the prefix of a literal.
    Word(Short),
    /// A word of ASCII that is a name.
    Name,
    /// A word with other characters.
    Wide(Arc<Vec<u8>>),
    Number(Arc<Vec<u8>>),
    Operator(Short),
    /// So many opening quotes.
    Quotes(Family, bool, u8),
    Literal(Family, Open),
    /// Text of an f-string or of a format specification. The flag: some was read.
    Text(Open, bool),
    Comment,
    /// Behind a backslash in code.
    Continued,
    /// The same in the blanks at the start of a line, which has this column; with the flag on the line that it joins.
    Joined(u16, u16, bool),
}

/// Lexemes of the part of a suffix whose blocks are not all known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Row {
    Lexeme(TerminalSet),
    /// A line that begins a block, or stands in one that is open already.
    Step,
    /// Any number of blocks ends.
    Closes,
    /// One block ends, and perhaps more.
    Dedents,
    /// The end of the first line, if that has anything.
    MayEnd,
}

/// A reader.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Lexer {
    pub at: At,
    pub frames: Arc<Vec<Frame>>,
    /// Columns of the blocks around, outermost first, with tabs of eight and of one.
    pub indents: Arc<Vec<(u16, u16)>>,
    pub layout: Layout,
    /// Whether the logical line has a lexeme; None when that is not known.
    pub begun: Option<bool>,
    /// Whether a conversion has to follow.
    pub bang: bool,
    /// Whether a carriage return was just read.
    returned: bool,
    /// Bytes of a character to come.
    wide: u8,
    /// Closers without an opener, innermost first.
    pub unmatched: Arc<Vec<u8>>,
}

pub(super) type Read = Result<(), Fault>;
pub(super) const WRONG: Read = Err(Fault::Wrong);

impl Lexer {
    /// At the start of a file.
    pub(super) fn at_start() -> Self {
        Self {
            at: At::Line(0, 0),
            frames: Arc::default(),
            indents: Arc::new(vec![(0, 0)]),
            layout: Layout::Exact,
            begun: Some(false),
            bang: false,
            returned: false,
            wide: 0,
            unmatched: Arc::default(),
        }
    }

    /// Somewhere in a file of which nothing is known but this.
    pub(super) fn joining(at: At, frames: Vec<Frame>, layout: Layout, begun: Option<bool>) -> Self {
        let (frames, indents) = (Arc::new(frames), Arc::default());
        Self { at, frames, indents, layout, begun, ..Self::at_start() }
    }

    /// Reads a whole text.
    pub(super) fn read(&mut self, kinds: &Kinds, text: &[u8], out: &mut Vec<Row>) -> Read {
        text.iter().try_for_each(|&byte| self.feed(kinds, byte, out))
    }

    /// Reads a byte; lexemes that it shows to be whole go to `out`.
    pub(super) fn feed(&mut self, kinds: &Kinds, byte: u8, out: &mut Vec<Row>) -> Read {
        self.character(byte)?;
        if std::mem::take(&mut self.returned) && byte == b'\n' && !self.in_text() {
            return Ok(());
        }
        self.byte(kinds, byte, out)
    }

    fn in_text(&self) -> bool {
        matches!(self.at, At::Literal(..) | At::Text(..) | At::Quotes(..))
    }

    fn character(&mut self, byte: u8) -> Read {
        let continues = (0x80..0xC0).contains(&byte);
        if byte == 0 || continues != (self.wide > 0) {
            return WRONG;
        }
        self.wide = match byte {
            0x80..0xC0 => self.wide - 1,
            0xC2..=0xDF => 1,
            0xE0..=0xEF => 2,
            0xF0..=0xF4 => 3,
            0..0x80 => 0,
            _ => return WRONG,
        };
        Ok(())
    }

    pub(super) fn byte(&mut self, kinds: &Kinds, byte: u8, out: &mut Vec<Row>) -> Read {
        match &mut self.at {
            At::Line(column, alternative) => {
                match byte {
                    b' ' => (*column, *alternative) = (column.saturating_add(1), alternative.saturating_add(1)),
                    b'\t' => {
                        (*column, *alternative) = ((*column / 8 + 1).saturating_mul(8), alternative.saturating_add(1))
                    }
                    b'\x0c' => (*column, *alternative) = (0, 0),
                    b'\n' | b'\r' => {
                        self.returned = byte == b'\r';
                        self.at = At::Line(0, 0);
                    }
                    b'#' => self.at = At::Comment,
                    b'\\' => self.at = At::Joined(*column, *alternative, false),
                    _ => {
                        let columns = (*column, *alternative);
                        self.blocks(kinds, columns, out)?;
                        self.at = At::Code;
                        return self.code(kinds, byte, out);
                    }
                }
                Ok(())
            }
            At::Code => self.code(kinds, byte, out),
            At::Word(_) | At::Name | At::Wide(_) => self.word(kinds, byte, out),
            At::Number(_) => self.number(kinds, byte, out),
            At::Operator(_) => self.operator(kinds, byte, out),
            At::Quotes(..) => self.quotes(kinds, byte, out),
            At::Literal(..) => self.literal(kinds, byte, out),
            At::Text(..) => self.text(kinds, byte, out),
            At::Comment if matches!(byte, b'\n' | b'\r') => self.line_end(kinds, byte, out),
            At::Comment => Ok(()),
            At::Continued if matches!(byte, b'\n' | b'\r') => {
                self.returned = byte == b'\r';
                self.at = At::Code;
                Ok(())
            }
            At::Continued => WRONG,
            At::Joined(..) => self.joined(kinds, byte, out),
        }
    }

    /// Lines joined before their first lexeme have the column of the first that has one.
    fn joined(&mut self, kinds: &Kinds, byte: u8, out: &mut Vec<Row>) -> Read {
        let At::Joined(column, alternative, second) = self.at else { return WRONG };
        match byte {
            b'\n' | b'\r' if !second => {
                self.returned = byte == b'\r';
                self.at = if column == 0 { At::Line(0, 0) } else { At::Joined(column, alternative, true) };
                Ok(())
            }
            _ if !second => WRONG,
            b' ' | b'\t' | b'\x0c' => Ok(()),
            _ => {
                self.at = At::Line(column, alternative);
                self.byte(kinds, byte, out)
            }
        }
    }

    /// The blocks that a line of this column begins or ends.
    fn blocks(&mut self, kinds: &Kinds, columns: (u16, u16), out: &mut Vec<Row>) -> Read {
        if self.layout == Layout::Ignored {
            return Ok(());
        }
        let open = self.layout == Layout::Open;
        let indents = Arc::make_mut(&mut self.indents);
        let Some(&top) = indents.last() else {
            out.push(if columns.0 == 0 { Row::Closes } else { Row::Step });
            indents.push(columns);
            return Ok(());
        };
        if columns.0 > top.0 {
            out.push(Row::Lexeme(kinds.indent));
            indents.push(columns);
            return if columns.1 > top.1 { Ok(()) } else { WRONG };
        }
        while indents.last().is_some_and(|top| columns.0 < top.0) {
            indents.pop();
            out.push(if indents.is_empty() { Row::Dedents } else { Row::Lexeme(kinds.dedent) });
        }
        match indents.last() {
            None if open => indents.push(columns),
            Some(&top) if top == columns => {}
            _ => return WRONG,
        }
        Ok(())
    }

    pub(super) fn emit(&mut self, set: TerminalSet, out: &mut Vec<Row>) -> Read {
        if set.is_empty() || std::mem::take(&mut self.bang) {
            return WRONG;
        }
        self.begun = Some(true);
        self.at = At::Code;
        out.push(Row::Lexeme(set));
        Ok(())
    }

    fn code(&mut self, kinds: &Kinds, byte: u8, out: &mut Vec<Row>) -> Read {
        match byte {
            _ if self.bang && !b"rsa".contains(&byte) => return WRONG,
            b' ' | b'\t' | b'\x0c' => return Ok(()),
            b'\n' | b'\r' => return self.line_end(kinds, byte, out),
            _ => {}
        }
        match byte {
            b'#' if kinds.free_fields || !self.in_field() => self.at = At::Comment,
            b'\\' if kinds.free_fields || !self.in_field() => self.at = At::Continued,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.at = At::Word(Short::of(&[byte])),
            b'0'..=b'9' => self.at = At::Number(Arc::new(vec![byte])),
            b'"' | b'\'' => return self.quote(kinds, byte, &[]),
            0x80.. => self.at = At::Wide(Arc::new(vec![byte])),
            _ => return self.operator_start(kinds, byte, out),
        }
        Ok(())
    }

    fn in_field(&self) -> bool {
        self.frames.contains(&Frame::Field)
    }

    /// Innermost f-string.
    pub(super) fn family(&self) -> Option<(&Family, bool)> {
        self.frames.iter().rev().find_map(|frame| match frame {
            Frame::Text(family, template) => Some((family, *template)),
            _ => None,
        })
    }

    fn line_end(&mut self, kinds: &Kinds, byte: u8, out: &mut Vec<Row>) -> Read {
        self.returned = byte == b'\r';
        if self.bang {
            return WRONG;
        }
        if self.frames.is_empty() {
            match self.begun {
                Some(true) => out.push(Row::Lexeme(kinds.newline)),
                Some(false) => {}
                None => out.push(Row::MayEnd),
            }
            self.begun = Some(false);
            self.at = At::Line(0, 0);
            return Ok(());
        }
        self.at = At::Code;
        let ends = |frame: &Frame| matches!(frame, Frame::Text(family, _) if !family.triple);
        if !kinds.free_fields && self.frames.iter().any(ends) { WRONG } else { Ok(()) }
    }

    fn word(&mut self, kinds: &Kinds, byte: u8, out: &mut Vec<Row>) -> Read {
        let continues = byte.is_ascii_alphanumeric() || byte == b'_';
        if self.bang && (continues || byte >= 0x80) {
            return WRONG;
        }
        match &mut self.at {
            At::Word(word) if continues => {
                let mut longer = *word;
                longer.push(byte);
                let open = longer.len > word.len && may_be_special(kinds, longer.get());
                self.at = if open { At::Word(longer) } else { At::Name };
                return Ok(());
            }
            At::Name if continues => return Ok(()),
            At::Wide(word) if continues || byte >= 0x80 => {
                Arc::make_mut(word).push(byte);
                return if may_be_name(word) { Ok(()) } else { WRONG };
            }
            At::Word(word) if byte >= 0x80 => {
                let mut text = word.get().to_vec();
                text.push(byte);
                self.at = At::Wide(Arc::new(text));
                return Ok(());
            }
            At::Name if byte >= 0x80 => {
                self.at = At::Wide(Arc::new(vec![b'_', byte]));
                return Ok(());
            }
            At::Word(word) if matches!(byte, b'"' | b'\'') && is_prefix(kinds, word.get()) => {
                let prefix = word.get().to_ascii_lowercase();
                return self.quote(kinds, byte, &prefix);
            }
            _ => {}
        }
        self.end_word(kinds, out)?;
        self.code(kinds, byte, out)
    }

    fn end_word(&mut self, kinds: &Kinds, out: &mut Vec<Row>) -> Read {
        let conversion = std::mem::take(&mut self.bang);
        let set = match &self.at {
            At::Word(word) if conversion && !matches!(word.get(), b"r" | b"s" | b"a") => return WRONG,
            At::Word(word) => kinds.word(word.get()),
            At::Wide(word) if conversion || !is_word(word) => return WRONG,
            _ if conversion => return WRONG,
            _ => kinds.name,
        };
        self.emit(set, out)
    }

    fn number(&mut self, kinds: &Kinds, byte: u8, out: &mut Vec<Row>) -> Read {
        let At::Number(digits) = &mut self.at else { return WRONG };
        let mut longer = digits.to_vec();
        longer.push(byte);
        if may_be_number(&longer) {
            *digits = Arc::new(longer);
            return Ok(());
        }
        self.end_number(kinds, out)?;
        if byte.is_ascii_digit() || byte == b'_' || byte >= 0x80 { WRONG } else { self.code(kinds, byte, out) }
    }

    fn end_number(&mut self, kinds: &Kinds, out: &mut Vec<Row>) -> Read {
        let At::Number(digits) = &self.at else { return WRONG };
        let imaginary = matches!(digits.last(), Some(b'j' | b'J'));
        let set = if imaginary { kinds.imaginary } else { kinds.number };
        if is_word(digits) { self.emit(set, out) } else { WRONG }
    }

    fn operator_start(&mut self, kinds: &Kinds, byte: u8, out: &mut Vec<Row>) -> Read {
        if self.frames.last() == Some(&Frame::Field) && matches!(byte, b'}' | b':') {
            return self.turn(kinds, byte, out);
        }
        let text = [byte];
        if kinds.grows(&text) {
            self.at = At::Operator(Short::of(&text));
            return Ok(());
        }
        self.whole_operator(kinds, &text, out)
    }

    fn operator(&mut self, kinds: &Kinds, byte: u8, out: &mut Vec<Row>) -> Read {
        let At::Operator(text) = self.at else { return WRONG };
        let mut longer = text;
        longer.push(byte);
        if kinds.grows(longer.get()) {
            self.at = At::Operator(longer);
            return Ok(());
        }
        if kinds.operator(longer.get()).is_some() {
            return self.whole_operator(kinds, longer.get(), out);
        }
        if let (Some((b'.', before)), b'0'..=b'9') = (text.get().split_last(), byte) {
            if !before.is_empty() {
                self.whole_operator(kinds, before, out)?;
            }
            self.at = At::Number(Arc::new(vec![b'.', byte]));
            return Ok(());
        }
        self.end_operator(kinds, out)?;
        self.byte(kinds, byte, out)
    }

    fn end_operator(&mut self, kinds: &Kinds, out: &mut Vec<Row>) -> Read {
        let At::Operator(text) = self.at else { return WRONG };
        if text.get() == b".." {
            self.whole_operator(kinds, b".", out)?;
            return self.whole_operator(kinds, b".", out);
        }
        self.whole_operator(kinds, text.get(), out)
    }

    fn whole_operator(&mut self, kinds: &Kinds, text: &[u8], out: &mut Vec<Row>) -> Read {
        let Some(set) = kinds.operator(text) else { return WRONG };
        let in_field = self.frames.last() == Some(&Frame::Field);
        if text == b"!" && !in_field {
            return WRONG;
        }
        self.emit(set, out)?;
        self.bang = text == b"!";
        match text {
            b"(" | b"[" | b"{" => {
                let closer = match text {
                    b"(" => b')',
                    b"[" => b']',
                    _ => b'}',
                };
                Arc::make_mut(&mut self.frames).push(Frame::Bracket(closer));
            }
            b")" | b"]" | b"}" => return self.close(text[0]),
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, closer: u8) -> Read {
        match self.frames.last() {
            Some(&Frame::Bracket(wanted)) if wanted == closer || wanted == 0 => {
                Arc::make_mut(&mut self.frames).pop();
                Ok(())
            }
            None if self.layout == Layout::Ignored => {
                Arc::make_mut(&mut self.unmatched).push(closer);
                Ok(())
            }
            _ => WRONG,
        }
    }

    /// `}` or `:` directly in a field.
    pub(super) fn turn(&mut self, kinds: &Kinds, byte: u8, out: &mut Vec<Row>) -> Read {
        let set = kinds.operator(&[byte]).unwrap_or_default();
        self.emit(set, out)?;
        let frames = Arc::make_mut(&mut self.frames);
        if byte == b':' {
            frames.push(Frame::Spec);
        } else {
            frames.pop();
        }
        self.at = At::Text(Open::Nothing, false);
        Ok(())
    }

    /// What is pending becomes a lexeme, at the end of the file.
    pub(super) fn finish(&mut self, kinds: &Kinds, out: &mut Vec<Row>) -> Read {
        match &self.at {
            At::Word(_) | At::Name | At::Wide(_) => self.end_word(kinds, out)?,
            At::Number(_) => self.end_number(kinds, out)?,
            At::Operator(_) => self.end_operator(kinds, out)?,
            At::Quotes(..) => self.end_quotes(kinds, out)?,
            At::Literal(..) | At::Text(..) | At::Continued | At::Joined(..) => return WRONG,
            At::Line(..) | At::Code | At::Comment => {}
        }
        if !self.frames.is_empty() || self.bang || self.wide > 0 {
            return WRONG;
        }
        if !matches!(self.at, At::Line(..)) {
            self.line_end(kinds, b'\n', out)?;
        }
        self.blocks(kinds, (0, 0), out)
    }
}

/// Whether a word can become a keyword or the prefix of a literal.
fn may_be_special(kinds: &Kinds, word: &[u8]) -> bool {
    kinds.keywords(word).next().is_some() || is_prefix(kinds, word)
}

fn is_prefix(kinds: &Kinds, word: &[u8]) -> bool {
    match word.to_ascii_lowercase().as_slice() {
        b"r" | b"b" | b"u" | b"f" | b"br" | b"rb" | b"fr" | b"rf" => true,
        b"t" | b"tr" | b"rt" => kinds.templates,
        _ => false,
    }
}

fn may_be_number(text: &[u8]) -> bool {
    let with = |more: &[u8]| is_word(&[text, more].concat());
    is_word(text) || [b"0".as_slice(), b".", b"j"].into_iter().any(with)
}

/// Whether bytes begin a name; its last character may be cut.
fn may_be_name(text: &[u8]) -> bool {
    let whole = match std::str::from_utf8(text) {
        Ok(word) => word,
        Err(error) => std::str::from_utf8(&text[..error.valid_up_to()]).unwrap_or_default(),
    };
    whole.is_empty() || is_word(whole.as_bytes()) || whole.is_ascii()
}
