"""Doctests of a docstring, parsed from its text alone."""

from __future__ import annotations

import ast
import doctest
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from astral_runtime.examples.example import Example, Origin

_PARSER = doctest.DocTestParser()


@dataclass(frozen=True, slots=True)
class Docstring:
    """The value of a docstring, where its first line stands (0-based), and what it documents."""

    text: str
    path: Path
    line: int


def doctests(docstring: Docstring) -> tuple[Example, ...]:
    """Its examples in order, each with the steps before it as setup.

    A statement that says nothing of a result is setup; if it calls something, it also shows values."""
    try:
        steps = _PARSER.get_examples(docstring.text)
    except ValueError:  # a prompt without a blank, or uneven indentation: no doctest for doctest either
        return ()
    return tuple(_examples(docstring, [step for step in steps if not step.options.get(doctest.SKIP)]))


def _examples(docstring: Docstring, steps: list[doctest.Example]) -> Iterator[Example]:
    setup: list[str] = []
    for step in steps:
        if not _compiles(step.source):
            return  # nothing behind a broken line can be relied on
        checks = bool(step.want) or step.exc_msg is not None or not _is_setup(step.source)
        if checks or _calls(step.source):
            origin = Origin(docstring.path, docstring.line + step.lineno, step.source.strip())
            flags = reduce(lambda all_flags, flag: all_flags | flag, (flag for flag, on in step.options.items() if on), 0)
            yield Example(step.source, step.want, "doctest", origin, tuple(setup), step.exc_msg, flags, checks)
        setup.append(step.source)


def _is_setup(source: str) -> bool:
    """A statement that says nothing of its own: an import, an assignment, a definition. An expression that prints nothing says that."""
    return not isinstance(ast.parse(source).body[0], ast.Expr)


def _calls(source: str) -> bool:
    """Whether a statement calls anything: then it may come to a hole."""
    return any(isinstance(node, ast.Call) for node in ast.walk(ast.parse(source)))


def _compiles(source: str) -> bool:
    try:
        return len(ast.parse(source).body) == 1
    except (SyntaxError, ValueError, RecursionError):
        return False
