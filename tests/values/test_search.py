"""Expressions that are sought for a hole whose value the examples tell."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.collect import examples_of
from astral_runtime.examples.runner import Runner
from astral_runtime.fill import CancelToken
from astral_runtime.sandbox.run import SandboxSettings
from astral_runtime.values.inside.bank import Bank, Fuel
from astral_runtime.values.inside.goal import Wanted, solutions
from astral_runtime.values.inside.terms import STREAM, Term
from astral_runtime.values.search import Fitting, search_values

ROWS = [
    ("sum", "def f(xs):\n    '''f([3, 1, 2]) == 6, f([]) == 0'''\n    return ...\n", "sum(xs)"),
    ("subscript", "def f(xs, i):\n    '''f([3, 1, 2], 2) == 2, f([4, 5], 0) == 4, f([1, 9], 1) == 9'''\n    return ...\n", "xs[i]"),
    ("slice", "def f(words, n):\n    '''f(['a', 'b', 'c'], 1) == ['b', 'c'], f(['x'], 2) == []'''\n    return ...\n", "words[n:]"),
    ("operators", "def f(a, b):\n    '''f(2, 3) == 7, f(5, 1) == 6, f(0, 4) == 1'''\n    return ...\n", "a * b + 1"),
    ("palindrome", "def f(s):\n    '''f('abcba') == True, f('ab') == False'''\n    return ...\n", "s == s[::-1]"),
    ("map", "def f(words):\n    '''f(['a', 'bb']) == ['A', 'BB'], f(['xx']) == ['XX']'''\n    return ...\n", "[word.upper() for word in words]"),
    ("filter", "def f(xs, n):\n    '''f([3, 1, 2, 5], 2) == [3, 5], f([1, 7], 6) == [7]'''\n    return ...\n", "[x for x in xs if n < x]"),
    ("a constant of the function", "def f(s):\n    '''f('a-b') == ['a', 'b'], f('c') == ['c']'''\n    sep = '-'\n    return ...\n", "s.split(sep)"),
    ("whole body", "def f(xs):\n    '''f([3, 1]) == 2, f([]) == 0'''\n    ...\n", "return len(xs)"),
    ("attribute", "class C:\n    '''\n    >>> C([1, 2]).size()\n    2\n    >>> C([]).size()\n    0\n    '''\n    def __init__(self, items):\n        self.items = items\n    def size(self):\n        return ...\n", "len(self.items)"),
]  # fmt: skip


def sought(runner: Runner, folder: Path, text: str) -> Fitting:
    """What the search gives for the first hole of a text."""
    document = DocumentSnapshot(folder / "m.py", Snapshot(text), root=folder)
    hole = document.holes()[0]
    return search_values(document, hole, examples_of(document, hole), runner, CancelToken(), 30_000, limit=8)


ELSEWHERE = [
    ("condition", "def f(x):\n    '''f(2) == 1, f(-2) == 0, f(-7) == 0, f(1) == 1'''\n    if ...:\n        return 1\n    return 0\n", "0 < x"),
    ("condition in a loop", "def f(xs):\n    '''f([1, 2, 4, 3]) == [2, 4], f([5, 6]) == [6]'''\n    out = []\n    for x in xs:\n        if ...:\n            out.append(x)\n    return out\n", "x % 2 == 0"),
    ("while", "def f(n):\n    '''f(3) == 3, f(5) == 5, f(0) == 0'''\n    i = 0\n    while ...:\n        i += 1\n    return i\n", "i < n"),
    ("while of a list", "def f(xs):\n    '''f([3, 4]) == 7, f([]) == 0'''\n    n, xs = 0, list(xs)\n    while ...:\n        n += xs.pop()\n    return n\n", "xs"),
    ("part of a condition", "def f(x, y):\n    '''f(2, 3) == 1, f(2, 1) == 0, f(0, 5) == 0'''\n    if x and ...:\n        return 1\n    return 0\n", "x < y"),
    ("absent", "def f(x=None):\n    '''f() == 0, f(3) == 3, f(0) == 0'''\n    if ...:\n        return 0\n    return x + 0\n", "x is None"),
    ("a marker", "_no = object()\ndef f(x=_no):\n    '''f() == 0, f(None) == 1, f(5) == 1'''\n    if ...:\n        return 0\n    return 1\n", "x is _no"),
    ("filter of a comprehension", "def f(xs, n):\n    '''f([3, 1, 2], 2) == [3], f([1], 0) == [1]'''\n    return [x for x in xs if ...]\n", "n < x"),
    ("loop", "def f(xs):\n    '''f([1, 2]) == [(0, 1), (1, 2)]'''\n    out = []\n    for pair in ...:\n        out.append(pair)\n    return out\n", "enumerate(xs)"),
    ("loop over a count", "def f(n):\n    '''f(3) == 3, f(4) == 6'''\n    s = 0\n    for i in ...:\n        s += i\n    return s\n", "range(n)"),
    ("argument", "def f(xs, n):\n    '''f([3, 1, 2], 2) == [1, 3]'''\n    return sorted(...)\n", "xs[:n]"),
    ("assignment", "def f(xs):\n    '''f([3, 1]) == 8, f([1]) == 2'''\n    n = ...\n    return n + n\n", "sum(xs)"),
    ("a loop's own state", "def f(xs):\n    '''f([3, 1]) == 4, f([5]) == 5'''\n    n = 0\n    for x in xs:\n        n = ...\n    return n\n", "n + x"),
    ("a function that was passed in", "def f(key, xs):\n    '''\n    >>> f(abs, [-3, 1])\n    [3, 1]\n    >>> f(str, [2])\n    ['2']\n    '''\n    out = []\n    for x in xs:\n        out.append(...)\n    return out\n", "key(x)"),
    ("made a list of", "def f(xs, n):\n    '''\n    >>> list(f([1, 2, 3], 2))\n    [3]\n    >>> list(f([4, 5], 1))\n    [5]\n    '''\n    return ...\n", "xs[n:]"),
    ("drawn from", "def f(xs):\n    '''\n    >>> f([4, 5])\n    4\n    >>> f('ab')\n    'a'\n    '''\n    it = iter(xs)\n    return ...\n", "next(it)"),
]  # fmt: skip
"""Holes whose value no example tells: what holds when the function is run with it."""


@pytest.mark.parametrize(("name", "text", "expected"), ELSEWHERE, ids=[row[0] for row in ELSEWHERE])
def test_search_by_running(runner: Runner, folder: Path, name: str, text: str, expected: str) -> None:
    """Conditions, loops, arguments, assignments: what a reader would write is among what is found, and all of it holds."""
    found = sought(runner, folder, text).found
    assert expected in [each.text for each in found]
    assert {each.verdict.outcome for each in found} == {"pass"}


@pytest.mark.parametrize(("name", "text", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_search(runner: Runner, folder: Path, name: str, text: str, expected: str) -> None:
    """What a reader would write is among what is found, and all that is found holds in every example."""
    found = sought(runner, folder, text).found
    assert expected in [each.text for each in found]
    assert {each.verdict.outcome for each in found} == {"pass"}


def test_search_is_repeatable(runner: Runner, folder: Path) -> None:
    """Another run finds the same, in the same order."""
    first, second = (sought(runner, folder, ROWS[1][1]) for _ in range(2))
    assert first.found == second.found


NOTHING = [
    ("def f(x):\n    '''f(3) == 10'''\n    y = x\n    ...\n    return y\n", "no expression of the values there may stand in the hole"),
    ("def f(x):\n    '''f(3) == 10'''\n    if x > 5:\n        return ...\n", "no example comes to the hole"),
    ("def f(x):\n    '''f(3) == 10'''\n    return x and g(...)\ndef g(x):\n    return 7\n", ""),
    ("def f(x):\n    return ...\n", "no examples"),
    ("1 / 0\ndef f(x):\n    '''f(3) == 10'''\n    return ...\n", "the module does not load: ZeroDivisionError: division by zero"),
]


@pytest.mark.parametrize(("text", "why"), NOTHING)
def test_nothing_is_found(runner: Runner, folder: Path, text: str, why: str) -> None:
    """Where nothing is sought or found, the reason is said."""
    assert sought(runner, folder, text) == Fitting((), why)


def test_nothing_is_sought_untrusted(tmp_path: Path) -> None:
    """Search runs the workspace's code, too."""
    found = sought(Runner(SandboxSettings()), tmp_path, ROWS[0][1])
    assert found == Fitting((), "the workspace is not trusted: none of its code is run")


