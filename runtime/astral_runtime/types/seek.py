"""Fits of a hole, from type-directed search over what mypy knows of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from mypy.types import FunctionLike, NoneType, Type, get_proper_type

from astral_runtime.holes import Fit
from astral_runtime.search import search
from astral_runtime.search.hints import hints_of
from astral_runtime.search.types import Name
from astral_runtime.types.expected import Expected, alternatives_of
from astral_runtime.types.facts import asking
from astral_runtime.types.live import Live
from astral_runtime.types.masked import Piece
from astral_runtime.types.scope import Binding, Entry, Scope
from astral_runtime.types.show import show
from astral_runtime.types.view import type_view

LAST_RESORT = 30.0
"""Cost of fits that are only better than nothing."""

CONJURERS = frozenset({"astral_lsp.hole.hole", "dataclasses.field", "attr.ib", "attr.field", "attrs.field", "typing.cast"})

COMMON_TYPES = ("int", "str", "bool", "float", "bytes", "object")


def seek(live: Live, piece: Piece, bindings: Sequence[Binding], text: str, intent: str | None, limit: int) -> list[Fit]:
    """At most `limit` fits, cheapest first, each replacing the hole's whole span."""
    facts = live.facts(piece)
    checker = live.engine.checker_of(live.module)
    with asking(checker):
        entries = Scope(checker, facts).entries(bindings)
        if piece.form == "type":
            return list(_annotations(facts.expected, entries))[:limit]
        goal = NoneType() if piece.form == "block" and facts.expected.text else facts.expected.type
        names = [
            _name(entry, piece, _uses(live, piece)) for entry in entries if entry.binding.origin != "builtin" and not _conjures(entry.type)
        ]
        hints = hints_of(text, piece.span, intent)
        if piece.form == "block":
            hints = replace(hints, role="return" if facts.expected.text is None else "statement", target=hints.function)
        found = search(goal, names, type_view(checker), hints, limit=limit)
    if piece.form == "expression":
        return found
    return list(_statements(found, piece, facts.expected))[:limit]


def _name(entry: Entry, piece: Piece, uses: Counter[str]) -> Name[Type]:
    binding = entry.binding
    distance = abs(binding.line + 1 - piece.line) if binding.line is not None else 10_000
    return Name(binding.name, entry.type, binding.origin, distance, uses[binding.name.rpartition(".")[2]])


def _conjures(type: Type | None) -> bool:
    """Whether it is a function that passes for any type without being given a value of it: `hole()`, dataclasses' `field()`."""
    proper = get_proper_type(type)
    return (
        isinstance(proper, FunctionLike) and (proper.items[0].definition is not None) and proper.items[0].definition.fullname in CONJURERS
    )


def _uses(live: Live, piece: Piece) -> Counter[str]:
    """How often each word occurs in the enclosing function, else in the file."""
    unit = live.unit_of(piece)
    return Counter(re.findall(r"\w+", live.source(unit) if unit is not None else live.masked.text))


def _statements(found: Sequence[Fit], piece: Piece, expected: Expected) -> Iterator[Fit]:
    """Expressions as the statements that a block or a selection of statements needs."""
    if piece.form == "block" and expected.text is None:
        yield from (replace(fit, text=f"return {fit.text}") for fit in found)
        return
    yield from (fit for fit in found if "(" in fit.text)
    yield Fit("pass", LAST_RESORT)


def _annotations(expected: Expected, entries: Sequence[Entry]) -> Iterator[Fit]:
    """What is known of the value first, then the classes in sight, then common builtins."""
    seen: dict[str, None] = {}
    if expected.type is not None:
        seen[show(expected.type)] = None
        for each in alternatives_of(expected.type):
            seen.setdefault(show(each))
    seen.update(dict.fromkeys(entry.binding.name for entry in entries if _is_class(entry)))
    seen.update(dict.fromkeys(COMMON_TYPES))
    yield from (Fit(text, float(n)) for n, text in enumerate(seen))


def _is_class(entry: Entry) -> bool:
    proper = get_proper_type(entry.type)
    return isinstance(proper, FunctionLike) and proper.is_type_obj() and "." not in entry.binding.name
