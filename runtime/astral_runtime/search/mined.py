"""Terms that the file itself suggests: what stands in alike places, and its shapes with other names in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from astral_runtime.holes import SUBHOLE
from astral_runtime.search.builder import Builder
from astral_runtime.search.fuel import Fuel
from astral_runtime.search.render import string
from astral_runtime.search.terms import Term
from astral_runtime.search.types import Hints, T

MOST_SLOTS = 2
MOST_PIECES = 9
KIN_TRIED = 6
_NAME = re.compile(r"""(?<![\w.'"])([^\W\d]\w*)(?![\w'"]|=[^=])""")
_STRING = re.compile(r"""'[\w.-]+'|"[\w.-]+\"""")
NAMES_PER_SLOT = {1: 9, 2: 4}


def seen_terms(builder: Builder[T], hints: Hints, fuel: Fuel) -> Iterator[Term[T]]:
    """Expressions from alike places whose names are all in Γ."""
    for seen in hints.seen:
        if not fuel.spend():
            return
        found = builder.read(seen.text)
        if found is not None:
            yield found


def shaped_terms(builder: Builder[T], hints: Hints, values: list[Term[T]], fuel: Fuel) -> Iterator[Term[T]]:
    """Shapes of the file with the likeliest values in their slots. `values` comes likeliest first."""
    for shape in dict.fromkeys(text for known in hints.shapes for text in _spoken(known.text, hints)):
        slots = shape.count(SUBHOLE)
        if not 0 < slots <= MOST_SLOTS:
            if slots == 0 and fuel.spend() and (found := builder.read(shape)) is not None:
                yield found
            continue
        for chosen in product(values[: NAMES_PER_SLOT[slots]], repeat=slots):
            if not fuel.spend():
                return
            found = builder.filled(shape, chosen)
            if found is not None:
                yield found


def kin_terms(builder: Builder[T], hints: Hints, values: list[Term[T]], fuel: Fuel) -> Iterator[Term[T]]:
    """The expressions beside the hole with one name exchanged: beside `index[u]`, `index[v]`; beside `low.x`, `high.x`."""
    for text in (*hints.beside, *((hints.peer,) if hints.peer else ())):
        pieces = _NAME.split(text)
        if len(pieces) > MOST_PIECES or text.isidentifier():
            continue
        for n in range(1, len(pieces), 2):
            if pieces[n] not in builder.names or pieces[n] in {"self", "cls"}:
                continue
            for value in values[:KIN_TRIED]:
                if not fuel.spend():
                    return
                found = builder.read("".join((*pieces[:n], value.text, *pieces[n + 1 :]))) if value.text != pieces[n] else None
                if found is not None:
                    yield found


def _spoken(shape: str, hints: Hints) -> Iterator[str]:
    """The shape, and the same with the target's name for its only string: `▢["path"]` says `▢["host"]` of host."""
    yield shape
    strings = _STRING.findall(shape)
    if hints.target and len(strings) == 1:
        yield shape.replace(strings[0], string(hints.target, hints.quote))
