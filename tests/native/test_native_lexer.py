"""The lexer against CPython's own tokenizer, and what it does with text that is no Python."""

from __future__ import annotations

import io
import re
import sysconfig
import token
import tokenize
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lexeme_rows import Token, tokens

from astral_native import LEXEME_KINDS, lex

STDLIB = Path(sysconfig.get_path("stdlib"))
FILES = sorted(path for path in STDLIB.rglob("*.py") if not {"site-packages", "lib2to3", "tokenizedata"} & set(path.parts))
SAMPLE = FILES[:: max(1, len(FILES) // 160)]

CLASSES = {
    token.NUMBER: "NUMBER",
    token.STRING: "STRING",
    token.COMMENT: "COMMENT",
    token.NEWLINE: "NEWLINE",
    token.INDENT: "INDENT",
    token.DEDENT: "DEDENT",
    token.ERRORTOKEN: "ERRORTOKEN",
}
SKIPPED = {token.NL, token.ENDMARKER, token.ENCODING}


def cpython(text: str) -> list[tuple[str, str]]:
    """CPython's tokens as (kind, text), without NL, ENCODING and ENDMARKER, f-strings joined to one STRING each."""
    lines = text.split("\n")
    found: list[tuple[str, str]] = []
    opened: list[tuple[int, int]] = []
    for tok in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
        name = token.tok_name[tok.type]
        if name == "FSTRING_START":
            opened.append(tok.start)
        elif name == "FSTRING_END":
            start = opened.pop()
            if not opened:
                found.append(("STRING", between(lines, start, tok.end)))
        elif not opened and tok.type not in SKIPPED:
            default = tok.string if tok.string in LEXEME_KINDS[11:] else "NAME"
            found.append((CLASSES.get(tok.type, default), "" if tok.type == token.DEDENT else tok.string))
    return found


def between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    """Source from one (row, column) of tokenize to another."""
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] : end[1]]
    middle = lines[start[0] : end[0] - 1]
    return "\n".join([lines[start[0] - 1][start[1] :], *middle, lines[end[0] - 1][: end[1]]])


def whole_strings(found: list[Token], source: bytes) -> list[tuple[str, str]]:
    """Our lexemes with each outermost f-string joined to one STRING."""
    joined, depth, start = [], 0, 0
    for lexeme in found:
        if lexeme.kind == "FSTRING_START":
            start = lexeme.start if depth == 0 else start
            depth += 1
        elif lexeme.kind == "FSTRING_END":
            depth -= 1
            if depth == 0:
                joined.append(("STRING", source[start : lexeme.end].decode()))
        elif depth == 0:
            joined.append((lexeme.kind, lexeme.text))
    return joined


def read(path: Path) -> str:
    """Source of a standard library file, line breaks as they are."""
    with tokenize.open(path) as file:
        encoding = file.encoding
    return path.read_bytes().decode(encoding).removeprefix("\ufeff")


@pytest.mark.parametrize("path", SAMPLE, ids=lambda path: path.relative_to(STDLIB).as_posix())
def test_agrees_with_cpython_on_the_standard_library(path: Path) -> None:
    """Same kinds and same text, token by token, on files that nobody here wrote."""
    text = read(path)
    assert whole_strings(tokens(lex(text), text), text.encode()) == cpython(text)


VALID = [
    *["x = 1\n", "x = 1", "x; y;\n", "# c", "\n\n", "  \n\t\n", "x = 1 + \\\n  2\n", "x = (\n  1,\n\n# c\n  2)\n"],
    *["if x:\n  if y:\n    z\n\n  # c\nw\n", "\fx = 1\nif y:\n  \f  z\n", "if x:\n  y"],
    *["if x: pass\n# c\n  # d\ny\n", "if x:\n  # c\n  y\n", "async def f():\n  await x\n", "if x:\r\n  y\r\nz\r\n"],
    "0xFF 0o17 0b1 1_000 1. .5 1e5 1E-5 1.5e+3j 0_0 0x_f 1if x else 2\n",
    *["1..real\n1 .real\n1.e5\n", "a...b\nx = ...\n", "a->b:=c//=d**=e>>=f@g@=h\n"],
    "r'a' Rb'b' bR'c' u'd' B'e' '' \"\" '''f''' \"\"\"g\n'h'\"\"\"\n",
    *[r"'a\'b' 'a\\' r'a\'b' '\N{BULLET}'" + "\n", "'a\\\nb'\n", "'''a\\'''b'''\n"],
    *["é = 'ü'\nªº = 𝒳\n", "not_ = nota\nFalse_ = None1\n", "match x:\n  case _: type = 1\n"],
    "f'a' f'{a}' f'{{a}}' f'{a!r:>{b}}' rf'\\{a}' f'''{a}\n{b}''' f'' f'{a:}' f'{a:%Y-%m}'\n",
    "f'{x:=5}' f'{a!=b}' f'{(lambda x: 1)}' f'\\N{BULLET} {a}' rf'\\{a}' f'{a[\"b\"]:x}' f'{ {1: 2}[1] }' fR'a{b}c'\n",
]


