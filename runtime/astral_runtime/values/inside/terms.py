"""Expressions as text with the values that they have in every example.

e: number of examples. A term's `values` has e entries; two terms with equal values are one to the search (observational equivalence).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

OR, AND, COMPARE, BIT_OR, BIT_AND, SUM, PRODUCT, SIGN, POWER, ATOM = range(10)
"""How strongly the outermost operator of a term binds."""

LARGE = 10_000
"""Longer sequences and numbers of more bits are not made."""


@dataclass(frozen=True)
class Term:
    """`values` is what `text` is in each example; `size` counts names, constants and operations; `cost` is the size with what is rarely
    meant counted double or more. Operations on a `constant` alone are not made: nobody writes `2 * 1`."""

    text: str
    values: tuple[Any, ...]  # (e,)
    size: int
    binds: int = ATOM
    cost: float = 1.0
    constant: bool = False

    def within(self, binds: int) -> str:
        """Its text as an operand of an operator that binds so strongly."""
        return self.text if self.binds >= binds else f"({self.text})"


@dataclass(frozen=True)
class Operation:
    """One way to make a term of others. `takes` are the types of its operands, None for any; `write` makes the text.

    `group` names operations that make sense for few goals only: `truth` gives truth values of anything, `pair` puts two things together,
    `stream` has to do with iterators.
    """

    takes: tuple[tuple[type, ...] | None, ...]
    run: Callable[..., Any]
    write: Callable[..., str]
    binds: int = ATOM
    cost: float = 1.0
    group: str = ""

    def accepts(self, operands: Sequence[Term]) -> bool:
        """Whether it takes such operands, judged by their values in the first example."""
        return all(kinds is None or _is_one(each.values[0], kinds) for each, kinds in zip(operands, self.takes, strict=True))

    def on(self, operands: Sequence[Term]) -> Term | None:
        """The term that it makes; None where it fails in any example."""
        if not self.accepts(operands):
            return None
        try:
            values = tuple([self.run(*each) for each in zip(*(operand.values for operand in operands), strict=True)])
        except Exception:  # what an expression raises makes it no candidate
            return None
        size, cost = 1 + sum(operand.size for operand in operands), self.cost + sum(operand.cost for operand in operands)
        return Term(self.write(*operands), values, size, self.binds, cost)


TRUTH, PAIR, STREAM = "truth", "pair", "stream"
NUMBER = (int, float)
SEQUENCE = (str, list, tuple, bytes)
SIZED = (str, list, tuple, bytes, dict, set, frozenset, range)
ORDERED = (str, list, tuple, bytes, dict, range)
"""What has an order of its own: a list of a set would be another one in another run."""

SETS = (set, frozenset)


def _is_one(value: Any, kinds: tuple[type, ...]) -> bool:
    """Whether a value is of the kinds; a truth value is no number here."""
    return isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))


def key(values: Sequence[Any]) -> tuple[Any, ...] | None:
    """What tells values from others; None for what cannot be told: then the term is not kept."""
    try:
        return tuple((type(value), repr(value)) if not isinstance(value, (int, str)) else (type(value), value) for value in values)
    except Exception:  # a workspace's own __repr__
        return None
