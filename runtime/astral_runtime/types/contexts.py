"""HoleContexts from facts: σ and Γ as text, and the constraints that follow from them (Definition 1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mypy.checker import TypeChecker
from mypy.types import Instance, Type, TypeAliasType, UnionType, get_proper_type

from astral_runtime.types.expected import Expected
from astral_runtime.types.facts import Facts, asking
from astral_runtime.types.live import Live
from astral_runtime.types.masked import Form, Piece
from astral_runtime.types.scope import Binding, Entry, Scope
from astral_runtime.types.show import show

MOST_ENTRIES = 200

_FORMS: dict[Form, str] = {
    "expression": "an expression",
    "block": "one or more statements",
    "statement": "one or more statements",
    "type": "an annotation",
}


def context_of(live: Live, piece: Piece, bindings: Sequence[Binding]) -> dict[str, Any]:
    """One HoleContext without its hole, as JSON."""
    key = (piece, tuple(bindings))
    if key not in live.answers:
        live.answers[key] = _context_of(live, piece, bindings)
    found: dict[str, Any] = live.answers[key]
    return found


def _context_of(live: Live, piece: Piece, bindings: Sequence[Binding]) -> dict[str, Any]:
    facts = live.facts(piece)
    checker = live.engine.checker_of(live.module)
    with asking(checker):
        entries = Scope(checker, facts).entries(bindings)
        constraints = [*_constraints(facts, piece), *_imports(facts.expected, entries, checker)]
    return {
        "type": word(facts.expected),
        "because": facts.expected.because,
        "scope": [_row(entry) for entry in entries[:MOST_ENTRIES]],
        "constraints": constraints,
    }


def word(expected: Expected) -> str | None:
    """σ as it is shown."""
    if expected.text is not None:
        return expected.text
    return show(expected.type) if expected.type is not None else None


def _row(entry: Entry) -> list[Any]:
    binding = entry.binding
    return [binding.name, show(entry.type) if entry.type is not None else None, entry.fits, binding.origin, binding.line]


def _constraints(facts: Facts, piece: Piece) -> Iterator[list[str]]:
    expected = facts.expected
    yield ["syntax", _FORMS[piece.form]]
    if expected.type is not None and expected.text is None:
        yield ["types", f"{'preferably' if expected.soft else 'must be'} {show(expected.type)}"]
    if not facts.reachable:
        yield ["control_flow", "unreachable here: types are not checked"]
    elif piece.form == "block" and expected.text is None:
        yield ["control_flow", "must return a value on every path"]


def _imports(expected: Expected, entries: Sequence[Entry], checker: TypeChecker) -> Iterator[list[str]]:
    """Classes that σ names and the file has no name for."""
    known = {entry.binding.name for entry in entries} | set(checker.tree.names)
    for type in dict.fromkeys(_classes(expected.type)) if expected.type is not None else ():
        if type.type.name not in known and type.type.module_name not in ("builtins", "_typeshed") and not type.type.name.startswith("_"):
            yield ["imports", f"from {type.type.module_name} import {type.type.name}"]


def _classes(type: Type) -> Iterator[Instance]:
    """Classes that a type is spelled with; recursive aliases are left alone, they have a name of their own."""
    if isinstance(type, TypeAliasType) and type.is_recursive:
        return
    proper = get_proper_type(type)
    if isinstance(proper, UnionType):
        for item in proper.items:
            yield from _classes(item)
    elif isinstance(proper, Instance):
        yield proper
        for argument in proper.args:
            yield from _classes(argument)
