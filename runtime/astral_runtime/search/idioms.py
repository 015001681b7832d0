"""Python's own idioms: shapes of the language and its builtins that need no example in the file.

They say nothing but how Python is written; every name in a fill still comes from Γ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from astral_runtime.search.builder import Builder
from astral_runtime.search.fuel import Fuel
from astral_runtime.search.terms import Term
from astral_runtime.search.types import Hints, T

NAMES_TRIED = 8
TESTS = ("▢ is None", "▢ is not None", "callable(▢)", "len(▢) > 1", "len(▢) == 1", "len(▢) == 0")
IDIOMS: dict[str, tuple[str, ...]] = {
    "test": TESTS,
    "boolean": TESTS,
    "not": ("callable(▢)",),
    "iterable": ("▢.items()", "enumerate(▢)", "range(▢)", "range(len(▢))", "reversed(▢)", "sorted(▢)", "▢.values()", "▢[1:]"),
    "assign": (
        "list(▢)",
        "len(▢)",
        "iter(▢)",
        "dict(▢)",
        "set(▢)",
        "tuple(▢)",
        "str(▢)",
        "int(▢)",
        "type(▢)",
        "next(▢)",
        "▢.copy()",
        "▢[0]",
        "▢.pop()",
    ),
    "argument": (
        "len(▢)",
        "str(▢)",
        "list(▢)",
        "repr(▢)",
        "type(▢)",
        "iter(▢)",
        "▢[0]",
        "id(▢)",
        "type(▢).__name__",
        "▢.__name__",
        "▢.__class__",
    ),
    "compare": ("len(▢)", "▢.__class__", "type(▢)", "▢[0]", "▢[-1]"),
    "operand": ("len(▢)", "str(▢)"),
    "return": ("list(▢)", "len(▢)", "tuple(▢)", "iter(▢)", "str(▢)", "not ▢", "▢ is not None"),
    "slice": ("len(▢)", "▢ + 1"),
    "index": ("▢ + 1", "▢ - 1"),
    "keyword": ("len(▢)", "str(▢)", "list(▢)"),
}


def idiom_terms(builder: Builder[T], hints: Hints, values: Sequence[Term[T]], fuel: Fuel) -> Iterator[Term[T]]:
    """The role's idioms over the cheapest values. `values` comes cheapest first."""
    for shape in IDIOMS.get(hints.role, ()):
        for value in values[:NAMES_TRIED]:
            if not fuel.spend():
                return
            found = builder.filled(shape, (value,))
            if found is not None:
                yield found
