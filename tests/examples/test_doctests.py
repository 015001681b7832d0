"""Doctests are read as doctest reads them, from text alone."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astral_runtime.examples.doctests import Docstring, doctests
from astral_runtime.examples.example import contradictions
from astral_runtime.examples.prose import prose

HERE = Path("m.py")

DOCTESTS = [
    ("plain", ">>> f(2)\n3\n", [("f(2)", "3", 0, 0)]),
    ("two in a session", ">>> c = C()\n>>> c.add(1)\n>>> c.size\n1\n", [("c.add(1)", "", 1, 1), ("c.size", "1", 2, 2)]),
    ("setup alone", ">>> import math\n>>> x = 1\n", []),
    ("an expression that prints nothing", "\n>>> f(None)\n", [("f(None)", "", 1, 0)]),
    ("several lines", ">>> for x in f(2):\n...     print(x)\n0\n1\n", [("for x in f(2):\n    print(x)", "0\n1", 0, 0)]),
    ("indented, with words around", "Text.\n\n    >>> f(1)\n    2\n\n    More.", [("f(1)", "2", 2, 0)]),
    ("skipped", ">>> f(1)  # doctest: +SKIP\n2\n>>> f(2)\n3\n", [("f(2)", "3", 2, 0)]),
    ("broken", ">>> f(1\n2\n>>> f(2)\n3\n", []),
    ("before what is broken", ">>> f(2)\n3\n>>> f(1\n2\n", [("f(2)", "3", 0, 0)]),
    ("no blank behind the prompt", ">>>f(1)\n2\n", []),
    ("none", "f(1) is 2", []),
    ("empty", "", []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "expected"), DOCTESTS, ids=[row[0] for row in DOCTESTS])
def test_doctests(name: str, text: str, expected: list[tuple[str, str, int, int]]) -> None:
    """Source, want, line and how many steps come before; what is broken ends the reading, and nothing raises."""
    found = doctests(Docstring(text, HERE, 0))
    assert [(each.source.strip(), each.want.strip(), each.origin.line, len(each.setup)) for each in found if each.checks] == expected


SHOWS = [
    (">>> x = f(2)\n>>> x\n3\n", [("x = f(2)", False), ("x", True)]),
    (">>> import math\n>>> y = 1\n>>> f(y)\n1\n", [("f(y)", True)]),
    (">>> with f() as x:\n...     x\n", [("with f() as x:\n    x", False)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), SHOWS)
def test_steps_that_only_show(text: str, expected: list[tuple[str, bool]]) -> None:
    """A step that calls something and says nothing of the result shows values and checks none."""
    assert [(each.source.strip(), each.checks) for each in doctests(Docstring(text, HERE, 0))] == expected


def test_what_a_doctest_wants_to_be_raised_and_how_it_compares() -> None:
    """Tracebacks and option flags are doctest's own."""
    raising = ">>> f(0)\nTraceback (most recent call last):\n  ...\nValueError: no\n"
    flagged = ">>> f(1)  # doctest: +ELLIPSIS, +NORMALIZE_WHITESPACE\n[1, ...]\n"
    (first,), (second,) = doctests(Docstring(raising, HERE, 3)), doctests(Docstring(flagged, HERE, 0))
    assert (first.exception, first.origin.place) == ("ValueError: no\n", "m.py line 4")
    assert second.flags == doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


PROSE = [
    ("f(2) == 3", [("f(2)", "3")]),
    ("f(2) => 3", [("f(2)", "3")]),
    ("f(2) ➞ 3", [("f(2)", "3")]),
    ("f(2) → 3", [("f(2)", "3")]),
    ("f(2) -> 3", [("f(2)", "3")]),
    ("f(2) returns 3", [("f(2)", "3")]),
    ("f(2) should return 3.", [("f(2)", "3")]),
    ("For example f(2) returns 3, because two and one is three.", [("f(2)", "3")]),
    ("``f(2) == 3``", [("f(2)", "3")]),
    ("`f(2)` -> `3`", [("f(2)", "3")]),
    ("f(2) == 3 and f(3) == 4", [("f(2)", "3"), ("f(3)", "4")]),
    ("f(2) == 3, f(3) == 4", [("f(2)", "3"), ("f(3)", "4")]),
    ("f(2) == 3  # a comment", [("f(2)", "3")]),
    ('f("a, (b)", key=[1, 2]) == {"a": (1, -2)}', [('f("a, (b)", key=[1, 2])', '{"a": (1, -2)}')]),
    ("f([1, 2], 'x') => ['x', 'x']", [("f([1, 2], 'x')", "['x', 'x']")]),
    ("f(f(2)) == 4", [("f(f(2))", "4")]),
    ("f(-1) == None", [("f(-1)", "None")]),
    ("f() == set()", [("f()", "set()")]),
    ("f(3) == 2 * 3", [("f(3)", "2 * 3")]),
    ("f(1) returns True if one", []),
    ("f(2) returns 3 items", []),
    ("f(2) returns a list", []),
    ("f(x) == 3", []),
    ("f(int) -> str", []),
    ("f(x: int) -> str", []),
    ("f(2) -> int", []),
    ("f(2) -> int | None", []),
    ("f(2) -> (int, str)", []),
    ("f(...) == 3", []),
    ("f([1, 2, ...]) == 3", []),
    ("f(2) == [1, 2, ...]", []),
    ("f(2) == …", []),
    ("f(2) = 3", []),
    ("f(2) != 3", []),
    ("f(2) >= 3", []),
    ("f(2) == n + 1", []),
    ("f(2) == other(3)", []),
    ("f(__import__('os').getpid()) == 3", []),
    ("f(open('x')) == 3", []),
    ("obj.f(2) == 3", []),
    ("if_(2) == 3", []),
    ("f (2) == 3", []),
    ("f(2", []),
    ("f(2) ==", []),
    (">>> f(2) == 3\nTrue", []),
    (">>> f(2)\nf(3) == 4", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), PROSE, ids=[row[0] for row in PROSE])
def test_prose(text: str, expected: list[tuple[str, str]]) -> None:
    """Values on both sides make an example; a doubt does not."""
    assert [(each.source, each.want) for each in prose(Docstring(text, HERE, 0), "f")] == expected


def test_where_prose_stands() -> None:
    """The origin has the line in the file and the words."""
    (found,) = prose(Docstring("Adds.\n\n    So f(2) returns 3, in the end.", HERE, 10), "f")
    assert (found.origin.line, found.origin.text, found.form) == (12, "f(2) returns 3", "prose")


@given(st.text(max_size=60), st.sampled_from(["f(2) == ", "f(", ">>> f(2)\n", ""]))
def test_no_text_raises(text: str, lead: str) -> None:
    """Whatever stands in a docstring, reading it gives examples or nothing."""
    docstring = Docstring(lead + text, HERE, 0)
    for example in (*doctests(docstring), *prose(docstring, "f")):
        assert example.source.strip()


CONTRADICTIONS = [
    ("f(2) == 3\nf(2) == 4", 1),
    ("f(2) == 3\nf( 2 ) == 4", 1),
    ("f(2) == 3\nf(2) => 3", 0),
    ("f(2) == 3\nf(3) == 4", 0),
    ("f(2) == [1,2]\nf(2) == [1, 2]", 0),
    ("f() == frozenset()\nf() == 1", 0),
]


@pytest.mark.parametrize(("text", "count"), CONTRADICTIONS)
def test_contradictions(text: str, count: int) -> None:
    """Two plain values for one call contradict each other; what has to be run to be compared does not count."""
    assert len(contradictions(prose(Docstring(text, HERE, 0), "f"))) == count
