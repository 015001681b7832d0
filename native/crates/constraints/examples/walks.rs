//! Prints random admissible walks as Python programs, separated by form feeds: `walks SEED COUNT MINOR`.
//!
//! Each cuts a region out of real statements, commits random tokens of the masks in random order until no slot is masked, and writes the
//! whole out with placeholder names. `tests/fixtures/check_walks.py` parses them.

#[path = "../tests/common/mod.rs"]
mod common;

use astral_constraints::region::{Place, Region, Status};
use astral_constraints::vocabulary::Piece;
use common::{World, cut, seeded, streams};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};

fn main() {
    let number = |i: usize, otherwise: u64| std::env::args().nth(i).and_then(|v| v.parse().ok()).unwrap_or(otherwise);
    let (seed, count, minor) = (number(1, 1), number(2, 100), number(3, 13) as u8);
    let world = World::new(minor);
    let pieces: Vec<Vec<String>> = streams().iter().flat_map(|s| statements(s)).collect();
    let mut rng = seeded(seed);
    for _ in 0..count {
        let mut piece: Vec<String> = pieces.choose(&mut rng).expect("there are statements").clone();
        while piece.len() < 60 {
            piece.extend(pieces.choose(&mut rng).expect("there are statements").iter().cloned());
        }
        let Some(tokens) = walk(&world, &piece, &mut rng) else { continue };
        println!("{}\u{c}", text(&world, &tokens));
    }
}

/// Top-level statements of at most 300 lexemes; branches stay with what they continue.
fn statements(stream: &[String]) -> Vec<Vec<String>> {
    let (mut found, mut current, mut depth) = (Vec::new(), Vec::<String>::new(), 0);
    for (i, lexeme) in stream.iter().enumerate() {
        current.push(lexeme.clone());
        depth += i32::from(lexeme == "INDENT") - i32::from(lexeme == "DEDENT");
        let next = stream.get(i + 1).map_or("", String::as_str);
        let ends = depth == 0 && (lexeme == "DEDENT" || (lexeme == "NEWLINE" && next != "INDENT"));
        let joined = ["elif", "else", "except", "finally"].contains(&next) || current[0] == "@" && lexeme != "DEDENT";
        if ends && !joined {
            found.push(std::mem::take(&mut current));
        }
    }
    found.retain(|s| s.len() <= 300);
    found
}

enum Out {
    Lexeme(String),
    Token(usize),
}

fn walk(world: &World, piece: &[String], rng: &mut StdRng) -> Option<Vec<Out>> {
    let case = cut(world, piece, rng);
    let mut region = Region::new(world.grammar.clone(), world.vocabulary.clone(), &case.row);
    if region.status() != Status::Alive {
        return None;
    }
    let mut chosen: Vec<Option<usize>> = case.slots.iter().map(|s| Some(s.1)).collect();
    let mut order: Vec<usize> = (0..case.slots.len()).filter(|&i| case.slots[i].0).collect();
    order.shuffle(rng);
    for slot in order {
        let mask = region.masks()[slot].clone();
        let mut tokens: Vec<usize> = mask.tokens.iter().collect();
        if rng.random_bool(0.7) {
            tokens.dedup_by_key(|t| world.vocabulary.class(*t));
        }
        chosen[slot] =
            if mask.empty && (tokens.is_empty() || rng.random_bool(0.3)) { None } else { tokens.choose(rng).copied() };
        match chosen[slot] {
            Some(token) => region.commit(slot, token),
            None => region.commit_empty(slot),
        }
    }
    assert_eq!(region.status(), Status::Alive, "a walk never ends dead");
    let mut chosen = chosen.into_iter();
    let mut lexemes = piece.iter();
    Some(laid_out(world, &case.row, &mut chosen, &mut lexemes))
}

fn laid_out(
    world: &World,
    row: &[Place],
    chosen: &mut dyn Iterator<Item = Option<usize>>,
    lexemes: &mut std::slice::Iter<'_, String>,
) -> Vec<Out> {
    let mut out = Vec::new();
    for place in row {
        match place {
            Place::Context(set) => {
                let lexeme =
                    lexemes.find(|l| world.context(l) == Place::Context(*set)).expect("the context is in the stream");
                out.push(Out::Lexeme(lexeme.clone()));
            }
            Place::Fixed(_) | Place::Masked { .. } => out.extend(chosen.next().flatten().map(Out::Token)),
        }
    }
    out
}

/// Source text with placeholder names, numbers and strings.
fn text(world: &World, tokens: &[Out]) -> String {
    let (mut source, mut indent, mut line_start, mut before) = (String::new(), 0, true, String::new());
    for token in tokens {
        let (kind, spelling, continues) = match token {
            Out::Lexeme(lexeme) => {
                let (kind, text) = lexeme.split_once(':').filter(|(k, _)| *k == "NAME").unwrap_or((lexeme, ""));
                (kind.to_owned(), text.to_owned(), false)
            }
            Out::Token(id) => match world.piece(*id) {
                (Piece::Lexeme(kind) | Piece::Start(kind), text) => (kind.clone(), text.clone(), false),
                (Piece::Continue(kind), _) => (kind.clone(), String::new(), true),
                (Piece::Special, _) => unreachable!("a special token is in no mask"),
            },
        };
        match kind.as_str() {
            "INDENT" => indent += 1,
            "DEDENT" => indent -= 1,
            "NEWLINE" => source.push('\n'),
            "COMMENT" => source.push_str("# c\n"),
            "FSTRING_MIDDLE" | "TSTRING_MIDDLE" => source.push('t'),
            _ if continues => source = extended(source, &kind),
            _ => {
                if line_start {
                    source.push_str(&" ".repeat(indent));
                }
                source.push_str(&spelled(&kind, &spelling, &before));
            }
        }
        line_start = matches!(kind.as_str(), "NEWLINE" | "INDENT" | "DEDENT" | "COMMENT");
        before = kind;
    }
    source
}

fn spelled(kind: &str, text: &str, before: &str) -> String {
    match kind {
        "NAME" if before == "!" => "r ".to_owned(),
        "NAME" if text.is_empty() => "n ".to_owned(),
        "NAME" => format!("{text} "),
        "NUMBER" => "1 ".to_owned(),
        "STRING" => "'s' ".to_owned(),
        kind if kind.starts_with("FSTRING_START") => format!("f{}", quote(kind)),
        kind if kind.starts_with("FSTRING_END") => format!("{} ", quote(kind)),
        "TSTRING_START" => "t\"".to_owned(),
        "TSTRING_END" => "\" ".to_owned(),
        "}" | "!" => kind.to_owned(),
        operator => format!("{operator} "),
    }
}

/// The quote that an end of an f-string is named after.
fn quote(kind: &str) -> &'static str {
    match kind.trim_start_matches("FSTRING_START").trim_start_matches("FSTRING_END") {
        "_SINGLE" => "'",
        "_LONG" => "\"\"\"",
        "_LONG_SINGLE" => "'''",
        _ => "\"",
    }
}

fn extended(mut source: String, kind: &str) -> String {
    match kind {
        "NAME" if source.ends_with("!r ") => {}
        "NAME" | "NUMBER" => {
            source.truncate(source.trim_end_matches(' ').len());
            source.push_str("0 ");
        }
        _ => {}
    }
    source
}
