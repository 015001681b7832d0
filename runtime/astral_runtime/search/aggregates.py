"""What a whole file says of a hole: expressions in alike places, shapes, strings, and what is read, called and passed."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from astral_runtime.search.index import Entry, FileIndex, Unit
from astral_runtime.search.places import Place, chain, last
from astral_runtime.search.types import Seen, Shape

MOST_SEEN = 120
MOST_SHAPES = 120
MOST_ANALOGIES = 24
MOST_STRINGS = 32
LONGEST_WORD = 24
"""Longer strings are sentences, which stand once."""


def _entries(found: FileIndex) -> Iterator[tuple[Unit, Entry]]:
    for unit in found.units:
        for entry in unit.reading.entries:
            if entry.rendered is not None:
                yield unit, entry


def seen(found: FileIndex, place: Place, line: int) -> list[Seen]:
    """What stands in alike places, at the most specific level each was seen; nearest first within a level."""
    level_of = {key: level for level, key in enumerate(place.keys)}
    best: dict[str, Seen] = {}
    for unit, entry in _entries(found):
        if entry.place.role != place.role or entry.rendered is None:
            continue
        level = min((level_of[key] for key in entry.place.keys if key in level_of), default=len(place.keys) - 1)
        lines, text = abs(unit.start + entry.line - line), entry.rendered.text
        old = best.get(text)
        if old is None or level < old.level:
            best[text] = Seen(text, level, 1, lines)
        elif level == old.level:
            best[text] = Seen(text, level, old.count + 1, min(lines, old.lines))
    return sorted(best.values(), key=lambda seen: (seen.level, seen.lines))[:MOST_SEEN]


def analogies(found: FileIndex, hole: Entry, function: str | None, line: int) -> list[Seen]:
    """Nearest first. The name to carry over is the purpose, or the function's own for what has none."""
    own = hole.purpose or function
    best: dict[str, Seen] = {}
    for unit, entry in _entries(found):
        theirs = entry.purpose or unit.name
        if own is None or theirs is None or entry.rendered is None or entry.place.role != hole.place.role:
            continue
        text = _renamed(entry.rendered.text, theirs, own)
        if text is not None:
            lines, old = abs(unit.start + entry.line - line), best.get(text)
            best[text] = Seen(text, 0, 1 + (old.count if old else 0), min(lines, old.lines) if old else lines)
    return sorted(best.values(), key=lambda seen: (seen.lines, seen.text))[:MOST_ANALOGIES]


def _renamed(text: str, theirs: str, own: str) -> str | None:
    """`text` with one name for another, upper case for upper case; None when it does not speak of `theirs`."""
    for old, new in ((theirs, own), (theirs.upper(), own.upper())):
        if old not in text:
            continue
        renamed = re.sub(rf"(?<![A-Za-z0-9]){re.escape(old)}(?![A-Za-z0-9])", new, text)
        if renamed != text or old == new == text:
            return renamed
    return text if theirs == own and own in text else None


def shapes(found: FileIndex, place: Place) -> list[Shape]:
    here: Counter[str] = Counter()
    anywhere: Counter[str] = Counter()
    for _, entry in _entries(found):
        if entry.rendered is not None and entry.rendered.leaves > 1 and entry.place.role != "annotation":
            anywhere[entry.rendered.shape] += 1
            here[entry.rendered.shape] += entry.place.role == place.role
    ranked = sorted(anywhere, key=lambda shape: (-here[shape], -anywhere[shape], shape))
    return [Shape(shape, here[shape], anywhere[shape]) for shape in ranked[:MOST_SHAPES]]


def attributes(found: FileIndex) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for unit in found.units:
        for name, _ in unit.reading.mentions:
            receiver, _, attribute = name.rpartition(".")
            if receiver:
                counts.setdefault(last(receiver) or receiver, Counter())[attribute] += 1
    return {receiver: dict(attributes) for receiver, attributes in counts.items()}


def calls(found: FileIndex) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for unit in found.units:
        counts.update(unit.reading.calls)
        counts.update(name for each in unit.reading.calls if (name := last(each)) != each and name)
    return dict(counts)


def strings(found: FileIndex, line: int) -> list[str]:
    """The file's short strings, as source, nearest first."""
    nearest: dict[str, int] = {}
    for unit, entry in _entries(found):
        value = entry.node.value if isinstance(entry.node, ast.Constant) else None
        if isinstance(value, str) and 0 < len(value) <= LONGEST_WORD and entry.rendered is not None:
            lines, text = abs(unit.start + entry.line - line), entry.rendered.text
            nearest[text] = min(nearest.get(text, lines), lines)
    return sorted(nearest, key=lambda text: (nearest[text], text))[:MOST_STRINGS]


def arguments(found: FileIndex) -> dict[str, tuple[str, ...]]:
    counts: dict[str, Counter[str]] = {}
    for _, entry in _entries(found):
        place = entry.place
        if entry.rendered is None:
            continue
        if place.callee is not None:
            position = place.keys[0].rpartition("(")[2].rstrip("=")
            counts.setdefault(f"{last(chain(place.callee))}:{position}", Counter())[entry.rendered.text] += 1
        elif place.role == "compare" and place.peer is not None and isinstance(entry.node, ast.Constant):
            counts.setdefault(f"{last(chain(place.peer))} {place.operator}", Counter())[entry.rendered.text] += 1
    return {key: tuple(_most(texts, 10)) for key, texts in counts.items()}


def _most(counts: Counter[str], many: int) -> Iterable[str]:
    return (text for text, _ in counts.most_common(many))
