"""Holes: every form of the table, accepted and rejected side by side, with intents and gaps."""

from __future__ import annotations

import re

import pytest
from hole_cases import INTENTS, MARKED

from astral_native import Snapshot

MARK = re.compile("‹([ebt]):(.*?)›")
KINDS = {"e": "expression", "b": "block", "t": "type"}


def unmark(marked: str) -> tuple[str, list[tuple[int, int, str]]]:
    """The source without marks, and the span and kind of each mark."""
    source, expected, at = "", [], 0
    for match in MARK.finditer(marked):
        source += marked[at : match.start()]
        start = len(source.encode())
        source += match[2]
        expected.append((start, len(source.encode()), KINDS[match[1]]))
        at = match.end()
    return source + marked[at:], expected


@pytest.mark.parametrize("marked", MARKED.values(), ids=MARKED)
def test_holes_are_those_that_are_marked(marked: str) -> None:
    """Exactly the marked places are holes, with their kinds."""
    source, expected = unmark(marked)
    assert [(hole.start, hole.end, hole.kind) for hole in Snapshot(source).holes()] == expected


@pytest.mark.parametrize(("source", "intents"), INTENTS.values(), ids=INTENTS)
def test_intent_is_what_the_author_wrote_beside_the_hole(source: str, intents: list[str | None]) -> None:
    """The argument of hole(), else the comment behind, else the comment right above."""
    assert [hole.intent for hole in Snapshot(source).holes()] == intents


def test_constructs() -> None:
    """A hole says how it is written."""
    source = "from astral_lsp import hole\nx = hole()\ny = ...\n"
    assert [hole.construct for hole in Snapshot(source).holes()] == ["call", "ellipsis"]


GAPS = [
    "x = ‹›",
    "x =‸ ‹›\ny = 2\n",
    "x = ‹›\ny = 2\n",
    "x = ‹›  # intent\ny = 2\n",
    "x: int = ‹›\n",
    "x: ‹›\n",
    "x += ‹›\n",
    "foo(a, ‹›)\n",
    "foo(a,‹›)\n",
    "foo(a, key=‹›)\n",
    "foo(a, key=‹›",
    "foo(‹›\nbar = 1\n",
    "foo(a, ‹›\nbar = 1\n",
    "x = foo(a, [b, ‹›\nbar = 1\n",
    "return ‹›\n",
    "def f():\n    return ‹›\n\ndef g():\n    pass\n",
    "def f():\n    yield ‹›\n",
    "if ‹›:\n    pass\n",
    "if ‹›\n",
    "if ‹›",
    "if a and ‹›:\n    pass\n",
    "if not ‹›:\n    pass\n",
    "while ‹›:\n    pass\n",
    "x = a.b + ‹›\n",
    "x = a.b + ‹›",
    "x = a < ‹›\n",
    "x = a in ‹›\n",
    "x = -‹›\n",
    "x = a if ‹›\n",
    "x = a if b else ‹›\n",
    "for x in ‹›",
    "for x in ‹›:\n    pass\n",
    "x = [1, ‹›]\n",
    "x = {'a': ‹›}\n",
    "x = [a for a in ‹›]\n",
    "x = [a for a in b if ‹›]\n",
    "x = a[‹›]\n",
    "x = a[1:‹›]\n",
    "with ‹›:\n    pass\n",
    "with ‹› as y:\n    pass\n",
    "assert ‹›\n",
    "assert a, ‹›\n",
    "raise ‹›\n",
    "async def f():\n    await ‹›\n",
    "def f(x: ‹›):\n    pass\n",
    "def f(x=‹›):\n    pass\n",
    "def f() -> ‹›:\n    pass\n",
    "x = lambda: ‹›\n",
    "@‹›\ndef f():\n    pass\n",
    "x = f'{‹›}'\n",
    "class A(B, ‹›):\n    pass\n",
    "def f():\n    ‹›",
    "def f():\n    ‹›\n\ndef g():\n    pass\n",
    "def f(): ‹›\n",
    "if x:\n    ‹›\nelse:\n    y = 1\n",
    "class A:\n    def f(self):\n        ‹›\n    def g(self):\n        pass\n",
    # none of these asks for anything
    "x = 1‸",
    "x‸ = 1\n",
    "x = ‸1\n",
    "x = ‸-1\n",
    "x = ‸not a\n",
    "foo(‸)\n",
    "foo(a‸)\n",
    "foo(a, ‸b)\n",
    "x = ‸[]\n",
    "x = [‸]\n",
    "x = (‸)\n",
    "x = {‸}\n",
    "x = {'a': 1, ‸}\n",
    "x = '‸'\n",
    "x =  # ‸ comment\n",
    "# comment‸\n",
    "‸",
    "x = 1\n‸\ny = 2\n",
    "return‸\n",
    "pass ‸\n",
    "x.‸\n",
    "import ‸\n",
    "import a, ‸\n",
    "from ‸ import a\n",
    "from a import ‸\n",
    "from a import (b, ‸)\n",
    "def ‸():\n    pass\n",
    "def f(a, ‸):\n    pass\n",
    "def f(*, ‸a):\n    pass\n",
    "def f(a, /‸):\n    pass\n",
    "x = lambda a, ‸: 1\n",
    "global ‸\n",
    "del ‸\n",
    "for ‸ in x:\n    pass\n",
    "for a, ‸ in x:\n    pass\n",
    "with a as ‸:\n    pass\n",
    "class ‸:\n    pass\n",
    "x = f'{a:‸}'\n",
    "x = f'{a=‸}'\n",
    "def f():\n    ‸x = 1\n",
    "def f():\n    pass\n    ‸\n",
    "def f():\n‸\n    pass\n",
]


@pytest.mark.parametrize("marked", GAPS)
def test_gap_at_the_cursor(marked: str) -> None:
    """A gap is where something is asked for and nothing stands. ‹› is the gap; the cursor is ‸ if that is elsewhere."""
    place = marked.replace("‸", "").find("‹›")
    cursor = (marked if "‸" in marked else marked.replace("‹›", "‸‹›")).replace("‹›", "").index("‸")
    source = marked.replace("‸", "").replace("‹›", "")
    hole = Snapshot(source).implicit_hole(len(source[:cursor].encode()))
    found = -1 if hole is None else hole.start
    assert found == place
    assert hole is None or (hole.end, hole.kind, hole.construct) == (hole.start, "implicit", "gap")


def test_gap_has_an_intent() -> None:
    """Comments speak for gaps as they do for holes."""
    hole = Snapshot("x = # the sum\n").implicit_hole(4)
    assert hole is not None
    assert hole.intent == "the sum"
