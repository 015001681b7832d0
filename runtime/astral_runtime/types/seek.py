"""Fits of a hole, from type-directed search over what mypy knows of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from mypy.types import FunctionLike, NoneType, Type, get_proper_type

from astral_runtime.holes import Fit, Span
from astral_runtime.search import cheapest
from astral_runtime.search.generate import Candidate, candidates
from astral_runtime.search.hints import hints_of
from astral_runtime.search.types import Hints, Name
from astral_runtime.types.expected import Expected, alternatives_of
from astral_runtime.types.facts import Facts, asking
from astral_runtime.types.jobs import Steps, finished
from astral_runtime.types.live import Live
from astral_runtime.types.masked import Masked, Piece
from astral_runtime.types.scope import Binding, Entry, Scope
from astral_runtime.types.show import show
from astral_runtime.types.view import type_view

AT_ONCE = 16
"""Candidates between two pauses: a millisecond's work or two."""

LAST_RESORT = 30.0
"""Cost of fits that are only better than nothing."""

CONJURERS = frozenset({"astral_lsp.hole.hole", "dataclasses.field", "attr.ib", "attr.field", "attrs.field", "typing.cast"})

COMMON_TYPES = ("int", "str", "bool", "float", "bytes", "object")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search was asked: the names that the syntax shows, the document's text, the user's words, how many fits."""

    bindings: Sequence[Binding]
    text: str
    intent: str | None
    limit: int


def seek(live: Live, masked: Masked, piece: Piece, wanted: Wanted) -> Steps[list[Fit]]:
    """At most `wanted.limit` fits, cheapest first, each replacing the hole's whole span. Pauses between its steps, so that
    others are answered meanwhile; what they do to the document makes it start anew, and then it does not pause."""
    found = yield from _sought(live, masked, piece, wanted)
    if found is None:
        found = finished(_sought(live, masked, piece, wanted))
    return found or []


def prepare(live: Live, text: str, wanted: Sequence[tuple[Span, str | None]]) -> Steps[None]:
    """Read the surroundings of holes before search is asked for, as long as the document stays what it is."""
    for span, intent in wanted:
        if live.text != text:
            return
        hints_for(live, text, span, intent)
        yield


def hints_for(live: Live, text: str, span: Span, intent: str | None) -> Hints:
    """What the file says of a hole; read once for each version of it."""
    key = ("hints", text, span, intent)
    if key not in live.answers:
        live.answers[key] = hints_of(text, span, intent)
    found: Hints = live.answers[key]
    return found


def _sought(live: Live, masked: Masked, piece: Piece, wanted: Wanted) -> Steps[list[Fit] | None]:
    """None when the types that it works with have gone."""
    live.return_to(masked)
    facts = live.facts(piece)
    checker = live.engine.checker_of(live.module)
    with asking(checker):
        entries = Scope(checker, facts).entries(wanted.bindings)
        if piece.form == "type":
            return list(_annotations(facts.expected, entries))[: wanted.limit]
        goal = NoneType() if piece.form == "block" and facts.expected.text else facts.expected.type
        uses = _uses(live, piece)
        names = [_name(entry, piece, uses) for entry in entries if entry.binding.origin != "builtin" and not _conjures(entry.type)]
    yield
    if not _stands(live, masked, piece, facts):
        return None
    hints = hints_for(live, wanted.text, piece.span, wanted.intent)
    if piece.form == "block":
        hints = replace(hints, role="return" if facts.expected.text is None else "statement", target=hints.function)
    running = candidates(goal, names, type_view(checker), hints)
    found: list[Candidate[Type]] = []
    while True:
        with asking(checker):
            some = [*islice(running, AT_ONCE)]
        if not some:
            break
        found += some
        yield
        if not _stands(live, masked, piece, facts):
            return None
    fits = cheapest(found, wanted.limit)
    return fits if piece.form == "expression" else list(_statements(fits, piece, facts.expected))[: wanted.limit]


def _stands(live: Live, masked: Masked, piece: Piece, facts: Facts) -> bool:
    return not live.outdated and live.masked == masked and live.facts(piece) is facts


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
