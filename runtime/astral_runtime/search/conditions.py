"""What is tested: values against None, classes, constants and each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, permutations

from astral_runtime.search.builder import Builder
from astral_runtime.search.fuel import Fuel
from astral_runtime.search.terms import Term
from astral_runtime.search.types import Hints, T

MOST_OPERANDS = 5
MOST_CLASSES = 6
MOST_TESTED = 10
CLASSES = ("str", "int", "list", "tuple", "dict", "bytes", "type")
"""Those that programs ask for by name most, tried after the file's own."""
NUMBERS = (("==", "0"), (">", "0"), ("==", "1"), (">", "1"), ("<", "0"), ("!=", "-1"), ("!=", "0"))


def condition_terms(builder: Builder[T], operands: Sequence[Term[T]], hints: Hints, fuel: Fuel) -> Iterator[Term[T]]:
    """Tests of near terms: not, is None, isinstance, constants, membership, order against another term of the same type."""
    yield from _alone(builder, operands[: 2 * MOST_OPERANDS], hints, fuel)
    yield from _instances(builder, operands[:MOST_TESTED], hints, fuel)
    for left, right in permutations(operands[: MOST_OPERANDS + 1], 2):
        if not fuel.spend():
            return
        if not builder.unknown(right.type) and not builder.unknown(left.type):
            yield from _compared(builder, left, right, _signs(builder, left, right))
    flags = [each for each in operands if each.type is not None and each.type == builder.types.instance("bool")][:MOST_OPERANDS]
    for pair in combinations(flags, 2):
        yield from (builder.boolean(sign, pair) for sign in ("and", "or") if fuel.spend())


def _alone(builder: Builder[T], operands: Sequence[Term[T]], hints: Hints, fuel: Fuel) -> Iterator[Term[T]]:
    none, whole = builder.literal("None"), builder.types.instance("int")
    for operand in operands:
        if not fuel.spend():
            return
        yield builder.negation(operand)
        if _may_be_none(builder, operand):
            yield from _compared(builder, operand, none, ("is", "is not"))
        for sign, other in (("==", "!="), ("!=", "=="), ("in", "not in"), ("not in", "in")):
            name = operand.text.rpartition(".")[2]
            constants = dict.fromkeys((*hints.arguments.get(f"{name} {sign}", ()), *hints.arguments.get(f"{name} {other}", ())))
            found = [builder.read(text) for text in constants if fuel.spend()]
            yield from (builder.compare(sign, operand, each) for each in found if each is not None)  # type: ignore[misc]  # no order, so no None
        if whole is not None and operand.type == whole:
            yield from (
                each for sign, text in NUMBERS if fuel.spend() for each in _compared(builder, operand, builder.literal(text), (sign,))
            )


def _instances(builder: Builder[T], operands: Sequence[Term[T]], hints: Hints, fuel: Fuel) -> Iterator[Term[T]]:
    """`isinstance(value, str)`, for classes that the value's type leaves open."""
    check = builder.leaf("isinstance")
    texts = dict.fromkeys((*hints.arguments.get("isinstance:1", ())[:MOST_CLASSES], *CLASSES))
    usual = [found for text in texts if (found := builder.read(text)) is not None]
    names = [leaf for name in builder.names if name not in texts and (leaf := builder.leaf(name)) is not None]
    others = [
        leaf
        for leaf in names
        if leaf.type is not None and builder.types.sort(leaf.type) == "class" and builder.types.signatures(leaf.type, None)
    ]
    for operand in operands:
        for each in (*usual, *(others if not builder.unknown(operand.type) else ())):
            if check is None or not _is_open(builder, operand, each):
                continue
            if not fuel.spend():
                return
            found = builder.call(check, [(None, operand), (None, each)])
            if found is not None:
                yield found


def _is_open(builder: Builder[T], operand: Term[T], klass: Term[T]) -> bool:
    """Whether the value may be of the class and may be of another."""
    if operand.type is None or builder.unknown(operand.type) or klass.type is None:
        return True
    made = next(iter(builder.types.signatures(klass.type, None)), None)
    if made is None or made.returns is None:
        return True
    return builder.types.fits(made.returns, operand.type) and not builder.types.fits(operand.type, made.returns)


def _may_be_none(builder: Builder[T], operand: Term[T]) -> bool:
    nothing = builder.types.instance("None")
    return operand.type is None or nothing is None or builder.types.fits(nothing, operand.type)


def _signs(builder: Builder[T], left: Term[T], right: Term[T]) -> Iterator[str]:
    if left.type is None or right.type is None:
        return
    item = builder.types.item(right.type)
    if item is not None and not builder.unknown(item) and builder.types.fits(left.type, item):
        yield from ("in", "not in")
    if builder.types.fits(right.type, left.type):
        yield from ("<", ">") if left.text > right.text else ("==", "!=", "<", ">")


def _compared(builder: Builder[T], left: Term[T], right: Term[T], signs: Iterable[str]) -> Iterator[Term[T]]:
    for sign in signs:
        found = builder.compare(sign, left, right)
        if found is not None:
            yield found
