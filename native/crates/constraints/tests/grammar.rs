//! What the compiled grammar accepts, version by version.

use std::sync::Arc;

use astral_constraints::grammar::{Grammar, GrammarError};
use astral_constraints::region::{Place, Region, Status};
use astral_constraints::vocabulary::{Piece, Vocabulary};

/// Whether a row of lexemes parses as a file. Empty slots between them keep the row from being trimmed as context.
fn accepts(grammar: &Arc<Grammar>, lexemes: &str) -> bool {
    let vocabulary = Arc::new(Vocabulary::lexemes(grammar, &[]));
    let place = |lexeme: &str| {
        let (kind, text) = lexeme.split_once('~').unwrap_or((lexeme, ""));
        [Place::Context(grammar.terminals().of_lexeme(kind, text)), Place::Masked { optional: true }]
    };
    let row: Vec<Place> = lexemes.split_whitespace().flat_map(place).collect();
    Region::new(grammar.clone(), vocabulary, &row).status() == Status::Alive
}

/// Lexemes, and the first minor version that accepts them; 99 for never.
const CASES: [(&str, u8); 44] = [
    ("ALONE NAME if NAME else ( NAME , NAME )", 11),
    ("ALONE NAME , NAME", 99),
    ("ALONE NAME NEWLINE", 99),
    ("NAME NEWLINE ALONE NAME", 99),
    ("NAME = NAME NEWLINE", 11),
    ("NAME NAME NEWLINE", 99),
    ("if ( NAME := NUMBER ) : pass NEWLINE", 11),
    ("NAME := NUMBER NEWLINE", 99),
    ("NAME~match NAME : NEWLINE INDENT NAME~case NUMBER | NAME~_ : pass NEWLINE DEDENT", 11),
    ("NAME~match = NAME~case NEWLINE", 11),
    ("NAME~type NAME = NAME NEWLINE", 12),
    ("def NAME [ NAME : NAME , * NAME ] ( NAME : NAME ) : pass NEWLINE", 12),
    ("class NAME [ NAME = NAME ] : pass NEWLINE", 13),
    ("try : pass NEWLINE except * NAME : pass NEWLINE", 11),
    ("try : pass NEWLINE except NAME , NAME : pass NEWLINE", 14),
    ("try : pass NEWLINE", 99),
    ("NAME [ * NAME , NAME ] = NUMBER NEWLINE", 11),
    ("NAME = FSTRING_START FSTRING_MIDDLE { NAME ! NAME : FSTRING_MIDDLE } FSTRING_END NEWLINE", 11),
    ("NAME = FSTRING_START { ( lambda : NAME ) } FSTRING_END NEWLINE", 11),
    ("NAME = FSTRING_START { lambda : NAME } FSTRING_END NEWLINE", 99),
    ("NAME = TSTRING_START { NAME } TSTRING_END NEWLINE", 14),
    ("@ NAME . NAME NEWLINE async def NAME ( NAME , / , * , NAME = NUMBER , ** NAME ) : await NAME NEWLINE", 11),
    ("def NAME ( NAME NAME ) : pass NEWLINE", 99),
    ("@ NAME NEWLINE NAME = NUMBER NEWLINE", 99),
    ("NAME = FSTRING_START { NAME } FSTRING_END~' NEWLINE", 99),
    ("NAME = FSTRING_START~' { FSTRING_START { NAME } FSTRING_END } FSTRING_END~' NEWLINE", 11),
    ("NAME = FSTRING_START { * NAME } FSTRING_END NEWLINE", 12),
    ("NAME = FSTRING_START { * NAME , } FSTRING_END NEWLINE", 11),
    ("NAME = STRING STRING NEWLINE", 11),
    ("NAME = BYTES BYTES NEWLINE", 11),
    ("NAME = BYTES STRING NEWLINE", 99),
    ("NAME = BYTES FSTRING_START FSTRING_END NEWLINE", 99),
    ("NAME = NUMBER~1 + NUMBER~2j NEWLINE", 11),
    ("NAME~match NAME : NEWLINE INDENT NAME~case NUMBER~1 + NUMBER~2j : pass NEWLINE DEDENT", 11),
    ("NAME~match NAME : NEWLINE INDENT NAME~case NUMBER~1 + NUMBER~2 : pass NEWLINE DEDENT", 99),
    ("COMMENT if NAME : COMMENT NEWLINE COMMENT INDENT COMMENT pass NEWLINE DEDENT COMMENT NAME NEWLINE", 11),
    ("NAME = NAME COMMENT + NAME NEWLINE", 99),
    ("NAME = ( COMMENT NAME COMMENT + [ NAME COMMENT ] COMMENT ) COMMENT NEWLINE", 11),
    ("NAME = ( NAME ) COMMENT + NAME NEWLINE", 99),
    ("del NAME COMMENT NEWLINE", 11),
    ("NAME = lambda NAME = lambda : NAME : NAME NEWLINE", 11),
    ("NAME ( NAME = NUMBER , NAME ) NEWLINE", 99),
    ("with ( NAME as NAME , NAME as NAME , ) : pass NEWLINE", 11),
    ("if NAME : NEWLINE INDENT pass NEWLINE DEDENT else : NEWLINE INDENT pass NEWLINE", 99),
];

