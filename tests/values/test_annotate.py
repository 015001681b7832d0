"""Observed types put where a function has no annotations."""

from __future__ import annotations

from pathlib import Path

import pytest

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.collect import examples_of
from astral_runtime.examples.runner import Runner
from astral_runtime.fill import CancelToken, FillOptions
from astral_runtime.pipeline import Pipeline
from astral_runtime.types.client import Oracle, OracleSettings
from astral_runtime.values.annotate import annotated, is_open
from astral_runtime.values.observation import Observation, Seen, Value

ROWS = [
    ("def f(x, y):\n    return ...\n", ["int", "str"], "'a'", "def f(x: int, y: str) -> str:\n    return ...\n"),
    ("def f(x: float, y=1):\n    return ...\n", ["int", "int"], "2", "def f(x: float, y: int=1) -> int:\n    return ...\n"),
    ("def f(x, y) -> object:\n    return ...\n", ["list[int]", "None"], "2", "def f(x: list[int], y: None) -> object:\n    return ...\n"),
    ("def f(x: int, y: int) -> int:\n    return ...\n", ["str", "str"], "2", None),
    ("def f(x, y):\n    return ...\n", ["Odd", "function"], None, None),
    ("class Odd: ...\n\ndef f(x, y):\n    return ...\n", ["Odd", "function"], None, "class Odd: ...\n\ndef f(x: Odd, y):\n    return ...\n"),
    ("def f(\n    x,  # größe: (\n    y,\n):\n    return ...\n", ["int", "str"], "2", "def f(\n    x: int,  # größe: (\n    y: str,\n) -> int:\n    return ...\n"),
    ("async def f(x, *y, key=lambda a: {1: 2}): return ...\n", ["int", "tuple"], "[2]", "async def f(x: int, *y, key=lambda a: {1: 2}) -> list[int]: return ...\n"),
    ("class C:\n    def f(self, x):\n        return ...\n", ["int", "int"], None, "class C:\n    def f(self, x: int):\n        return ...\n"),
    ("def f(x):\n    def g(y):\n        return ...\n    return g(x)\n", ["int", "str"], None, "def f(x):\n    def g(y: str):\n        return ...\n    return g(x)\n"),
    ("x = ...\n", ["int", "int"], "2", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "types", "wanted", "expected"), ROWS)
def test_annotated(text: str, types: list[str], wanted: str | None, expected: str | None) -> None:
    """Missing annotations are filled in, those that are there stay, and what cannot be written there is left out; the hole moves along."""
    document = DocumentSnapshot(Path("m.py"), Snapshot(text))
    hole = document.holes()[-1]
    values = tuple(Value(name, each, "") for name, each in zip("xy", types, strict=True))
    found = annotated(document, hole, Seen((Observation(None, values, wanted),)))
    assert (None if found is None else found[0].text) == expected
    assert found is None or found[0].slice(found[1].span) == "..."
    assert is_open(document, hole) or found is None


SEVERAL = [
    (["int", "None"], "int | None"),
    (["list", "list[int]"], "list[int]"),
    (["int", "str", "float", "bytes"], None),
]


@pytest.mark.parametrize(("types", "expected"), SEVERAL)
def test_several_types(types: list[str], expected: str | None) -> None:
    """A few types make a union; many say that anything may come."""
    document = DocumentSnapshot(Path("m.py"), Snapshot("def f(x):\n    return ...\n"))
    found = annotated(document, document.holes()[0], Seen(tuple(Observation(None, (Value("x", each, ""),)) for each in types)))
    assert (found[0].text if found else None) == (f"def f(x: {expected}):\n    return ...\n" if expected else None)


def test_search_knows_observed_types(runner: Runner, tmp_path: Path) -> None:
    """In a function without annotations, methods of what its examples pass are found; the document is not touched."""
    text = "def f(words):\n    '''\n    >>> f('a b')\n    ['a', 'b']\n    >>> f('c')\n    ['c']\n    '''\n    return ...\n"
    document = DocumentSnapshot(tmp_path / "m.py", Snapshot(text), root=tmp_path)
    oracle = Oracle(OracleSettings(root=tmp_path))
    try:
        oracle.contexts(document, document.holes(), 60_000)
        fill = Pipeline(oracle, None, runner, examples_of).fill(
            document, document.holes()[0], FillOptions(5, 30_000, ("search", "values")), CancelToken(), lambda progress: None
        )
    finally:
        oracle.close()
    assert fill.candidates[0].text == "words.split()"
