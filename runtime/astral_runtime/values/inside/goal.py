"""Terms whose values are the wanted ones: found in the bank, mapped or filtered from a sequence, or chosen by a condition."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from astral_runtime.examples.inside.play import OutOfFuel
from astral_runtime.values.inside.bank import Bank, Fuel
from astral_runtime.values.inside.terms import ATOM, LARGE, OR, ORDERED, PAIR, STREAM, TRUTH, Term

INNER = 4
"""Largest size of what stands in a comprehension."""

SOURCE = 2
"""Largest size of what a comprehension runs over."""

CONDITION = 5
"""Largest size of a condition."""

BRANCHES = 400
"""How many terms are tried as branches of a conditional."""


@dataclass(frozen=True)
class Wanted:
    """The value that a hole should have in each example."""

    values: tuple[Any, ...]  # (e,)
    made: tuple[Callable[[Any], Any], ...] = ()
    """What each example makes of the hole's value; nothing when it is the value itself."""

    def by(self, term: Term) -> list[bool]:
        """In which examples a term has it: equal, and of the same type, so that it also prints alike."""
        if not self.made:
            return [same(value, wanted) for value, wanted in zip(term.values, self.values, strict=True)]
        return [_gives(make, value, wanted) for make, value, wanted in zip(self.made, term.values, self.values, strict=True)]


def _gives(make: Callable[[Any], Any], value: Any, wanted: Any) -> bool:
    try:
        return same(make(value), wanted)
    except (Exception, OutOfFuel):  # an example may do anything with what it is not meant for
        return False


def same(value: Any, wanted: Any) -> bool:
    """Equal and of one type."""
    try:
        return type(value) is type(wanted) and bool(value == wanted)
    except Exception:  # a workspace's own __eq__
        return False


