"""All that mypy said of one hole, held as its own types: σ, and what every name in the function was there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from mypy.checker import TypeChecker
from mypy.checker_state import checker_state
from mypy.nodes import DictionaryComprehension, GeneratorExpr, NameExpr, Node, SymbolNode
from mypy.state import state as mypy_state
from mypy.types import NoneType, Type, get_proper_type

from astral_runtime.types.annotations import UNKNOWN, annotations_on
from astral_runtime.types.children import path_to, walk
from astral_runtime.types.expected import Expected, united
from astral_runtime.types.masked import Piece
from astral_runtime.types.place import Place
from astral_runtime.types.plugin import HolePlugin, Key, Sighting, functions_in
from astral_runtime.types.rules import expect


@dataclass(frozen=True, slots=True)
class Facts:
    """`stack` is the checker's scope stack at the hole, outermost first; `names` are the symbols of its functions, of
    comprehensions around the hole too; `types` and `members` say what variables and `name.attribute` expressions were
    narrowed to. `reachable` is False where mypy never came; `generic`: a generic call took the hole for its answer."""

    expected: Expected
    reachable: bool = True
    generic: bool = False
    stack: tuple[object, ...] = ()
    types: dict[SymbolNode, Type] = field(default_factory=dict)
    members: dict[str, Type] = field(default_factory=dict)
    names: dict[str, SymbolNode] = field(default_factory=dict)


UNREACHED = Facts(Expected(None, "type unknown: mypy finds this code unreachable, or skips it"), reachable=False)


@contextmanager
def asking(checker: TypeChecker) -> Iterator[None]:
    """mypy's global state as it is while `checker` runs, for questions about types afterwards."""
    checker.errors.set_file(checker.path, checker.tree.fullname, options=checker.options)
    with mypy_state.strict_optional_set(checker.options.strict_optional), checker_state.set(checker):
        yield


def facts_of(root: Node, pieces: Sequence[Piece], keys: Sequence[Key], plugin: HolePlugin, checker: TypeChecker) -> list[Facts]:
    """Facts of each piece. `keys` says how the plugin numbered them; `root` is the tree that was just checked."""
    with asking(checker):
        return [
            _annotated(root, piece, pieces, checker)
            if piece.form == "type"
            else _facts(root, piece, plugin.sightings.get(key), plugin, checker)
            for piece, key in zip(pieces, keys, strict=True)
        ]


def _annotated(root: Node, piece: Piece, pieces: Sequence[Piece], checker: TypeChecker) -> Facts:
    before = sum(each.form == "type" and each.line == piece.line and each.start < piece.start for each in pieces)
    found = annotations_on(root, piece.line, checker)
    return Facts(found[before] if before < len(found) else UNKNOWN)


def _facts(root: Node, piece: Piece, sighting: Sighting | None, plugin: HolePlugin, checker: TypeChecker) -> Facts:
    if sighting is None:
        return UNREACHED
    path = path_to(root, sighting.call)
    if not path:
        return UNREACHED
    met = united(sighting.contexts)
    expected = expect(Place(sighting.call, path, checker), met)
    if piece.form == "statement" or (piece.form == "block" and _nothing(expected.type)):
        expected = Expected(None, _statement_words(expected, piece), text="statement")
    names = {name: node for function in reversed(functions_in(sighting.stack)) for name, node in plugin.names_of(function).symbols()}
    names |= _comprehension_names([node for node, _ in path])
    return Facts(expected, True, met.generic, sighting.stack, sighting.types, sighting.members, names)


def _nothing(type: Type | None) -> bool:
    return isinstance(get_proper_type(type), NoneType)


def _statement_words(expected: Expected, piece: Piece) -> str:
    return "body of a function that returns None" if piece.form == "block" else "one or more statements"


def _comprehension_names(path: Sequence[Node]) -> dict[str, SymbolNode]:
    found: dict[str, SymbolNode] = {}
    for node in path:
        if isinstance(node, (GeneratorExpr, DictionaryComprehension)):
            targets = [each for index in node.indices for each in walk(index) if isinstance(each, NameExpr)]
            found.update({each.name: each.node for each in targets if each.node is not None})
    return found
