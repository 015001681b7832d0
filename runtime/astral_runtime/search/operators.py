"""Arithmetic and choices over near terms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations, product

from astral_runtime.search.builder import Builder
from astral_runtime.search.fuel import Fuel
from astral_runtime.search.precedence import Binding
from astral_runtime.search.terms import Term, term
from astral_runtime.search.types import Hints, T

MOST_OPERANDS = 5
MOST_CHOICES = 4
ARITHMETIC = ("+", "-", "*", "/")
NUMERIC = frozenset({"assign", "argument", "keyword", "operand", "compare", "return", "branch", "index", "slice", "element", "value"})
"""Roles in which two numbers are added without anything that asks for one."""


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


def number_terms(builder: Builder[T], goal: T | None, values: Sequence[Term[T]], hints: Hints, fuel: Fuel) -> Iterator[Term[T]]:
    """`index + 1`, `size - 1`; sums and differences of numbers where nothing says what is wanted."""
    whole, real = builder.types.instance("int"), builder.types.instance("float")
    if hints.role not in NUMERIC or whole is None or real is None or not builder.agrees(whole, goal):
        return
    numbers = [each for each in values if each.type is not None and not builder.unknown(each.type) and builder.types.fits(each.type, real)]
    one = builder.literal("1")
    pairs = [(left, one) for left in numbers[:MOST_OPERANDS]] + ([*permutations(numbers[:MOST_CHOICES], 2)] if goal is None else [])
    for left, right in pairs:
        for sign in ("+", "-"):
            if not fuel.spend():
                return
            found = builder.binary(sign, left, right)
            if found is not None:
                yield found


def choice_terms(builder: Builder[T], goal: T | None, values: Sequence[Term[T]], fuel: Fuel) -> Iterator[Term[T]]:
    """`given or default` and `given if given is not None else default`, where `given` but for None is what σ asks for."""
    if goal is None:
        return
    types = builder.types
    typed = [each for each in values if each.type is not None and not builder.unknown(each.type)]
    given = [each for each in typed if each.type is not None and (rest := types.present(each.type)) is not None and types.fits(rest, goal)]
    given = [each for each in given if each.type is not None and not types.fits(each.type, goal)]
    sure = [each for each in typed if each.type is not None and types.fits(each.type, goal)][:MOST_CHOICES]
    for left, right in product(given[:MOST_CHOICES], (*sure, *map(builder.literal, types.literals(goal)))):
        if not fuel.spend():
            return
        yield replace(builder.boolean("or", (left, right)), type=goal)
        condition = builder.compare("is not", left, builder.literal("None"))
        if condition is not None:
            text = f"{left.at_least(Binding.OR)} if {condition.text} else {right.text}"
            yield term(text, goal, "conditional", (("operator", 1.0),), (condition, right), Binding.TEST)