@pytest.mark.parametrize("text", VALID)
def test_agrees_with_cpython_on_small_texts(text: str) -> None:
    """Every construct of the lexical grammar once."""
    assert whole_strings(tokens(lex(text), text), text.encode()) == cpython(text)


pieces = st.sampled_from(
    [
        "x",
        "1",
        "'s'",
        "f'{a}'",
        "(",
        ")",
        "[",
        "]",
        "+",
        " ",
        "\n",
        "\n  ",
        "\n    ",
        "# c\n",
        "\\\n",
        ":",
        "if ",
        "not ",
        "é",
        "0x1",
        '"""t\n"""',
    ]
)


@settings(deadline=None)
@given(text=st.lists(pieces, max_size=25).map("".join))
def test_agrees_with_cpython_wherever_cpython_has_no_complaint(text: str) -> None:
    """Random texts: either CPython's tokenizer refuses, or both give the same tokens."""
    try:
        expected = cpython(text)
    except (tokenize.TokenError, SyntaxError):
        return
    if any(kind == "ERRORTOKEN" for kind, _ in expected) or closes_more_than_it_opens(expected) or JOINED_BLANK.search(text):
        return
    assert whole_strings(tokens(lex(text), text), text.encode()) == expected


JOINED_BLANK = re.compile(r"^[ \t\f]*(\\\n[ \t\f]*)+($|#)", re.MULTILINE)
"""Joined lines without a token: before 3.12 tokenize ends them with a NEWLINE of its own invention."""


def closes_more_than_it_opens(found: list[tuple[str, str]]) -> bool:
    """Before 3.12 tokenize counts brackets without looking which."""
    stack: list[str] = []
    for kind, _ in found:
        if kind in "([":
            stack.append(kind)
        elif kind in ")]" and (not stack or stack.pop() + kind not in ("()", "[]")):
            return True
    return bool(stack)


