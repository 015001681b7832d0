//! Literals, byte by byte: their quotes, their insides, the fields of f-strings.

use std::sync::Arc;

use super::kinds::{End, Kinds};
use super::lexer::{At, Fault, Frame, Lexer, Read, Row, WRONG};
use crate::spelling::text::{Family, Open};

impl Lexer {
    /// The first quote of a literal.
    pub(super) fn quote(&mut self, kinds: &Kinds, quote: u8, prefix: &[u8]) -> Read {
        let clashes =
            |frame: &Frame| matches!(frame, Frame::Text(family, _) if !family.triple && family.quote == quote);
        if self.bang || (!kinds.free_fields && self.frames.iter().any(clashes)) {
            return WRONG;
        }
        let has = |letter: u8| prefix.contains(&letter);
        let (raw, bytes, braces) = (has(b'r'), has(b'b'), has(b'f') || has(b't'));
        self.at = At::Quotes(Family { raw, bytes, braces, quote, triple: false }, has(b't'), 1);
        Ok(())
    }

    pub(super) fn quotes(&mut self, kinds: &Kinds, byte: u8, out: &mut Vec<Row>) -> Read {
        let At::Quotes(family, template, count) = &mut self.at else { return WRONG };
        if byte == family.quote {
            *count += 1;
            if *count < 3 {
                return Ok(());
            }
            family.triple = true;
        }
        let (family, template, count) = (family.clone(), *template, *count);
        if count == 2 {
            self.end_quotes(kinds, out)?;
            return self.byte(kinds, byte, out);
        }
        self.open_literal(kinds, family, template, out)?;
        if count == 3 { Ok(()) } else { self.byte(kinds, byte, out) }
    }

    /// An empty literal.
    pub(super) fn end_quotes(&mut self, kinds: &Kinds, out: &mut Vec<Row>) -> Read {
        let At::Quotes(family, template, 2) = self.at.clone() else { return WRONG };
        if family.braces {
            self.emit(kinds.end(template, End::Start, family.quote, false), out)?;
            return self.emit(kinds.end(template, End::Close, family.quote, false), out);
        }
        self.emit(if family.bytes { kinds.bytes } else { kinds.string }, out)
    }

    fn open_literal(&mut self, kinds: &Kinds, family: Family, template: bool, out: &mut Vec<Row>) -> Read {
        if !family.braces {
            self.at = At::Literal(family, Open::Nothing);
            return Ok(());
        }
        self.emit(kinds.end(template, End::Start, family.quote, family.triple), out)?;
        Arc::make_mut(&mut self.frames).push(Frame::Text(family, template));
        self.at = At::Text(Open::Nothing, false);
        Ok(())
    }

    pub(super) fn literal(&mut self, kinds: &Kinds, byte: u8, out: &mut Vec<Row>) -> Read {
        let breaks = matches!(byte, b'\n' | b'\r' | b'\\') && !kinds.free_fields;
        let ends = |frame: &Frame| matches!(frame, Frame::Text(family, _) if byte == b'\\' || !family.triple);
        if breaks && self.frames.iter().any(ends) {
            return WRONG;
        }
        let At::Literal(family, open) = &mut self.at else { return WRONG };
        if ends_literal(family, *open, byte) {
            let set = if family.bytes { kinds.bytes } else { kinds.string };
            return self.emit(set, out);
        }
        *open = family.byte(*open, byte).ok_or(Fault::Wrong)?;
        Ok(())
    }

    pub(super) fn text(&mut self, kinds: &Kinds, byte: u8, out: &mut Vec<Row>) -> Read {
        let At::Text(open, some) = self.at else { return WRONG };
        let in_spec = self.frames.last() == Some(&Frame::Spec);
        let Some((family, template)) = self.family().map(|(family, template)| (family.clone(), template)) else {
            return WRONG;
        };
        let turns = family.may_turn(open);
        if open == Open::Brace(b'{') && byte != b'{' {
            self.field(kinds, some, template, out)?;
            return self.byte(kinds, byte, out);
        }
        if in_spec && turns && byte == b'{' {
            return self.field(kinds, some, template, out);
        }
        if in_spec && turns && byte == b'}' {
            self.middle(kinds, some, template, out);
            Arc::make_mut(&mut self.frames).pop();
            return self.turn(kinds, byte, out);
        }
        if ends_literal(&family, open, byte) {
            self.middle(kinds, some, template, out);
            let is_text = |frame: &Frame| matches!(frame, Frame::Text(..));
            if in_spec || !self.frames.last().is_some_and(is_text) {
                return WRONG;
            }
            Arc::make_mut(&mut self.frames).pop();
            return self.emit(kinds.end(template, End::Close, family.quote, family.triple), out);
        }
        let next = family.byte(open, byte).ok_or(Fault::Wrong)?;
        // The brace that begins a field is none of the text.
        let read = some || next != Open::Brace(b'{') || matches!(open, Open::Backslash);
        self.at = At::Text(next, read);
        Ok(())
    }

    fn middle(&self, kinds: &Kinds, some: bool, template: bool, out: &mut Vec<Row>) {
        out.extend(some.then(|| Row::Lexeme(kinds.text(template))));
    }

    fn field(&mut self, kinds: &Kinds, some: bool, template: bool, out: &mut Vec<Row>) -> Read {
        self.middle(kinds, some, template, out);
        self.emit(kinds.operator(b"{").unwrap_or_default(), out)?;
        Arc::make_mut(&mut self.frames).push(Frame::Field);
        Ok(())
    }
}

fn ends_literal(family: &Family, open: Open, byte: u8) -> bool {
    byte == family.quote && if family.triple { open == Open::Quotes(2) } else { family.may_end(open) }
}
