//! Between literals: words, operators, what opens a literal, and the brackets that f-strings and comments depend on.

use super::text::{Family, Open};
use super::{At, Before, Frame, MASKED, State};
use crate::bundled::Token;

/// f-strings within f-strings that are told apart; further out anything goes.
const NESTED: usize = 3;

impl State {
    pub(super) fn in_code(mut self, token: &Token, free_fields: bool) -> Vec<Self> {
        let At::Code(before) = self.at else { return Vec::new() };
        let ends_line = matches!(token, Token::Comment) || *token == Token::Lexeme("NEWLINE".to_owned());
        if (before == Before::Bang && !matches!(token, Token::Piece { .. }))
            || (before == Before::Comment && !ends_line)
        {
            return Vec::new();
        }
        let next = match token {
            Token::Lexeme(name) => return self.lexeme(name),
            Token::Piece { code, starts: true, .. } => {
                self.at = At::Word(Some(code.clone()), before == Before::Bang);
                Some(self)
            }
            Token::Open { prefix, quote } => self.opened(before, Family::of(prefix, quote), free_fields),
            Token::Close(_) => {
                // Behind a mask: the end of an f-string that began there.
                self.at = At::Code(Before::Text);
                (self.nested && self.frames.is_empty()).then_some(self)
            }
            Token::Comment => {
                self.at = At::Comment;
                self.frames.is_empty().then_some(self)
            }
            Token::Raw => {
                self.at = At::Raw(Some(Vec::new()));
                (before != Before::Bytes).then_some(self)
            }
            _ => None,
        };
        next.map(Self::begun).into_iter().collect()
    }

    fn begun(mut self) -> Self {
        self.begun |= self.at != At::Comment;
        self
    }

    fn opened(mut self, before: Before, family: Family, free_fields: bool) -> Option<Self> {
        let mixed = matches!((before, family.bytes), (Before::Bytes, false) | (Before::Text, true));
        let clashes = |frame: &Frame| frame.family.quote == family.quote && (!frame.family.triple || family.triple);
        if mixed || (!free_fields && self.frames.iter().any(clashes)) {
            return None;
        }
        if !family.braces {
            self.at = At::Literal(family, Open::Nothing);
            return Some(self);
        }
        self.frames.push(Frame { family, brackets: 0, level: 0 });
        if self.frames.len() > NESTED {
            self.frames.remove(0);
            self.nested = true;
        }
        self.at = At::FString(Open::Nothing);
        Some(self)
    }

    /// Behind a keyword, an operator or layout.
    fn lexeme(mut self, name: &str) -> Vec<Self> {
        self.at = At::Code(if name == "!" { Before::Bang } else { Before::Other });
        match name {
            "NEWLINE" => {
                (self.depth, self.nested, self.begun) = (Some(0), false, false);
                return if self.frames.is_empty() { vec![self] } else { Vec::new() };
            }
            "INDENT" | "DEDENT" => return vec![self],
            _ => self.begun = true,
        }
        let Some(frame) = self.frames.last_mut() else { return self.outside(name) };
        match name {
            "(" | "[" | "{" => frame.brackets = frame.brackets.saturating_add(1),
            ")" | "]" | "}" if frame.brackets > 0 => frame.brackets -= 1,
            "}" if frame.level == 0 => self.at = At::FString(Open::Nothing),
            "}" => {
                frame.level = 0;
                self.at = At::Spec(0, Open::Nothing);
            }
            ":" if frame.brackets == 0 => self.at = At::Spec(frame.level, Open::Nothing),
            _ => {}
        }
        vec![self]
    }

    /// Outside of f-strings that are known: brackets count; behind a mask a field may end or turn into its specification.
    fn outside(mut self, name: &str) -> Vec<Self> {
        match name {
            "(" | "[" | "{" => self.depth = self.depth.map(|depth| depth.saturating_add(1)),
            ")" | "]" | "}" => self.depth = self.depth.map(|depth| depth.saturating_sub(1)),
            _ => {}
        }
        let turns = |at: &At| match (name, at) {
            ("}", At::FString(_)) => Some(At::FString(Open::Nothing)),
            ("}", At::Spec(0, _)) => Some(At::Spec(0, Open::Nothing)),
            (":", At::Spec(level, _)) => Some(At::Spec(*level, Open::Nothing)),
            _ => None,
        };
        let turned = |state: &Self| turns(&state.at).map(|at| Self { at, ..state.clone() });
        let mut all: Vec<Self> = if self.nested { MASKED.iter().filter_map(turned).collect() } else { Vec::new() };
        all.push(self);
        all
    }
}
