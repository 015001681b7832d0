//! The gap at the cursor: a place where the tokens before it ask for something that the tokens behind it are not.
//!
//! Tokens decide, not faults of the tree: the grammar takes `x =` and the next line for one assignment. The tree, with a
//! placeholder in the gap, says what role a fill would play there; a new name (parameter, import, target) is no hole.

use tree_sitter::Node;

use super::{Construct, Hole, HoleKind, intent};
use crate::document::Snapshot;
use crate::kinds::Lexeme;
use crate::lexemes::Lexemes;
use crate::mend::{Mended, PLACEHOLDER, cost};
use crate::tree::{KindName, path_to};

/// The gap at `offset`, as an empty span at the place where a fill goes.
pub(crate) fn implicit_hole(snapshot: &Snapshot, offset: usize) -> Option<Hole> {
    let lexemes = snapshot.lexemes();
    let cursor = Cursor::at(&lexemes, snapshot.source(), offset)?;
    let place = cursor.place(offset);
    let is_gap = match cursor.left.name() {
        "NEWLINE" | "INDENT" | "DEDENT" => cursor.lacks_block(offset),
        ":" if cursor.opens_block() => cursor.lacks_block_behind_colon(),
        "(" | "[" | "{" => fills(snapshot, &cursor, place, Better),
        left if asks_for_operand(left) && cursor.is_cut_short() => fills(snapshot, &cursor, place, Anything),
        left if asks_for_operand(left) && cursor.is_followed_by_end() => fills(snapshot, &cursor, place, NotWorse),
        left if asks_for_operand(left) => cursor.line_ends(place) && fills(snapshot, &cursor, place, Better),
        _ => false,
    };
    is_gap.then(|| Hole {
        kind: HoleKind::Implicit,
        start: place,
        end: place,
        intent: comments(&lexemes, place, snapshot.source()),
        construct: Construct::Gap,
    })
}

/// What the placeholder has to do for the document.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Demand {
    Better,
    NotWorse,
    /// The tokens alone are proof: other errors of an unfinished line do not count.
    Anything,
}
use Demand::{Anything, Better, NotWorse};

/// Whether an expression at `place` meets the demand and has the role of a value or type. Brackets that are still open
/// on the line may be closed for it.
fn fills(snapshot: &Snapshot, cursor: &Cursor<'_>, place: usize, demand: Demand) -> bool {
    let before = cost(snapshot);
    let try_with = |closers: &str, demand: Demand| {
        Mended::with(snapshot, place, closers).is_some_and(|mended| {
            let after = cost(&mended.snapshot);
            let meets = demand == Anything || after < before || demand == NotWorse && after == before;
            meets && plays_value(&mended.snapshot, place, cursor)
        })
    };
    try_with("", demand) || before > 0 && cursor.line_ends(place) && try_with(&cursor.closers(), Better)
}