#[test]
fn accepts_from_its_version_on() {
    for minor in 11..=14 {
        let grammar = Arc::new(Grammar::python(minor));
        for (lexemes, since) in CASES {
            assert_eq!(accepts(&grammar, lexemes), minor >= since, "3.{minor}: {lexemes}");
        }
    }
}

/// Bad grammars are values, with the line where they are bad.
#[test]
fn rejects_what_is_no_grammar() {
    let error = |text: &str| Grammar::new(text, "a", 14, &[]).err();
    assert_eq!(error("a: 'x'\n"), None);
    assert_eq!(error("b: 'x'\n"), Some(GrammarError::NoStart("a".to_owned())));
    assert_eq!(
        error("a: 'x'\nb: ( 'y'\n"),
        Some(GrammarError::Syntax { line: 3, what: "a closing bracket".to_owned() })
    );
    let many: String = (0..200).map(|i| format!("| 't{i}' ")).collect();
    assert_eq!(error(&format!("a: {many}\n")), Some(GrammarError::TooLarge));
}

/// The chart's loops rely on it for speed: no phrase of Python ends with a phrase of the same automaton at the same place.
#[test]
fn python_needs_no_fixpoint() {
    assert!((11..=14).all(|minor| !Grammar::python(minor).machine().is_cyclic()));
}

/// A display of hundreds of elements is decided, and each slot may hold what it may hold in a short one.
#[test]
fn long_displays_are_decided() {
    let grammar = Arc::new(Grammar::python(14));
    let tokens: Vec<(Piece, &str)> =
        ["NAME", "NUMBER", ",", ":", "*", "**", "=", "for", "]", ")"].map(|n| (Piece::Lexeme(n.to_owned()), "")).into();
    let vocabulary = Arc::new(Vocabulary::lexemes(&grammar, &tokens));
    let masks = |opens: &str, element: &str, closes: &str, count: usize| {
        let lexeme = |name: &str| Place::Context(grammar.terminals().of_lexeme(name, ""));
        let place = |name: &str| if name == "?" { Place::Masked { optional: false } } else { lexeme(name) };
        let (left, right) = (format!("{element} , ").repeat(count), format!(", {element} ").repeat(count));
        let text = format!("{opens} {left} ? ? {right} {closes} NEWLINE");
        let row: Vec<Place> = text.split_whitespace().map(place).collect();
        let mut region = Region::new(grammar.clone(), vocabulary.clone(), &row);
        assert_eq!(region.status(), Status::Alive, "{text}");
        region.masks().to_vec()
    };
    for (opens, element, closes) in [
        ("NAME = [", "NUMBER", "]"),
        ("NAME = {", "STRING : ( NUMBER , NUMBER )", "}"),
        ("NAME (", "NAME = NUMBER", ")"),
        ("NAME ( NAME , ** NAME ,", "NAME = NUMBER", ")"),
    ] {
        assert_eq!(masks(opens, element, closes, 300), masks(opens, element, closes, 4), "{opens} {element}");
    }
}
