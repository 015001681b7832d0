//! What the tokens around a cursor ask for.

use crate::kinds::Lexeme;
use crate::lexemes::Lexemes;

/// Operators between two operands that nothing else begins or ends with.
fn joins_operands(lexeme: &str) -> bool {
    matches!(
        lexeme,
        "/" | "//"
            | "%"
            | "@"
            | "&"
            | "|"
            | "^"
            | "<<"
            | ">>"
            | "<"
            | ">"
            | "<="
            | ">="
            | "=="
            | "!="
            | ":="
            | "->"
            | "="
            | "and"
            | "or"
            | "in"
            | "is"
            | "if"
            | "else"
            | ","
            | ":"
    )
}

/// Lexemes after which an expression has to come, or may.
pub(super) fn asks_for_operand(left: &str) -> bool {
    joins_operands(left)
        || matches!(
            left,
            "+" | "-"
                | "*"
                | "**"
                | "~"
                | "+="
                | "-="
                | "*="
                | "/="
                | "//="
                | "%="
                | "@="
                | "&="
                | "|="
                | "^="
                | ">>="
                | "<<="
                | "**="
                | "not"
                | "elif"
                | "while"
                | "assert"
                | "await"
                | "from"
                | "with"
                | "return"
                | "yield"
                | "raise"
                | "except"
        )
}

/// Lexemes that no expression begins with.
fn ends_operand(right: Lexeme) -> bool {
    joins_operands(right.name())
        || matches!(
            right.name(),
            "NEWLINE"
                | "INDENT"
                | "DEDENT"
                | ")"
                | "]"
                | "}"
                | ";"
                | "!"
                | "for"
                | "as"
                | "FSTRING_MIDDLE"
                | "FSTRING_END"
        )
}

