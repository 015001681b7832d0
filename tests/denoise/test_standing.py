"""Expressions where they stand: brackets where what is around would take them apart, and nowhere else."""

from __future__ import annotations

import ast

import pytest

from astral_native import Snapshot
from astral_runtime.denoise.standing import standing
from astral_runtime.holes import Span

CASES = [
    ("x = ...\n", "a", "a"),
    ("x = ...\n", "a + b", "a + b"),
    ("x = ... * 2\n", "a + b", "(a + b)"),
    ("x = ... * 2\n", "a", "a"),
    ("x = ... * 2\n", "f(a)", "f(a)"),
    ("x = 2 - ...\n", "a - b", "(a - b)"),
    ("x = not ...\n", "a or b", "(a or b)"),
    ("x = ....real\n", "-a", "(-a)"),
    ("f(..., 1)\n", "lambda: a", "lambda: a"),
    ("f(...)\n", "a for b in c", "(a for b in c)"),
    ("return ...\n", "a if b else c", "a if b else c"),
    ("x = ... if y else z\n", "a if b else c", "(a if b else c)"),
    ("x = ... * 2\n", "'é' + 'ü'", "('é' + 'ü')"),
    ("x = ...\n", "größe", "größe"),
    ("x = ...\n", "a + ñ", "a + ñ"),
]


@pytest.mark.parametrize(("text", "fill", "expected"), CASES)
def test_expressions_stay_whole(text: str, fill: str, expected: str) -> None:
    """Whatever stands around it, the fill is one node of the file's syntax tree, the same as on its own."""
    start = text.index("...")
    found = standing(Snapshot(text), Span(start, start + 3), fill)
    assert found == expected
    filled = ast.parse(text[:start] + found + text[start + 3 :])
    assert ast.dump(ast.parse(f"({fill})", mode="eval").body) in {ast.dump(node) for node in ast.walk(filled)}
