//! `hole()` and `hole("intent")` of `astral_lsp`, under whatever name the file has imported it.

use tree_sitter::Node;

use super::{Construct, Hole, HoleKind};
use crate::imports::Imports;
use crate::tree::{KindName, text};

const NAMES: [&str; 2] = ["astral_lsp.hole", "astral_lsp.hole.hole"];

/// The hole that the call at the end of `path` is, if it is one.
pub(super) fn classify(path: &[Node<'_>], imports: &Imports, source: &str) -> Option<Hole> {
    let call = path[path.len() - 1];
    let function = call.child_by_field_name("function")?;
    let name = imports.resolve(function, source)?;
    let starred = name == "hole" && imports.stars("astral_lsp");
    if !starred && !NAMES.contains(&name.as_str()) {
        return None;
    }
    let is_annotation = path.iter().rev().nth(1).is_some_and(|parent| parent.kind_name() == "type");
    Some(Hole {
        kind: if is_annotation { HoleKind::Type } else { HoleKind::Expression },
        start: call.start_byte(),
        end: call.end_byte(),
        intent: call.child_by_field_name("arguments").and_then(|arguments| intent(arguments, source)),
        construct: Construct::Call,
    })
}

/// The string given as first argument or as `intent=`.
fn intent(arguments: Node<'_>, source: &str) -> Option<String> {
    let first = arguments.named_children(&mut arguments.walk()).find(|child| child.kind_name() != "comment")?;
    let value = match first.kind_name() {
        "keyword_argument" => first
            .child_by_field_name("value")
            .filter(|_| first.child_by_field_name("name").is_some_and(|name| text(name, source) == "intent"))?,
        _ => first,
    };
    let said = match value.kind_name() {
        "string" => string_value(value, source)?,
        "concatenated_string" => {
            let mut cursor = value.walk();
            let parts = value.named_children(&mut cursor).filter(|part| part.kind_name() == "string");
            parts.map(|part| string_value(part, source)).collect::<Option<String>>()?
        }
        _ => return None,
    };
    let said = said.trim();
    (!said.is_empty()).then(|| said.to_owned())
}

/// What a string literal evaluates to; None for bytes and for f-strings with fields. `\N{…}` stays as it is written.
fn string_value(string: Node<'_>, source: &str) -> Option<String> {
    let mut value = String::new();
    let prefix = string.child(0).map(|start| text(start, source).to_ascii_lowercase()).unwrap_or_default();
    if prefix.contains('b') {
        return None;
    }
    for part in string.named_children(&mut string.walk()) {
        match part.kind_name() {
            "string_content" if prefix.contains('r') => value.push_str(text(part, source)),
            "string_content" => unescape(text(part, source), &mut value),
            "interpolation" => return None,
            _ => {}
        }
    }
    Some(value)
}

fn unescape(content: &str, value: &mut String) {
    let mut rest = content;
    while let Some(at) = rest.find('\\') {
        value.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (piece, len) = escape(after);
        match piece {
            Some(piece) => value.push_str(&piece),
            None => value.push_str(&rest[at..at + 1 + len]),
        }
        rest = &after[len..];
    }
    value.push_str(rest);
}

/// The text for the escape that `after` begins with, without its backslash, and its length; None keeps it as written.
fn escape(after: &str) -> (Option<String>, usize) {
    let Some(letter) = after.chars().next() else { return (None, 0) };
    let known = |text: &str| (Some(text.to_owned()), 1);
    match letter {
        '\r' if after.starts_with("\r\n") => (Some(String::new()), 2),
        '\n' | '\r' => known(""),
        'n' => known("\n"),
        't' => known("\t"),
        'r' => known("\r"),
        '\\' | '\'' | '"' => known(&after[..1]),
        'x' => code(after, 1, 2, 16),
        'u' => code(after, 1, 4, 16),
        'U' => code(after, 1, 8, 16),
        '0'..='7' => {
            let len = after.bytes().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            code(after, 0, len, 8)
        }
        _ => (None, letter.len_utf8()),
    }
}

fn code(after: &str, skip: usize, len: usize, radix: u32) -> (Option<String>, usize) {
    let digits = after.get(skip..skip + len);
    let value = digits.and_then(|digits| u32::from_str_radix(digits, radix).ok()).and_then(char::from_u32);
    value.map_or((None, skip), |value| (Some(value.to_string()), skip + len))
}