/// The lexemes around an offset that lies in none.
pub(super) struct Cursor<'a> {
    lexemes: &'a Lexemes,
    source: &'a str,
    /// Kind of the last lexeme before the offset.
    pub(super) left: Lexeme,
    /// Index of the first lexeme behind the offset.
    right: usize,
    /// Index of the first lexeme of the logical line that `left` belongs to.
    line: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn at(lexemes: &'a Lexemes, source: &'a str, offset: usize) -> Option<Self> {
        let (mut first, last) = lexemes.at(offset, offset);
        if first != last {
            return None;
        }
        while first > 0 && lexemes.starts()[first - 1] as usize == offset {
            first -= 1; // An empty NEWLINE or DEDENT here comes behind the cursor.
        }
        let left = first.checked_sub(1)?;
        if lexemes.kind(left) == Lexeme::COMMENT
            && !source[lexemes.ends()[left] as usize..offset].contains(['\n', '\r'])
        {
            return None;
        }
        let left = (0..first).rev().find(|&index| lexemes.kind(index) != Lexeme::COMMENT)?;
        let is_line_end = |index: &usize| lexemes.kind(*index) == Lexeme::NEWLINE;
        let line = (0..left).rev().find(is_line_end).map_or(0, |index| index + 1);
        Some(Self { lexemes, source, left: lexemes.kind(left), right: first, line })
    }

    /// One blank behind the cursor belongs before the fill.
    pub(super) fn place(&self, offset: usize) -> usize {
        let touches = self.right > 0 && self.lexemes.ends()[self.right - 1] as usize == offset;
        let spaced = self.source[offset..].starts_with(' ') && !matches!(self.left.name(), "(" | "[" | "{" | "NEWLINE");
        offset + usize::from(touches && spaced)
    }

    /// Kinds from the cursor on, comments left out.
    pub(super) fn following(&self) -> impl Iterator<Item = Lexeme> {
        let kinds = self.lexemes.kinds()[self.right..].iter().map(|&kind| Lexeme(kind));
        kinds.filter(|kind| *kind != Lexeme::COMMENT)
    }

    /// Whether the logical line ends where an operand has to come.
    pub(super) fn is_cut_short(&self) -> bool {
        let ends = self.following().next().is_none_or(|kind| kind == Lexeme::NEWLINE);
        ends && !matches!(self.left.name(), "," | ":" | "*" | "**" | "/")
    }

    pub(super) fn is_followed_by_end(&self) -> bool {
        self.following().next().is_none_or(ends_operand)
    }

    /// Whether the physical line has nothing behind the cursor but blanks and a comment.
    pub(super) fn line_ends(&self, place: usize) -> bool {
        let rest = self.source[place..].trim_start_matches([' ', '\t']);
        rest.is_empty() || rest.starts_with(['\n', '\r', '#'])
    }

    /// Kinds of the logical line up to the cursor.
    pub(super) fn own_line(&self) -> &'a [u8] {
        self.lexemes.kinds().get(self.line..self.right).unwrap_or_default()
    }

    /// First keyword of the logical line, `async` and indentation skipped.
    pub(super) fn head(&self) -> &'static str {
        let kinds = self.own_line().iter().map(|&kind| Lexeme(kind).name());
        let mut kinds = kinds.skip_while(|kind| matches!(*kind, "INDENT" | "DEDENT" | "COMMENT" | "NEWLINE" | "async"));
        kinds.next().unwrap_or("")
    }

    /// Whether the line at hand gives names to things, so that a gap in its brackets wants a name.
    pub(super) fn declares_names(&self) -> bool {
        matches!(self.head(), "def" | "import" | "from" | "global" | "nonlocal" | "del")
            && !matches!(self.left.name(), "=" | ":" | "->")
    }

    /// Whether the lexeme before the cursor is the colon of a compound statement.
    pub(super) fn opens_block(&self) -> bool {
        let compound = matches!(
            self.head(),
            "if" | "elif" | "else" | "for" | "while" | "try" | "except" | "finally" | "with" | "def" | "class"
        );
        compound && self.closers().is_empty() && self.following().next().is_none_or(|kind| kind == Lexeme::NEWLINE)
    }

    pub(super) fn lacks_block_behind_colon(&self) -> bool {
        self.following().nth(1) != Some(Lexeme::INDENT)
    }

    /// Whether the cursor stands below a colon, indented more than its line, where no block follows.
    pub(super) fn lacks_block(&self, offset: usize) -> bool {
        let before = (0..self.right).rev().filter(|&index| self.lexemes.kind(index) != Lexeme::COMMENT);
        let mut before =
            before.skip_while(|&index| matches!(self.lexemes.kind(index), Lexeme::NEWLINE | Lexeme::DEDENT));
        let Some(colon) = before.next().filter(|&index| self.lexemes.kind(index).name() == ":") else { return false };
        let header = Cursor { left: self.lexemes.kind(colon), right: colon + 1, ..*self };
        let line_start = |at: usize| self.source[..at].rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let first = self.lexemes.starts()[self.first_of_line()] as usize;
        let indent = first - line_start(first);
        let blank = &self.source[line_start(offset)..offset];
        header.opens_block()
            && self.following().next() != Some(Lexeme::INDENT)
            && blank.trim().is_empty()
            && blank.len() > indent
    }

    pub(super) fn first_of_line(&self) -> usize {
        let is_blank =
            |index: &usize| matches!(self.lexemes.kind(*index), Lexeme::INDENT | Lexeme::DEDENT | Lexeme::COMMENT);
        (self.line..self.right).find(|index| !is_blank(index)).unwrap_or(self.line)
    }

    /// Closers of the brackets that the logical line has opened before the cursor.
    pub(super) fn closers(&self) -> String {
        let mut open = String::new();
        for kind in self.own_line().iter().map(|&kind| Lexeme(kind).name()) {
            match kind {
                "(" => open.push(')'),
                "[" => open.push(']'),
                "{" => open.push('}'),
                ")" | "]" | "}" => drop(open.pop()),
                _ => {}
            }
        }
        open.chars().rev().collect()
    }
}
