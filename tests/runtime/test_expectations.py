"""semantics → types: examples stand in for annotations that are missing, and for nothing else."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.collect import own_examples
from astral_runtime.expectations import annotated, type_of

TYPES = [
    (["1"], "int"),
    (["1", "2.5"], "float"),
    (["True", "0"], "int"),
    (["'a'", "None"], "str | None"),
    (["[1, 2]", "[]"], "list[int]"),
    (["[]"], None),
    (["[[1], []]"], "list[list[int]]"),
    (["(1, 'a')"], "tuple[int, str]"),
    (["{'a': [1]}"], "dict[str, list[int]]"),
    (["{1, -2}"], "set[int]"),
    (["1", "f(2)"], None),
    (["..."], None),
    (["1", "'a'", "b'a'", "1j"], None),
    ([], None),
]


@pytest.mark.parametrize(("values", "wanted"), TYPES)
def test_the_type_of_values(values: list[str], wanted: str | None) -> None:
    """The narrowest that has them all; none where one says too little, or they say too much."""
    assert type_of([ast.parse(value, mode="eval").body for value in values]) == wanted


VALUES = st.recursive(
    st.integers() | st.booleans() | st.none() | st.text("ab", max_size=2) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=2) | st.tuples(inner, inner),
    max_leaves=6,
)


@given(st.lists(VALUES, min_size=1, max_size=3))
def test_every_type_is_an_annotation(values: list[object]) -> None:
    """Whatever the values: an expression that Python evaluates as a type, or nothing."""
    told = type_of([ast.parse(repr(value), mode="eval").body for value in values])
    assert told is None or eval(told.replace("None", "type(None)")) is not None


ANNOTATED = [
    ('def f(a):\n    """\n    >>> f(2)\n    \'x\'\n    """\n    return ...\n', "def f(a: int) -> str:"),
    (
        'def f(a: float, b=[1]):\n    """\n    >>> f(2, b=[3])\n    4\n    """\n    return ...\n',
        "def f(a: float, b: list[int]=[1]) -> int:",
    ),
    ('def f(a) -> object:\n    """\n    >>> f("é")\n    4\n    """\n    return ...\n', "def f(a: str) -> object:"),
    ('def f(a: str) -> int:\n    """\n    >>> f("é")\n    4\n    """\n    return ...\n', "def f(a: str) -> int:"),
    ('def f(*a, k):\n    """\n    >>> f(2, k=1)\n    4\n    """\n    return ...\n', "def f(*a, k) -> int:"),
    ('def f(a):\n    """\n    >>> f(2)\n    4\n    >>> f(x)\n    g\n    """\n    return ...\n', "def f(a):"),
    ('def f(a):\n    """\n    >>> g(2)\n    4\n    """\n    return ...\n', "def f(a):"),
    ('class K:\n    def f(self):\n        """\n        >>> f(2)\n        4\n        """\n        return ...\n', "class K:"),
    ("x = ...\n", "x = ..."),
]


@pytest.mark.parametrize(("text", "header"), ANNOTATED)
def test_a_function_is_annotated_by_its_examples(text: str, header: str) -> None:
    """What is annotated stays; what is not told stays open; the hole is still the hole."""
    opened = DocumentSnapshot(Path("a.py"), Snapshot(text))
    hole = opened.holes()[0]
    changed, moved = annotated(opened, hole, own_examples(opened, hole))
    assert changed.text.splitlines()[0] == header
    assert changed.text.splitlines()[1:] == text.splitlines()[1:]
    assert changed.slice(moved.span) == "..."
