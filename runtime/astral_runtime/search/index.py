"""Every small expression of a file with its place. Indexed by unit (top-level statement or method), so that an edit
re-reads one function and not the file."""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from astral_runtime.search.finders import FINDERS, places
from astral_runtime.search.places import Place, chain, last
from astral_runtime.search.render import HOLE, Rendered, render


@dataclass(frozen=True, slots=True)
class Entry:
    """One expression that stands somewhere. `line` is 0-based within its unit. `purpose` is what the value around it is
    for: its target, else the assignment's or keyword's that it is part of."""

    node: ast.expr
    place: Place
    rendered: Rendered | None
    line: int
    purpose: str | None


@dataclass(frozen=True, slots=True)
class Unit:
    """A top-level statement, method or class header; `start` and `end` are its 0-based lines, end exclusive. `name` is the
    function's or class's own; `parameters` are in order, without `self`."""

    start: int
    end: int
    name: str | None
    function: bool
    asynchronous: bool
    parameters: tuple[str, ...]
    reading: Reading


@dataclass(frozen=True, slots=True)
class FileIndex:
    """All units in file order."""

    units: tuple[Unit, ...]
    quote: str

    def around(self, line: int) -> Unit | None:
        """The unit that holds a line."""
        return next((unit for unit in self.units if unit.start <= line < unit.end), None)


def lines_of(text: str) -> list[str]:
    """Lines as Python's parser counts them: not at form feeds and Unicode separators, as `splitlines` does."""
    return io.StringIO(text, newline="").readlines()


def index(text: str, tree: ast.Module) -> FileIndex:
    """`tree` is the parse of `text`."""
    lines = lines_of(text)
    quote = "'" if text.count("'") > text.count('"') else '"'
    units = []
    for node, owner in _unit_nodes(tree.body, None):
        start, end = _first_line(node), (_header_end(node) if isinstance(node, ast.ClassDef) else node.end_lineno or node.lineno)
        reader = _read("".join(lines[start:end]), _Key(node, owner, start, quote))
        units.append(_unit(node, start, end, reader))
    return FileIndex(tuple(units), quote)


def _unit(node: ast.stmt, start: int, end: int, reading: Reading) -> Unit:
    function = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    return Unit(start, end, getattr(node, "name", None), function, isinstance(node, ast.AsyncFunctionDef), _parameters(node), reading)


def _unit_nodes(body: list[ast.stmt], owner: str | None) -> Iterator[tuple[ast.stmt, str | None]]:
    for node in body:
        yield node, owner
        if isinstance(node, ast.ClassDef):
            yield from _unit_nodes(node.body, node.name)


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)]) - 1


def _header_end(node: ast.ClassDef) -> int:
    return max(_first_line(node.body[0]), node.lineno)


def _parameters(node: ast.stmt) -> tuple[str, ...]:
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return ()
    return tuple(each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs) if each.arg not in {"self", "cls"})


class _Key:
    """Carries a unit's node past the cache: two units are the same when their source is (the hash leaves the node out)."""

    __slots__ = ("node", "owner", "quote", "start")

    def __init__(self, node: ast.stmt, owner: str | None, start: int, quote: str) -> None:
        self.node, self.owner, self.start, self.quote = node, owner, start, quote

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and (self.owner, self.quote) == (other.owner, other.quote)

    def __hash__(self) -> int:
        return hash((self.owner, self.quote))


@lru_cache(maxsize=1024)
def _read(source: str, key: _Key) -> Reading:
    reader = Reading(key.start, key.quote)
    if isinstance(key.node, ast.ClassDef):
        for part in (*key.node.decorator_list, *key.node.bases, *(keyword.value for keyword in key.node.keywords)):
            reader.visit(part, None, frozenset())
    else:
        reader.visit(key.node, None, frozenset())
    return reader


