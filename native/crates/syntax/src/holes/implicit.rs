//! The gap at the cursor: a place where the tokens before it ask for something that the tokens behind it are not.
//!
//! Tokens decide, not faults of the tree: the grammar takes `x =` and the next line for one assignment. The tree, with a
//! placeholder in the gap, says what role a fill would play there; a new name (parameter, import, target) is no hole.

use tree_sitter::Node;

use super::cursor::{Cursor, asks_for_operand};
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

fn comments(lexemes: &Lexemes, place: usize, source: &str) -> Option<String> {
    let spans: Vec<(usize, usize)> = (0..lexemes.len())
        .filter(|&index| lexemes.kind(index) == Lexeme::COMMENT)
        .map(|index| (lexemes.starts()[index] as usize, lexemes.ends()[index] as usize))
        .collect();
    intent::from_comments(place, place, &spans, source)
}
