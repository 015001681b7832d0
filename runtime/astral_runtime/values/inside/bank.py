"""Bottom-up enumeration: all terms by size, one for each vector of values, until the fuel is used up. Deterministic."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from typing import Any

from astral_runtime.values.inside.operations import attributes, binary, unary
from astral_runtime.values.inside.terms import Operation, Term, key

_UNARY, _BINARY = tuple(unary()), tuple(binary())


class Fuel:
    """How many operations may still be tried, and until when."""

    def __init__(self, steps: int, until: float) -> None:
        self.steps, self.until = steps, until

    def burn(self) -> bool:
        """Use one step; whether there was one."""
        self.steps -= 1
        return self.steps > 0 and (self.steps % 256 != 0 or time.monotonic() < self.until)


class Bank:
    """Terms by size, smallest first, each with values of its own."""

    def __init__(self, leaves: Iterable[Term], without: frozenset[str] = frozenset()) -> None:
        """`without`: groups of operations (`terms.Operation.group`) that are left out."""
        self._unary = tuple(each for each in _UNARY if each.group not in without)
        self._binary = tuple(each for each in _BINARY if each.group not in without)
        self._fitting: dict[tuple[type, ...], tuple[Operation, ...]] = {}
        self.by_size: dict[int, list[Term]] = {}
        self._seen: set[tuple[Any, ...]] = set()
        for leaf in leaves:
            self.add(leaf)

    def add(self, term: Term) -> bool:
        """Keep a term, unless a smaller or earlier one has its values."""
        known = key(term.values)
        if known is None or known in self._seen:
            return False
        self._seen.add(known)
        self.by_size.setdefault(term.size, []).append(term)
        return True

    def terms(self) -> Iterator[Term]:
        """All terms, smallest first."""
        return itertools.chain.from_iterable(self.by_size[size] for size in sorted(self.by_size))

    def grow(self, largest: int, fuel: Fuel, twice: tuple[Any, ...] = ()) -> Iterator[Term]:
        """All terms of at most that size, those that are there first; each is kept before the next is made. A term whose values are
        those of another is left out, unless they are `twice`: ways to write what is sought are all of interest."""
        sought = key(twice)
        for size in range(1, largest + 1):
            yield from list(self.by_size.get(size, ()))
            for term in self._made(size, fuel):
                if self.add(term) or (twice and key(term.values) == sought):
                    yield term
            if fuel.steps <= 0:
                return

    def _for(self, *operands: Term) -> tuple[Operation, ...]:
        """The operations that take operands of these types: most do not, and asking each of them each time would cost the most."""
        if all(operand.constant for operand in operands):
            return ()
        types = tuple(type(operand.values[0]) for operand in operands)
        if types not in self._fitting:
            every = self._unary if len(operands) == 1 else self._binary
            self._fitting[types] = tuple(each for each in every if each.accepts(operands))
        return self._fitting[types]

    def _made(self, size: int, fuel: Fuel) -> Iterator[Term]:
        for inner in list(self.by_size.get(size - 1, ())):
            yield from attributes(inner)
            for operation in self._for(inner):
                if not fuel.burn():
                    return
                term = operation.on((inner,))
                if term is not None:
                    yield term
        for left in range(size - 2, 0, -1):  # the larger operand first, as in `a * b + 1`
            for first, second in itertools.product(list(self.by_size.get(left, ())), list(self.by_size.get(size - 1 - left, ()))):
                for operation in self._for(first, second):
                    if not fuel.burn():
                        return
                    term = operation.on((first, second))
                    if term is not None:
                        yield term
