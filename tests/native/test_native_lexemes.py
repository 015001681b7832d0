"""Maps between bytes and lexemes, and the columns that say where a lexeme stands in the tree."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import numpy as np
import pytest
import tree_sitter
import tree_sitter_python
from hypothesis import given, settings
from hypothesis import strategies as st
from lexeme_rows import tokens

from astral_native import LEXEME_KINDS, NODE_TYPES, Snapshot, lex

STDLIB = Path(sysconfig.get_path("stdlib"))
SOURCES = [(STDLIB / f"{name}.py").read_text("utf-8")[:4000] for name in ("textwrap", "enum", "fractions", "shlex")]
PIECES = [
    "x",
    " ",
    "\n",
    "    ",
    "def f(a):\n    b\n",
    "'s'",
    "f'{a!r:>{b}} c'",
    "(",
    ")",
    ":",
    "# c",
    "é",
    "if x:\n  y\n",
    "\\\n",
    "$",
    "\r\n",
    "1.5",
]
sources = st.sampled_from(SOURCES) | st.lists(st.sampled_from(PIECES), max_size=25).map("".join)
REFERENCE = tree_sitter.Parser(tree_sitter.Language(tree_sitter_python.language()))


@settings(deadline=None)
@given(text=sources, data=st.data())
def test_span_and_at_are_inverse(text: str, data: st.DataObject) -> None:
    """at(span(i, j)) is [i, j) without the empty lexemes at its ends."""
    lexemes = lex(text)
    rows = tokens(lexemes, text)
    first = data.draw(st.integers(0, len(rows)))
    last = data.draw(st.integers(first, len(rows)))
    start, end = lexemes.span(first, last)
    solid = [index for index in range(first, last) if rows[index].start < rows[index].end]
    if solid:
        assert lexemes.at(start, end) == (solid[0], solid[-1] + 1)
    else:
        assert start == end


@settings(deadline=None)
@given(text=sources, data=st.data())
def test_at_is_what_a_linear_search_finds(text: str, data: st.DataObject) -> None:
    """The half-open range of lexemes that share a byte with the span, or that an empty span lies inside of."""
    lexemes = lex(text)
    rows = tokens(lexemes, text)
    start = data.draw(st.integers(0, len(text.encode())))
    end = data.draw(st.integers(start, len(text.encode())))
    overlapping = [index for index, row in enumerate(rows) if row.start < end and row.end > start]
    first, last = lexemes.at(start, end)
    assert list(range(first, last)) == overlapping
    assert all(row.end <= start for row in rows[:first])
    assert all(row.start >= end for row in rows[last:])


@pytest.mark.parametrize(("first", "last"), [(1, 0), (0, 3), (4, 4)])
def test_lexemes_that_are_not_there(first: int, last: int) -> None:
    """A reversed range or one past the end is an IndexError that names it."""
    with pytest.raises(IndexError, match=f"{first}..{last} of 2"):
        lex("x").span(first, last)


def test_span_of_no_lexemes() -> None:
    """An empty range is the place before its lexeme; behind the last one it is the end."""
    lexemes = lex("a b\n")
    assert [lexemes.span(index, index) for index in range(4)] == [(0, 0), (2, 2), (3, 3), (4, 4)]
    assert lex("").span(0, 0) == (0, 0)


def place(root: tree_sitter.Node, start: int, end: int) -> tuple[str, int, int, int]:
    """Parent type, depth, sibling and scopes of a lexeme, found from the root by looking at every child."""
    node, depth, scopes = root, 1, 0
    while True:
        scopes += node.type in ("function_definition", "class_definition")
        inside = [c for c in node.children if c.start_byte <= start < c.end_byte and not (start == end == c.start_byte)]
        index = next((i for i, c in enumerate(node.children) if c.end_byte > start), len(node.children))
        if not inside or not inside[0].children:
            return node.type, min(depth, 255), min(index, 255), scopes
        node, depth = inside[0], depth + 1


@settings(deadline=None)
@given(text=sources)
def test_columns_are_what_a_search_from_the_root_finds(text: str) -> None:
    """One forward pass over tree and lexemes gives each lexeme the place that a search of its own would."""
    text = text.replace("\r\n", "\n")
    lexemes = Snapshot(text).lexemes()
    root = REFERENCE.parse(text.encode()).root_node
    columns = (
        np.frombuffer(lexemes.node_types(), "<u2"),
        *(np.frombuffer(c, "u1") for c in (lexemes.depths(), lexemes.siblings(), lexemes.scopes())),
    )
    found = [(NODE_TYPES[t], d, i, s) for t, d, i, s in zip(*(column.tolist() for column in columns), strict=True)]
    assert found == [place(root, row.start, row.end) for row in tokens(lexemes, text)]


def test_columns_without_a_tree_are_blank() -> None:
    """lex() has no tree to place its lexemes in."""
    lexemes = lex("def f(): pass\n")
    assert set(lexemes.depths() + lexemes.siblings() + lexemes.scopes() + lexemes.node_types()) == {0}
    assert len(lexemes.node_types()) == 2 * len(lexemes)


def test_vocabularies() -> None:
    """What trained models index: the order of kinds is frozen, names are unique, the first two node types are no nodes."""
    assert LEXEME_KINDS[:12] == [
        *["NAME", "NUMBER", "STRING", "FSTRING_START", "FSTRING_MIDDLE", "FSTRING_END"],
        *["COMMENT", "NEWLINE", "INDENT", "DEDENT", "ERRORTOKEN", "False"],
    ]
    assert (len(LEXEME_KINDS), LEXEME_KINDS[45], LEXEME_KINDS[46], LEXEME_KINDS[-1]) == (94, "yield", "!", ">>=")
    assert (len(NODE_TYPES), NODE_TYPES[:3]) == (127, ["", "ERROR", "identifier"])
    assert len(set(LEXEME_KINDS)) == len(LEXEME_KINDS)
    assert len(set(NODE_TYPES)) == len(NODE_TYPES)