RECOVERIES = [
    ("if x:\n\ta\n        b\n", "if NAME:x : NEWLINE INDENT NAME:a NEWLINE NAME:b NEWLINE DEDENT"),
    ("x = 'a\ny\n", "NAME:x = ERRORTOKEN:'a NEWLINE NAME:y NEWLINE"),
    ("x = '''a\ny\n", "NAME:x = ERRORTOKEN:'''a\ny\n NEWLINE"),
    ("f(a\ndef g():\n    return 1\n", "NAME:f ( NAME:a NEWLINE def NAME:g ( ) : NEWLINE INDENT return NUMBER:1 NEWLINE DEDENT"),
    ("if x:\n    f(a,\n    return b\n", "if NAME:x : NEWLINE INDENT NAME:f ( NAME:a , NEWLINE return NAME:b NEWLINE DEDENT"),
    ("x = [\nasync def f(): pass\n", "NAME:x = [ NEWLINE async def NAME:f ( ) : pass NEWLINE"),
    ("x = [a\nasync for a in b]\n", "NAME:x = [ NAME:a async for NAME:a in NAME:b ] NEWLINE"),
    ("f'{a\nclass B: pass\n", "FSTRING_START:f' { NAME:a NEWLINE class NAME:B : pass NEWLINE"),
    ("x = f'{a'\ny\n", "NAME:x = FSTRING_START:f' { NAME:a FSTRING_END:' NEWLINE NAME:y NEWLINE"),
    ("x = f'a\ny\n", "NAME:x = FSTRING_START:f' FSTRING_MIDDLE:a NEWLINE NAME:y NEWLINE"),
    ("x = f'{a:b'\ny\n", "NAME:x = FSTRING_START:f' { NAME:a : FSTRING_MIDDLE:b FSTRING_END:' NEWLINE NAME:y NEWLINE"),
    ("x = f'''a{b", "NAME:x = FSTRING_START:f''' FSTRING_MIDDLE:a { NAME:b NEWLINE"),
    ("f'{f(a}'\nb\n", "FSTRING_START:f' { NAME:f ( NAME:a } FSTRING_END:' NEWLINE NAME:b NEWLINE"),
    ("a)\nb\n", "NAME:a ) NEWLINE NAME:b NEWLINE"),
    ("(a]\nb)\nc\n", "( NAME:a ] NAME:b ) NEWLINE NAME:c NEWLINE"),
    ("([a)\nb\n", "( [ NAME:a ) NEWLINE NAME:b NEWLINE"),
    (
        "$ ? ! a\x00b\v“x”\n",
        "ERRORTOKEN:$ ERRORTOKEN:? ERRORTOKEN:! NAME:a ERRORTOKEN:\0 NAME:b ERRORTOKEN:\v ERRORTOKEN:“ NAME:x ERRORTOKEN:” NEWLINE",
    ),
    ("a \\ b\n", "NAME:a ERRORTOKEN:\\ NAME:b NEWLINE"),
    ("if x:\n        a\n    b\nc\n", "if NAME:x : NEWLINE INDENT NAME:a NEWLINE NAME:b NEWLINE DEDENT NAME:c NEWLINE"),
    ("  a\nb\n", "INDENT NAME:a NEWLINE DEDENT NAME:b NEWLINE"),
    ("\ufeffa\n", "NAME:a NEWLINE"),
    ("x·y\n", "NAME:x·y NEWLINE"),
    ("a\rb\r", "NAME:a NEWLINE NAME:b NEWLINE"),
    (
        "f'{a!r:>{w}} {{b}} {c=}'",
        "FSTRING_START:f' { NAME:a ! NAME:r : FSTRING_MIDDLE:> { NAME:w } } FSTRING_MIDDLE: {{b}}  { NAME:c = } FSTRING_END:' NEWLINE",
    ),
    ("f'{a['b']}'", "FSTRING_START:f' { NAME:a [ STRING:'b' ] } FSTRING_END:' NEWLINE"),
]


@pytest.mark.parametrize(("text", "expected"), RECOVERIES)
def test_recovery(text: str, expected: str) -> None:
    """Text that no tokenizer of CPython 3.11 takes, and the lexemes that it gives."""
    worded = {"NAME", "NUMBER", "STRING", "FSTRING_START", "FSTRING_MIDDLE", "FSTRING_END", "ERRORTOKEN"}
    found = [f"{row.kind}:{row.text}" if row.kind in worded else row.kind for row in tokens(lex(text), text)]
    assert " ".join(found) == expected


@settings(deadline=None)
@given(
    text=st.text(st.characters(exclude_categories=["Cs"]))
    | st.lists(st.sampled_from([*"\"'{}()[]:!\\#\n\r\f\t fFrRbBaN.=$é"]), max_size=40).map("".join)
)
def test_any_text_has_a_sound_stream(text: str) -> None:
    """Lexemes are in order and do not overlap, nothing but blanks and joined lines lies between them, and blocks balance."""
    rows, source, at, depth = tokens(lex(text), text), text.encode(), 0, 0
    for row in rows:
        between_them = source[at : row.start].removeprefix(b"\xef\xbb\xbf" if at == 0 else b"")
        assert row.start >= at
        assert not between_them.strip(b" \t\f\\\r\n")
        at, depth = row.end, depth + (row.kind == "INDENT") - (row.kind == "DEDENT")
        assert depth >= 0
    assert depth == 0
    assert not source[at:].removeprefix(b"\xef\xbb\xbf" if at == 0 else b"").strip(b" \t\f\\\r\n")


def test_every_kind_is_met_in_the_standard_library() -> None:
    """The vocabulary holds no kind that real code never has, but the rare ones that are named here."""
    met = {row.kind for path in SAMPLE for row in tokens(lex(read(path)), read(path))}
    rare = {"ERRORTOKEN", "nonlocal", ">>=", "<<=", "@=", "**=", "^=", ":=", "%=", "//=", "&=", "/=", "!", "await", "async"}
    assert set(LEXEME_KINDS) - met <= rare