VALUES = st.lists(
    st.tuples(st.integers(-5, 5), st.text("ab ", max_size=3), st.lists(st.integers(-3, 3), max_size=3)), min_size=2, max_size=3
)


@settings(max_examples=15, deadline=None)
@given(VALUES)
def test_texts_are_what_they_say(rows: list[tuple[int, str, list[int]]]) -> None:
    """Every term of the bank evaluates, as text, to the values that it stands for."""
    leaves = [Term(name, tuple(row[at] for row in rows), 1) for at, name in enumerate(("n", "s", "xs"))]
    for term in Bank(leaves, frozenset({STREAM})).grow(3, Fuel(4_000, float("inf"))):
        values = tuple(eval(term.text, dict(zip(("n", "s", "xs"), row, strict=True))) for row in rows)
        assert repr(values) == repr(term.values), term.text


@settings(max_examples=6, deadline=None)
@given(VALUES)
def test_conditionals_are_what_they_say(rows: list[tuple[int, str, list[int]]]) -> None:
    """Whatever is found for the larger of two numbers or a list's kept items evaluates to what was wanted."""
    leaves = [Term(name, tuple(row[at] for row in rows), 1) for at, name in enumerate(("n", "s", "xs"))]
    for wanted in (tuple(row[0] if row[0] > 0 else len(row[1]) for row in rows), tuple([x for x in row[2] if x > row[0]] for row in rows)):
        for term in solutions(leaves, Wanted(wanted), 4, Fuel(20_000, float("inf"))):
            assert tuple(eval(term.text, dict(zip(("n", "s", "xs"), row, strict=True))) for row in rows) == wanted, term.text
