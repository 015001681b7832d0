"""Hints of a hole, read from the user's own file: the syntactic file cache that ranks what types cannot."""

from __future__ import annotations

import ast
from collections import Counter

from astral_runtime.document import DocumentSnapshot
from astral_runtime.holes import Hole, Span
from astral_runtime.search import aggregates
from astral_runtime.search.index import Entry, FileIndex, Unit, index, lines_of
from astral_runtime.search.render import HOLE
from astral_runtime.search.types import Hints

MOST_REPAIRS = 8
"""Broken lines to leave out before giving the parse up."""


COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def hints(document: DocumentSnapshot, hole: Hole) -> Hints:
    """Hints for a hole of a document. A file that does not parse loses its broken lines first."""
    return hints_of(document.text, hole.span, hole.intent)


def hints_of(text: str, span: Span, intent: str | None = None) -> Hints:
    """`span` counts UTF-8 bytes; what it covers is never read."""
    data = text.encode()
    source = (data[: span.start] + HOLE.encode() + data[span.end :]).decode()
    line = len(lines_of(data[: span.start].decode() + HOLE)) - 1
    parsed = _parse(source, line)
    if parsed is None:
        return Hints(intent=intent, frequency=_words(source))
    found = index(*parsed)
    unit = found.around(line)
    entry = next((each for each in (unit.reading.entries if unit else ()) if _is_hole(each)), None)
    if unit is None or entry is None:
        return Hints(intent=intent, frequency=_words(source), quote=found.quote)
    return _assemble(found, unit, entry, intent, line)


def _parse(source: str, keep: int) -> tuple[str, ast.Module] | None:
    """The tree, if need be without the lines (other than the hole's own, 0-based `keep`) that Python rejects."""
    lines = lines_of(source)
    for _ in range(MOST_REPAIRS):
        try:
            return "".join(lines), ast.parse("".join(lines))
        except (SyntaxError, ValueError) as error:
            broken = (getattr(error, "lineno", None) or 0) - 1
            if not 0 <= broken < len(lines) or broken == keep:
                return None
            indent = lines[broken][: len(lines[broken]) - len(lines[broken].lstrip())]
            lines[broken] = f"{indent}pass\n" if lines[broken].strip() != "pass" else "\n"
    return None


def _words(source: str) -> dict[str, int]:
    cleaned = "".join(char if char.isalnum() or char == "_" else " " for char in source)
    return dict(Counter(word for word in cleaned.split() if word.isidentifier() and word != HOLE))


def _is_hole(entry: Entry) -> bool:
    return isinstance(entry.node, ast.Name) and entry.node.id == HOLE


def _assemble(found: FileIndex, unit: Unit, entry: Entry, intent: str | None, line: int) -> Hints:
    place = entry.place
    frequency: Counter[str] = Counter()
    for each in found.units:
        frequency.update(each.reading.identifiers)
    frequency.pop(HOLE, None)
    before, after = _mentions(unit, line)
    statement, bound = _statement(unit, entry)
    owed = _owed(unit, entry)
    return Hints(
        target=place.target,
        function=unit.name,
        intent=intent,
        frequency=dict(frequency),
        role=place.role,
        operator=place.operator,
        peer=_source(place.peer),
        callee=_source(place.callee),
        position=place.position,
        binding=place.binding,
        beside=tuple(text for node in place.beside if (text := _source(node)) is not None),
        statement=statement,
        bound=bound,
        owed=tuple(sorted(owed)),
        unbound=_unbound(unit, bound, line, owed),
        reads=dict(Counter(name for name, _ in unit.reading.loads)),
        before=before,
        after=after,
        stored=_stored(unit, line),
        seen=tuple(aggregates.seen(found, place, line)),
        shapes=tuple(aggregates.shapes(found, place)),
        purpose=entry.purpose,
        analogies=tuple(aggregates.analogies(found, entry, unit.name, line)),
        asynchronous=unit.asynchronous,
        parameters=unit.parameters,
        attributes=aggregates.attributes(found),
        calls=aggregates.calls(found),
        fresh=_fresh(unit, line),
        arguments=aggregates.arguments(found),
        quote=found.quote,
        strings=tuple(aggregates.strings(found, line)),
    )


def _source(node: ast.expr | None) -> str | None:
    if node is None or any(isinstance(part, ast.Name) and part.id == HOLE for part in ast.walk(node)):
        return None
    return ast.unparse(node)


def _statement(unit: Unit, hole: Entry) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Identifiers that the hole's statement reads and binds."""
    same = unit.reading.statements.get(hole.node)
    if same is None:
        return (), ()
    names = [node for node in ast.walk(same) if isinstance(node, ast.Name) and node.id != HOLE]
    read = dict.fromkeys(node.id for node in names if isinstance(node.ctx, ast.Load))
    return tuple(read), tuple(dict.fromkeys(node.id for node in names if isinstance(node.ctx, ast.Store)))


def _mentions(unit: Unit, line: int) -> tuple[dict[str, int], dict[str, int]]:
    """Lines to the nearest mention of each chain above (or on) the hole's line, and below it."""
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    for entry in unit.reading.mentions:
        lines = unit.start + entry[1] - line
        side = before if lines <= 0 else after
        side[entry[0]] = min(side.get(entry[0], abs(lines)), abs(lines))
    return before, after


def _owed(unit: Unit, hole: Entry) -> set[str]:
    """Variables of the comprehensions and lambdas around the hole that have a value there: they are bound for its sake."""
    statement = unit.reading.statements.get(hole.node)
    around = [node for node in ast.walk(statement) if _holds(node, hole.node)] if statement else []
    found = {each.arg for node in around if isinstance(node, ast.Lambda) for each in ast.walk(node.args) if isinstance(each, ast.arg)}
    inside = [node for node in around if isinstance(node, COMPREHENSIONS)]
    for node in inside:
        for generator in node.generators:
            if _holds(generator.iter, hole.node):
                break
            found.update(each.id for each in ast.walk(generator.target) if isinstance(each, ast.Name))
    return found


def _holds(node: ast.AST, part: ast.AST) -> bool:
    return any(each is part for each in ast.walk(node))


def _unbound(unit: Unit, bound: tuple[str, ...], line: int, owed: set[str]) -> tuple[str, ...]:
    earlier = {*owed, *unit.parameters, *(name for name, at in unit.reading.stores if unit.start + at < line)}
    return tuple(name for name in bound if name not in earlier) if unit.function else ()


def _stored(unit: Unit, line: int) -> dict[str, int]:
    lines = dict.fromkeys(unit.parameters, line - unit.start)
    return lines | {name: line - unit.start - at for name, at in unit.reading.stores if unit.start + at < line}


def _fresh(unit: Unit, line: int) -> tuple[str, ...]:
    """Bound above the hole's line and read nowhere before it."""
    bound = [*unit.parameters, *(name for name, at in unit.reading.stores if unit.start + at < line)]
    read = {name for name, at in unit.reading.loads if unit.start + at <= line}
    return tuple(name for name in dict.fromkeys(bound) if name not in read)
