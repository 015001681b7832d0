"""Skeletons over iterables: sum, any, sorted, join and comprehensions, with projections of the element inside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from astral_runtime.search.builder import Builder
from astral_runtime.search.fuel import Fuel
from astral_runtime.search.loops import Loop
from astral_runtime.search.terms import Term, subhole
from astral_runtime.search.types import Hints, Name, T
from astral_runtime.search.words import alike, words_of

MOST_PROJECTIONS = 6
NUMBERS = ("int", "float")


def iterable_terms(builder: Builder[T], goal: T | None, iterables: Iterable[Term[T]], hints: Hints, fuel: Fuel) -> Iterator[Term[T]]:
    """What runs over each iterable and may give σ. Strings do not count: nobody folds their characters."""
    if goal is None:
        return
    for iterable in iterables:
        item = builder.types.item(iterable.type) if iterable.type is not None and not builder.unknown(iterable.type) else None
        if item is None or item == iterable.type or not fuel.spend():
            continue
        name = item_name(iterable.text, builder.names)
        loop = Loop(iterable, name, builder.binding(Name(name, item, "local", 0, 1)))
        parts = _by_likeness(projections(loop.inner, name, item, fuel), hints)
        for skeleton in _SKELETONS:
            yield from skeleton(loop, goal, item, parts)


def item_name(iterable: str, taken: Iterable[str]) -> str:
    """A name for one of them: `self.items` → item, `order_lines()` → order_line, `data` → each."""
    base = "".join(char for char in iterable.rpartition(".")[2].partition("(")[0] if char.isalnum() or char == "_").strip("_")
    singular = base[:-3] + "y" if base.endswith("ies") else base[:-1] if base.endswith("s") and not base.endswith("ss") else ""
    used = set(taken)
    return next(name for name in (singular, "each", "item", f"each_{base}") if name.isidentifier() and name not in used)


def projections(builder: Builder[T], name: str, item: T, fuel: Fuel) -> list[Term[T]]:
    """The element, its public attributes, and what its methods without parameters give."""
    element = builder.leaf(name)
    if element is None:
        return []
    found = [element]
    for attribute in builder.types.members(item):
        if attribute.startswith("_") or not fuel.spend():
            continue
        part = builder.attribute(element, attribute)
        if part is not None and part.type is not None:
            called = builder.call(part, []) if builder.types.signatures(part.type, None) else part
            if called is not None:
                found.append(called)
    return found


def _by_likeness(parts: list[Term[T]], hints: Hints) -> list[Term[T]]:
    wanted = words_of(" ".join(filter(None, (hints.target, hints.function, hints.intent))))
    return sorted(parts, key=lambda each: -alike(words_of(each.text), wanted))


def _totals(loop: Loop[T], goal: T, item: T, parts: Sequence[Term[T]]) -> Iterator[Term[T]]:
    """`sum(item.price * item.quantity for item in items)`, `len(items)`."""
    types = loop.inner.types
    if not any(types.fits(each, goal) for name in NUMBERS if (each := types.instance(name)) is not None):
        return
    number = types.instance("float")
    if number is not None:
        whole = [part for part in (*_products(loop.inner, parts, number), *parts) if _fits_both(loop.inner, part, goal, number)]
        yield from (loop.folded("sum", part, part.type) for part in whole)
    yield loop.applied("len", types.instance("int"))


def _products(builder: Builder[T], parts: Sequence[Term[T]], number: T) -> Iterator[Term[T]]:
    numbers = [each for each in parts if each.type is not None and each.kind == "attribute" and builder.types.fits(each.type, number)]
    for n, left in enumerate(numbers[:MOST_PROJECTIONS]):
        for right in numbers[n + 1 : MOST_PROJECTIONS]:
            product = builder.binary("*", left, right)
            if product is not None:
                yield product


def _fits_both(builder: Builder[T], part: Term[T], goal: T, number: T) -> bool:
    return part.type is not None and not builder.unknown(part.type) and all(builder.types.fits(part.type, each) for each in (number, goal))


def _truths(loop: Loop[T], goal: T, item: T, parts: Sequence[Term[T]]) -> Iterator[Term[T]]:
    """`any(item.done for item in items)`; an open test where the element has no flag."""
    types = loop.inner.types
    truth = types.instance("bool")
    if truth is None or not types.fits(truth, goal):
        return
    flags = [part for part in parts if part.type == truth] or [subhole(truth)]
    yield from (loop.folded(head, part, truth) for head in ("any", "all") for part in flags[:MOST_PROJECTIONS])


def _texts(loop: Loop[T], goal: T, item: T, parts: Sequence[Term[T]]) -> Iterator[Term[T]]:
    """`", ".join(item.name for item in items)`."""
    types = loop.inner.types
    text = types.instance("str")
    if text is not None and types.fits(text, goal):
        yield from (loop.joined(part, text) for part in parts[:MOST_PROJECTIONS] if part.type is not None and types.fits(part.type, text))


def _elements(loop: Loop[T], goal: T, item: T, parts: Sequence[Term[T]]) -> Iterator[Term[T]]:
    """`min(items)`, `max(items, key=lambda item: item.price)`, `max(items, key=▢)`, `next(item for item in items if ▢)`."""
    types = loop.inner.types
    if not types.fits(item, goal) or loop.inner.unknown(item):
        return
    if types.member(item, "__lt__") is not None:
        yield from (loop.applied(head, item) for head in ("min", "max"))
    else:
        keys = [
            part for part in parts if part.type is not None and part.text != loop.name and types.member(part.type, "__lt__") is not None
        ]
        yield from (loop.keyed_by(head, part, item) for part in keys[:MOST_PROJECTIONS] for head in ("max", "min"))
    yield from (loop.keyed(head, item) for head in ("max", "min"))
    yield loop.next(item)


def _projected(loop: Loop[T], goal: T, item: T, parts: Sequence[Term[T]]) -> Iterator[Term[T]]:
    """`[item.name for item in items]`, the set, and the dict by a projection."""
    types = loop.inner.types
    for part in parts[:MOST_PROJECTIONS]:
        listed, unique, table = types.instance("list", part.type), types.instance("set", part.type), types.instance("dict", part.type, item)
        if listed is not None and part.text != loop.name and types.fits(listed, goal):
            yield loop.comprehension("[{}]", part, listed)
        if unique is not None and types.fits(unique, goal):
            yield loop.comprehension("{{{}}}", part, unique)
        if table is not None and part.text != loop.name and types.fits(table, goal):
            yield loop.table(part, table)


def _selections(loop: Loop[T], goal: T, item: T, parts: Sequence[Term[T]]) -> Iterator[Term[T]]:
    """`sorted(items)`, `list(items)`, `[item for item in items if ▢]`, `enumerate(items)`."""
    types = loop.inner.types
    same, pairs = types.instance("list", item), types.instance("enumerate", item)
    if same is not None and types.fits(same, goal):
        if types.member(item, "__lt__") is not None:
            yield loop.applied("sorted", same)
        yield loop.applied("list", same)
        yield loop.filtered(same)
    if pairs is not None and types.fits(pairs, goal):
        yield loop.applied("enumerate", pairs)


_SKELETONS: tuple[Callable[..., Iterator[Term[Any]]], ...] = (_totals, _truths, _texts, _elements, _projected, _selections)
