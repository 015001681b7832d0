"""Arithmetic and conditions over near terms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations

from astral_runtime.search.builder import Builder
from astral_runtime.search.fuel import Fuel
from astral_runtime.search.terms import Term
from astral_runtime.search.types import T

MOST_OPERANDS = 5
ARITHMETIC = ("+", "-", "*", "/")


def operator_terms(builder: Builder[T], goal: T | None, operands: Sequence[Term[T]], fuel: Fuel) -> Iterator[Term[T]]:
    """Sums, differences, products of near terms, when σ is known and the result fits it."""
    if goal is None:
        return
    for left, right in permutations(operands[:MOST_OPERANDS], 2):
        if builder.unknown(left.type) or builder.unknown(right.type):
            continue
        for sign in ARITHMETIC:
            if not fuel.spend():
                return
            found = builder.binary(sign, left, right)
            if found is not None and found.type is not None and builder.types.fits(found.type, goal):
                yield found


def condition_terms(builder: Builder[T], operands: Sequence[Term[T]], fuel: Fuel) -> Iterator[Term[T]]:
    """Tests of near terms: not, is None, membership, order against another term of the same type."""
    none = builder.literal("None")
    for operand in operands[: 2 * MOST_OPERANDS]:
        if not fuel.spend():
            return
        yield builder.negation(operand)
        if _may_be_none(builder, operand):
            yield from _compared(builder, operand, none, ("is", "is not"))
    for left, right in permutations(operands[: MOST_OPERANDS + 1], 2):
        if not fuel.spend():
            return
        if not builder.unknown(right.type) and not builder.unknown(left.type):
            yield from _compared(builder, left, right, _signs(builder, left, right))


def _may_be_none(builder: Builder[T], operand: Term[T]) -> bool:
    nothing = builder.types.instance("None")
    return operand.type is None or nothing is None or builder.types.fits(nothing, operand.type)


def _signs(builder: Builder[T], left: Term[T], right: Term[T]) -> Iterator[str]:
    if left.type is None or right.type is None:
        return
    item = builder.types.item(right.type)
    if item is not None and not builder.unknown(item) and builder.types.fits(left.type, item):
        yield "in"
    if builder.types.fits(right.type, left.type):
        yield from ("<", ">") if left.text > right.text else ("==", "<", ">")


def _compared(builder: Builder[T], left: Term[T], right: Term[T], signs: Iterable[str]) -> Iterator[Term[T]]:
    for sign in signs:
        found = builder.compare(sign, left, right)
        if found is not None:
            yield found
