"""What an example is: a call, what it should give, and where the user wrote that."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Form = Literal["doctest", "prose", "assert", "parametrize"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an example stands: file, 0-based line, and its own text there."""

    path: Path
    line: int
    text: str

    @property
    def place(self) -> str:
        """For people: `cart.py line 12`."""
        return f"{self.path.name} line {self.line + 1}"


@dataclass(frozen=True, slots=True)
class Example:
    """`source` should give `want`, after the statements of `setup`, in the names of the document's module.

    A doctest is compared as doctest does it (`want` is what is printed, `exception` what a traceback ends with, `flags` doctest's option
    flags); every other form is two expressions that should be equal. One that `checks` nothing, `>>> x = f(2)`, only shows how the
    function is called: values are seen by it, and no candidate is judged by it.
    """

    source: str
    want: str
    form: Form
    origin: Origin
    setup: tuple[str, ...] = ()
    exception: str | None = None
    flags: int = 0
    checks: bool = True

    def message(self) -> dict[str, object]:
        """As the sandbox reads it."""
        return {
            "source": self.source, "want": self.want, "form": self.form, "setup": list(self.setup), "exception": self.exception,
            "flags": self.flags,
        }  # fmt: skip


def contradictions(examples: Iterable[Example]) -> tuple[tuple[Example, Example], ...]:
    """Pairs that want different things of the same call with the same setup. Only plain values count: doubt is no contradiction."""
    found: list[tuple[Example, Example]] = []
    first: dict[tuple[str, tuple[str, ...]], Example] = {}
    for example in examples:
        key = _spelled(example.source), example.setup if example.form != "doctest" else ()
        other = first.setdefault(key, example)
        wants = plain_value(example.want), plain_value(other.want)
        if None not in wants and wants[0] != wants[1] and not (other.setup or example.setup):
            found.append((other, example))
    return tuple(found)


def _spelled(source: str) -> str:
    try:
        return ast.unparse(ast.parse(source.strip(), mode="eval"))
    except (SyntaxError, ValueError):
        return source


def plain_value(text: str) -> str | None:
    """The value that a literal stands for, spelled one way; None for what is no literal."""
    try:
        return repr(ast.literal_eval(text.strip()))
    except (SyntaxError, ValueError, MemoryError, RecursionError, TypeError):
        return None