/// Whether the placeholder at `place` stands for a value or a type, not for a name that the code would bind or look up.
fn plays_value(snapshot: &Snapshot, place: usize, cursor: &Cursor<'_>) -> bool {
    let path = path_to(snapshot.root(), place);
    let [.., parent, leaf] = path.as_slice() else { return false };
    if leaf.kind_name() != "identifier" || leaf.byte_range() != (place..place + PLACEHOLDER.len()) {
        return false;
    }
    let is_field = |field| parent.child_by_field_name(field).is_some_and(|child: Node<'_>| child.id() == leaf.id());
    match parent.kind_name() {
        "ERROR" => !cursor.declares_names(),
        "parameters"
        | "lambda_parameters"
        | "dotted_name"
        | "relative_import"
        | "aliased_import"
        | "global_statement"
        | "nonlocal_statement"
        | "as_pattern_target"
        | "list_splat_pattern"
        | "dictionary_splat_pattern"
        | "tuple_pattern"
        | "list_pattern"
        | "pattern_list"
        | "delete_statement"
        | "splat_pattern"
        | "keyword_pattern"
        | "typed_parameter"
        | "splat_type" => false,
        "attribute" => is_field("object"),
        "assignment" | "augmented_assignment" | "for_statement" | "for_in_clause" => !is_field("left"),
        "function_definition"
        | "class_definition"
        | "keyword_argument"
        | "default_parameter"
        | "typed_default_parameter"
        | "named_expression" => !is_field("name"),
        _ => true,
    }
}

/// Lexemes after which an expression has to come, or may.
fn asks_for_operand(left: &str) -> bool {
    matches!(
        left,
        "=" | "+"
            | "-"
            | "*"
            | "/"
            | "//"
            | "%"
            | "@"
            | "**"
            | "&"
            | "|"
            | "^"
            | "~"
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
            | ","
            | ":"
            | "and"
            | "or"
            | "not"
            | "in"
            | "is"
            | "if"
            | "elif"
            | "else"
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
    matches!(
        right.name(),
        "NEWLINE"
            | "INDENT"
            | "DEDENT"
            | ")"
            | "]"
            | "}"
            | ","
            | ":"
            | ";"
            | "="
            | "!"
            | "and"
            | "or"
            | "in"
            | "is"
            | "if"
            | "else"
            | "for"
            | "as"
            | "/"
            | "//"
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
            | "FSTRING_MIDDLE"
            | "FSTRING_END"
    )
}

/// The lexemes around an offset that lies in none.
struct Cursor<'a> {
    lexemes: &'a Lexemes,
    source: &'a str,
    /// Kind of the last lexeme before the offset.
    left: Lexeme,
    /// Index of the first lexeme behind the offset.
    right: usize,
    /// Index of the first lexeme of the logical line that `left` belongs to.
    line: usize,
}

impl<'a> Cursor<'a> {
    fn at(lexemes: &'a Lexemes, source: &'a str, offset: usize) -> Option<Self> {
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
    fn place(&self, offset: usize) -> usize {
        let touches = self.right > 0 && self.lexemes.ends()[self.right - 1] as usize == offset;
        let spaced = self.source[offset..].starts_with(' ') && !matches!(self.left.name(), "(" | "[" | "{" | "NEWLINE");
        offset + usize::from(touches && spaced)
    }

    /// Kinds from the cursor on, comments left out.
    fn following(&self) -> impl Iterator<Item = Lexeme> {
        let kinds = self.lexemes.kinds()[self.right..].iter().map(|&kind| Lexeme(kind));
        kinds.filter(|kind| *kind != Lexeme::COMMENT)
    }

    /// Whether the logical line ends where an operand has to come.
    fn is_cut_short(&self) -> bool {
        let ends = self.following().next().is_none_or(|kind| kind == Lexeme::NEWLINE);
        ends && !matches!(self.left.name(), "," | ":" | "*" | "**" | "/")
    }

    fn is_followed_by_end(&self) -> bool {
        self.following().next().is_none_or(ends_operand)
    }

    /// Whether the physical line has nothing behind the cursor but blanks and a comment.
    fn line_ends(&self, place: usize) -> bool {
        let rest = self.source[place..].trim_start_matches([' ', '\t']);
        rest.is_empty() || rest.starts_with(['\n', '\r', '#'])
    }

    /// Kinds of the logical line up to the cursor.
    fn own_line(&self) -> &'a [u8] {
        self.lexemes.kinds().get(self.line..self.right).unwrap_or_default()
    }

    /// First keyword of the logical line, `async` and indentation skipped.
    fn head(&self) -> &'static str {
        let kinds = self.own_line().iter().map(|&kind| Lexeme(kind).name());
        let mut kinds = kinds.skip_while(|kind| matches!(*kind, "INDENT" | "DEDENT" | "COMMENT" | "NEWLINE" | "async"));
        kinds.next().unwrap_or("")
    }

    /// Whether the line at hand gives names to things, so that a gap in its brackets wants a name.
    fn declares_names(&self) -> bool {
        matches!(self.head(), "def" | "import" | "from" | "global" | "nonlocal" | "del")
            && !matches!(self.left.name(), "=" | ":" | "->")
    }

    /// Whether the lexeme before the cursor is the colon of a compound statement.
    fn opens_block(&self) -> bool {
        let compound = matches!(
            self.head(),
            "if" | "elif" | "else" | "for" | "while" | "try" | "except" | "finally" | "with" | "def" | "class"
        );
        compound && self.closers().is_empty() && self.following().next().is_none_or(|kind| kind == Lexeme::NEWLINE)
    }

    fn lacks_block_behind_colon(&self) -> bool {
        self.following().nth(1) != Some(Lexeme::INDENT)
    }

    /// Whether the cursor stands below a colon, indented more than its line, where no block follows.
    fn lacks_block(&self, offset: usize) -> bool {
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

    fn first_of_line(&self) -> usize {
        let is_blank =
            |index: &usize| matches!(self.lexemes.kind(*index), Lexeme::INDENT | Lexeme::DEDENT | Lexeme::COMMENT);
        (self.line..self.right).find(|index| !is_blank(index)).unwrap_or(self.line)
    }

    /// Closers of the brackets that the logical line has opened before the cursor.
    fn closers(&self) -> String {
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

fn comments(lexemes: &Lexemes, place: usize, source: &str) -> Option<String> {
    let spans: Vec<(usize, usize)> = (0..lexemes.len())
        .filter(|&index| lexemes.kind(index) == Lexeme::COMMENT)
        .map(|index| (lexemes.starts()[index] as usize, lexemes.ends()[index] as usize))
        .collect();
    intent::from_comments(place, place, &spans, source)
}