class Reading:
    """One unit, walked bottom-up, each expression rendered once. Lines are 0-based within the unit.

    `mentions` are names and attribute chains, `loads` and `stores` names read and bound, `calls` the callee chain of every
    call, `statements` the simple statement or compound header around each expression that has a place."""

    def __init__(self, start: int, quote: str) -> None:
        self.start, self.quote = start, quote
        self.entries: list[Entry] = []
        self.identifiers: dict[str, int] = {}
        self.mentions: list[tuple[str, int]] = []
        self.loads: list[tuple[str, int]] = []
        self.stores: list[tuple[str, int]] = []
        self.calls: list[str] = []
        self.statements: dict[ast.AST, ast.AST] = {}
        self._typing = 0
        self._statement: ast.AST | None = None
        self._purpose: str | None = None
        self._rendered: dict[ast.expr, Rendered | None] = {}

    def visit(self, node: ast.AST, function: str | None, local: frozenset[str]) -> None:
        """`local` are the names bound by the functions around `node`."""
        kind = node.__class__
        if kind in _SCOPES:
            function = node.name if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else function
            local |= _bound(node)
        outside = self._statement, self._purpose
        self._enter(node)
        typed = _TYPED.get(kind, ())
        for name in _PARTS[kind] if kind in _PARTS else _parts(kind):
            value = getattr(node, name, None)
            self._typing += name in typed
            if isinstance(value, list):
                for child in value:
                    if isinstance(child, ast.AST):
                        self.visit(child, function, local)
            elif isinstance(value, ast.AST):
                self.visit(value, function, local)
            self._typing -= name in typed
        if kind in _COUNTED:
            self._count(node)
        if isinstance(node, ast.expr):
            self._rendered[node] = render(node, self._rendered.get, local, self.quote)
        if not self._typing and kind in FINDERS:
            self._place(node, function)
        self._statement, self._purpose = outside

    def _enter(self, node: ast.AST) -> None:
        if isinstance(node, ast.stmt):
            self._statement, self._purpose = _header(node) or self._statement, _purpose(node)
        elif isinstance(node, ast.keyword):
            self._purpose = node.arg or self._purpose

    def _place(self, node: ast.AST, function: str | None) -> None:
        for child, place in places(node, function):
            if isinstance(getattr(child, "ctx", None), (ast.Store, ast.Del)):
                continue  # no value stands here
            line = child.lineno - 1 - self.start
            self.entries.append(Entry(child, place, self._rendered.get(child), line, place.target or self._purpose))
            if self._statement is not None:
                self.statements[child] = self._statement

    def _count(self, node: ast.AST) -> None:
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else getattr(node, "arg", None)
        if isinstance(name, str):
            self.identifiers[name] = self.identifiers.get(name, 0) + 1
        if self._typing or (isinstance(node, ast.Name) and node.id == HOLE):
            return  # an annotation reads no value
        if isinstance(node, ast.Name):
            (self.loads if isinstance(node.ctx, ast.Load) else self.stores).append((node.id, node.lineno - 1 - self.start))
        if isinstance(node, ast.Call) and (callee := chain(node.func)) is not None:
            self.calls.append(callee)
        if isinstance(node, (ast.Name, ast.Attribute)) and (mention := chain(node)) is not None:
            self.mentions.append((mention, node.lineno - 1 - self.start))


_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
_SCOPES = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, *_COMPREHENSIONS})
_COUNTED = frozenset({ast.Name, ast.Attribute, ast.Call, ast.arg, ast.keyword})
_TYPED: dict[type[ast.AST], tuple[str, ...]] = {
    ast.FunctionDef: ("returns",), ast.AsyncFunctionDef: ("returns",), ast.arg: ("annotation",), ast.AnnAssign: ("annotation",),
}  # fmt: skip
"""Fields that hold annotations."""
_PARTS: dict[type[ast.AST], tuple[str, ...]] = {}
"""Fields of each kind of node that may hold nodes worth a visit: not operators, contexts and plain values."""


def _parts(kind: type[ast.AST]) -> tuple[str, ...]:
    silent = {"ctx", "op", "ops", "id", "attr", "arg", "names", "module", "level", "kind", "type_comment", "conversion"}
    _PARTS[kind] = () if kind is ast.Constant else tuple(name for name in kind._fields if name not in silent)
    return _PARTS[kind]


def _purpose(node: ast.stmt) -> str | None:
    if isinstance(node, ast.Assign):
        return last(chain(node.targets[0]))
    return last(chain(node.target)) if isinstance(node, (ast.AnnAssign, ast.AugAssign)) else None


def _header(node: ast.stmt) -> ast.AST | None:
    """The part of a statement that is evaluated with it: all of a simple one, the head of a compound one."""
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return ast.Tuple([node.target, node.iter], ast.Load())
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return ast.Tuple([item.context_expr for item in node.items], ast.Load())
    if isinstance(node, (ast.If, ast.While)):
        return node.test
    return node if not hasattr(node, "body") else None


def _bound(scope: ast.AST) -> frozenset[str]:
    """Names that a function, lambda or comprehension binds, with what is nested in it."""
    if isinstance(scope, _COMPREHENSIONS):
        targets = [generator.target for generator in scope.generators]
        return frozenset(each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name))
    names: set[str | None] = set()
    pending: list[object] = [scope]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending += node
        elif isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store):
                names.add(node.id)
        elif isinstance(node, ast.AST):
            names.add(node.arg if isinstance(node, ast.arg) else node.name if isinstance(node, ast.ExceptHandler) else None)
            kind = node.__class__
            pending += [getattr(node, name, None) for name in (_PARTS[kind] if kind in _PARTS else _parts(kind))]
    return frozenset(name for name in names if name) - {"self", "cls"}  # `self.rows` is a name of its own