def solutions(leaves: Sequence[Term], wanted: Wanted, largest: int, fuel: Fuel) -> list[Term]:
    """Terms that are what is wanted in every example, the likeliest first: of the smallest size that has any, and two more.

    Conditionals are made only where there is nothing simpler; operations that hardly ever give such values wait for a second round."""
    idle = frozenset(group for group, kinds in _GIVES.items() if not any(isinstance(each, kinds) for each in wanted.values))
    if any(isinstance(leaf.values[0], Iterator) for leaf in leaves):
        idle -= {STREAM}
    first = _round(leaves, wanted, largest, Fuel(fuel.steps // 2, (fuel.until + time.monotonic()) / 2), idle) if idle else []
    return first or _round(leaves, wanted, largest, fuel, frozenset())


_GIVES: dict[str, tuple[type, ...]] = {TRUTH: (bool,), PAIR: (list, tuple), STREAM: ()}
"""The types of what groups of operations give."""


def _round(leaves: Sequence[Term], wanted: Wanted, largest: int, fuel: Fuel, without: frozenset[str]) -> list[Term]:
    bank, found, reached = Bank(leaves, without), list[Term](), largest
    partial: list[tuple[Term, tuple[bool, ...]]] = []
    for term in bank.grow(largest, fuel, wanted.values):
        if found and term.size > reached + 2:
            break
        hits = wanted.by(term)
        if all(hits):
            found.append(term)
        elif any(hits):
            partial.append((term, tuple(hits)))
        if term.size <= SOURCE:
            found += _comprehensions(leaves, term, wanted, fuel)
        reached = min(reached, max(term.size, SOURCE)) if found else largest
    return sorted(
        found or ([] if without else _conditionals(bank, partial)), key=lambda term: (term.cost, not term.text[0].isalpha(), term.text)
    )


def _comprehensions(leaves: Sequence[Term], source: Term, wanted: Wanted, fuel: Fuel) -> Iterator[Term]:
    """`[… for x in source]` where each wanted list is as long as the source, `[x for x in source if …]` where it is a part of it."""
    if not all(isinstance(each, list) for each in wanted.values):
        return
    if not all(isinstance(each, ORDERED) and len(each) <= LARGE for each in source.values):
        return
    items = [list(each) for each in source.values]
    at = [example for example, each in enumerate(items) for _ in each]
    if not at or len(at) > 200:
        return
    name = _fresh({leaf.text for leaf in leaves}, source.text)
    spread = [Term(leaf.text, tuple(leaf.values[n] for n in at), leaf.size) for leaf in leaves]
    inner = [*spread, Term(name, tuple(x for each in items for x in each), 1)]
    share = Fuel(min(fuel.steps // 8, 20_000), fuel.until)
    if all(len(each) == len(want) for each, want in zip(items, wanted.values, strict=True)):
        goal = Wanted(tuple(x for want in wanted.values for x in want))
        yield from _written(inner, goal, share, lambda term: f"[{term.text} for {name} in {source.within(OR + 1)}]", source)
    elif all(_kept(each, want) is not None for each, want in zip(items, wanted.values, strict=True)):
        goal = Wanted(tuple(keep for each, want in zip(items, wanted.values, strict=True) for keep in _kept(each, want) or ()))
        yield from _written(inner, goal, share, lambda term: f"[{name} for {name} in {source.within(OR + 1)} if {term.text}]", source)


def _written(leaves: Sequence[Term], goal: Wanted, fuel: Fuel, write: Callable[[Term], str], source: Term) -> Iterator[Term]:
    for term in Bank(leaves, frozenset({STREAM})).grow(INNER, fuel):
        if all(goal.by(term)):
            yield Term(write(term), (), source.size + term.size + 2, ATOM, source.cost + term.cost + 2)
            return


def _kept(items: Sequence[Any], want: Sequence[Any]) -> list[bool] | None:
    """Which items are left in the wanted list, in order; None when it is no part of them."""
    left = list(want)
    kept = []
    for item in items:
        keep = bool(left) and same(item, left[0])
        kept.append(keep)
        if keep:
            left.pop(0)
    return None if left else kept


def _conditionals(bank: Bank, partial: Sequence[tuple[Term, tuple[bool, ...]]]) -> Iterator[Term]:
    """`a if c else b` where a holds in some examples and b in all others, and c is true exactly in the former."""
    best: dict[tuple[bool, ...], Term] = {}
    for term, hits in partial:
        best.setdefault(hits, term)
    tests: dict[tuple[bool, ...], Term] = {}
    for term in bank.terms():
        if all(isinstance(value, bool) for value in term.values):
            tests.setdefault(tuple(term.values), term)
    branches = list(best.items())[:BRANCHES]
    found = [
        Term(f"{a.within(OR)} if {c.text} else {b.within(OR)}", (), a.size + b.size + c.size + 1, OR - 1, a.cost + b.cost + c.cost + 1)
        for hits, a in branches
        for others, b in branches
        if all(one or other for one, other in zip(hits, others, strict=True))
        for when, c in tests.items()
        if all((hits if on else others)[n] for n, on in enumerate(when))
    ]
    yield from found


def separating(bank: Bank, traces: Sequence[Sequence[Sequence[tuple[int, bool]]]], twice: tuple[bool, ...], fuel: Fuel) -> list[Term]:
    """Terms that are true where a condition should hold: of each example (first axis) in one of its traces (second), at every visit.

    A visit is the position of its values and the answer. `twice` has the answers where there is one trace each, as in `Bank.grow`."""
    found: list[Term] = []
    for term in bank.grow(CONDITION, fuel, twice):
        if found and term.size > found[0].size + 1:
            break
        truth = _truth(term)
        if truth is not None and all(any(all(truth[at] == on for at, on in trace) for trace in ways) for ways in traces):
            found.append(term)
    return sorted(found, key=lambda term: (term.cost, not term.text[0].isalpha(), term.text))


def _truth(term: Term) -> list[bool] | None:
    try:
        return [bool(value) for value in term.values]
    except Exception:  # a workspace's own __bool__
        return None


def _fresh(taken: set[str], source: str) -> str:
    """A name for an item: what a reader would call it, `price` of `prices`, else a letter that is free."""
    singular = source.removesuffix("s") if source.isidentifier() and len(source) > 2 and source.endswith("s") else ""
    names: tuple[str, ...] = (singular, *"xyzvw", "each", "item")
    return next((name for name in names if name.isidentifier() and name not in taken), "_")
