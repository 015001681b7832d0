//! The lexer on texts that are Python and on texts that are not; CPython is the judge in tests/native.

use astral_syntax::{Lexeme, lex};

/// Kinds of a text, one word each.
fn kinds(text: &str) -> String {
    let lexemes = lex(text);
    (0..lexemes.len()).map(|index| lexemes.kind(index).name()).collect::<Vec<_>>().join(" ")
}

#[test]
fn logical_lines_and_blocks() {
    let cases = [
        ("", ""),
        ("\n  \n# c\n", "COMMENT"),
        ("x = 1", "NAME = NUMBER NEWLINE"),
        ("if x:\n\ty\n        z\nw", "if NAME : NEWLINE INDENT NAME NEWLINE NAME NEWLINE DEDENT NAME NEWLINE"),
        ("f(\n a,\n\n b)\r\nc\rd", "NAME ( NAME , NAME ) NEWLINE NAME NEWLINE NAME NEWLINE"),
        ("a + \\\n b\n", "NAME + NAME NEWLINE"),
        ("if x:\n    a\n  b\n", "if NAME : NEWLINE INDENT NAME NEWLINE NAME NEWLINE DEDENT"),
    ];
    for (text, expected) in cases {
        assert_eq!(kinds(text), expected, "{text:?}");
    }
}

#[test]
fn strings_and_replacement_fields() {
    let cases = [
        (r#"rb'\'' """a"b""" u''"#, "STRING STRING STRING NEWLINE"),
        (
            "f'{a!r:>{b}}c'",
            "FSTRING_START { NAME ! NAME : FSTRING_MIDDLE { NAME } } FSTRING_MIDDLE FSTRING_END NEWLINE",
        ),
        ("f'{{}} {d['k']=}'", "FSTRING_START FSTRING_MIDDLE { NAME [ STRING ] = } FSTRING_END NEWLINE"),
        ("f'{a!=b}{(lambda: 1)}'", "FSTRING_START { NAME != NAME } { ( lambda : NUMBER ) } FSTRING_END NEWLINE"),
        ("'a\nb", "ERRORTOKEN NEWLINE NAME NEWLINE"),
        ("f'{a'\nb", "FSTRING_START { NAME FSTRING_END NEWLINE NAME NEWLINE"),
    ];
    for (text, expected) in cases {
        assert_eq!(kinds(text), expected, "{text:?}");
    }
}

#[test]
fn a_statement_ends_brackets_that_were_left_open() {
    assert_eq!(kinds("f(a\ndef g(): pass\n"), "NAME ( NAME NEWLINE def NAME ( ) : pass NEWLINE");
    assert_eq!(kinds("f(a\nfor b in c)\n"), "NAME ( NAME for NAME in NAME ) NEWLINE");
    assert_eq!(kinds("f(a]\nb)\n"), "NAME ( NAME ] NAME ) NEWLINE");
}

#[test]
fn numbers_end_where_they_must() {
    let text = "0x1for 1_0.e5j 1..a .5 0b2 0o17 1__0 1e+a";
    let lexemes = lex(text);
    let numbers = (0..lexemes.len()).filter(|&index| lexemes.kind(index) == Lexeme::NUMBER);
    let found: Vec<_> =
        numbers.filter_map(|index| lexemes.span(index, index + 1)).map(|(start, end)| &text[start..end]).collect();
    assert_eq!(found, ["0x1f", "1_0.e5j", "1.", ".5", "0", "0o17", "1", "1"]);
}

#[test]
fn maps_between_bytes_and_lexemes() {
    let lexemes = lex("ab cd\n");
    assert_eq!(lexemes.at(0, 2), (0, 1));
    assert_eq!(lexemes.at(1, 4), (0, 2));
    assert_eq!(lexemes.at(2, 2), (1, 1));
    assert_eq!(lexemes.at(2, 3), (1, 1));
    assert_eq!(lexemes.at(1, 1), (0, 1));
    assert_eq!(lexemes.at(6, 6), (3, 3));
    assert_eq!(lexemes.span(0, 2), Some((0, 5)));
    assert_eq!(lexemes.span(1, 1), Some((3, 3)));
    assert_eq!(lexemes.span(3, 3), Some((6, 6)));
    assert_eq!(lexemes.span(2, 1), None);
    assert_eq!(lexemes.span(0, 4), None);
}
