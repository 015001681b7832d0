"""Parsing for mypy: whole files, files without their function bodies, single functions.

A *unit* is one function or method that is not nested in another: what mypy can analyse and check by itself. A *slim*
tree keeps only the bodies that matter to other code (they bind attributes, make a generator, or are trivial).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mypy.errors import CompileError, Errors
from mypy.fastparse import parse as parse_in_python
from mypy.nativeparse import deserialize_imports, native_parse
from mypy.nodes import (
    Block,
    ClassDef,
    Decorator,
    FuncDef,
    Import,
    ImportAll,
    ImportBase,
    ImportFrom,
    MypyFile,
    Node,
    OverloadedFuncDef,
    SymbolTable,
)
from mypy.options import Options
from mypy.parse import load_from_raw
from mypy.renaming import LimitedVariableRenameVisitor
from mypy.semanal_pass1 import SemanticAnalyzerPreAnalysis

from astral_runtime.types.children import children
from astral_runtime.types.masked import Lines

_IMPORT = re.compile(rb"^[ \t]*(?:import|from)[ \t]", re.MULTILINE)
_GLOBAL = re.compile(r"^\s*global\s", re.MULTILINE)


class Unparsable(Exception):
    """mypy cannot read the text. `line` is 1-based."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message, line)
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose text is parsed, and under which options."""

    path: str
    module: str
    options: Options


@dataclass(frozen=True, slots=True)
class Unit:
    """A function of the text. `body` is the byte range of its suite, up to the end of its last line; None when the suite
    starts on a line of the header. `line` and `column` are those of the `def`, `suite` is where its first statement
    starts. `kept`: slim trees keep its body."""

    name: str
    line: int
    column: int
    last_line: int
    suite: tuple[int, int]
    body: tuple[int, int] | None
    kept: bool

    def range_in(self, lines: Lines) -> tuple[int, int]:
        """Its bytes, from its `def` line on."""
        return lines.starts[self.line - 1], lines.end(self.last_line)

    def holds(self, line: int, column: int) -> bool:
        """Whether a place lies in the suite."""
        return self.suite <= (line, column) and line <= self.last_line


@dataclass(frozen=True, slots=True)
class Slim:
    """A slim tree with its units in order. `key` changes when anything outside of the units' bodies does, comments and
    blank lines aside, and when a body starts or ceases to matter to other code."""

    tree: MypyFile
    units: tuple[Unit, ...]
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A function parsed by itself, with the lines in it that say `type: ignore`."""

    node: FuncDef
    ignored_lines: dict[int, list[str]]


class HiddenImports:
    """Imports in the bodies that slim trees leave out, by the function's text; mypy has to load those modules, too."""

    def __init__(self) -> None:
        self._known: dict[str, list[tuple[int, ImportBase]]] = {}

    def of(self, text: str, units: Sequence[Unit], lines: Lines, reader: Reader) -> list[ImportBase]:
        """Those of the units that import anything, at their lines. Parses the whole file when one of them is new."""
        importing = [unit for unit in units if not unit.kept and _IMPORT.search(lines.data, *unit.range_in(lines))]
        sources = [lines.slice(unit.line, unit.last_line) for unit in importing]
        if any(source not in self._known for source in sources):
            every = _imports(text, reader)
            self._known = {
                source: [(each.line - unit.line, each) for each in every if unit.line <= each.line <= unit.last_line]
                for unit, source in zip(importing, sources, strict=True)
            }
        found: list[ImportBase] = []
        for unit, source in zip(importing, sources, strict=True):
            for below, node in self._known[source]:
                node.line = unit.line + below  # nothing but the list of imports refers to it
                found.append(node)
        return found


def parse_slim(text: str, lines: Lines, reader: Reader, hidden: HiddenImports) -> Slim:
    """Raises Unparsable."""
    tree = _native(text, reader, skip_bodies=True)
    found = [*functions(tree)]
    units = tuple(_unit(function, lines) for function in found)
    if b"global" in lines.data:
        units = tuple(_with_globals(function, unit, lines, reader) for function, unit in zip(found, units, strict=True))
    tree.imports += hidden.of(text, units, lines, reader)
    return Slim(_prepared(tree, reader), units, _key(lines, units, tree))


def parse_whole(text: str, reader: Reader) -> MypyFile:
    """With every body and with right columns. Raises Unparsable."""
    return _prepared(_exact(text, reader), reader)


def parse_function(source: str, unit: Unit, reader: Reader) -> Function:
    """Lines that are to stand at a unit's place, from its `def` on. Raises Unparsable, also if they hold more than it."""
    tree = _prepared(_exact(_in_place(source, unit), reader), reader)
    return Function(_only_function(tree, unit), tree.ignored_lines)


def parse_alone(source: str, unit: Unit, lines: Lines, reader: Reader) -> Unit:
    """Where a function lies that stands alone in `source` at the unit's place. Raises Unparsable like `parse_function`."""
    alone = _unit(_only_function(_native(_in_place(source, unit), reader, skip_bodies=True), unit), lines)
    return replace(alone, kept=True) if _GLOBAL.search(source) else alone


def _in_place(source: str, unit: Unit) -> str:
    """A function's lines in a file of their own, at the same line numbers."""
    wrapper = "class _:\n" if unit.column else ""
    return "\n" * (unit.line - 1 - bool(wrapper)) + wrapper + source + "\n"


def _only_function(tree: MypyFile, unit: Unit) -> FuncDef:
    outer = tree.defs[0] if len(tree.defs) == 1 else None
    body = outer.defs.body if unit.column and isinstance(outer, ClassDef) else tree.defs
    if outer is None or len(body) != 1 or not isinstance(body[0], FuncDef):
        raise Unparsable("it does not stay inside its function", unit.line)
    return body[0]


def functions(tree: MypyFile) -> Iterator[FuncDef]:
    """Functions that are not nested in others, in order, unreachable ones too. Of a fresh tree: plugins add more."""
    stack: list[Node] = [*reversed(tree.defs)]
    while stack:
        node = stack.pop()
        if isinstance(node, FuncDef):
            yield node
        elif isinstance(node, Decorator):
            yield node.func
        elif isinstance(node, OverloadedFuncDef):
            yield from (item.func if isinstance(item, Decorator) else item for item in node.unanalyzed_items)
        elif isinstance(node, ClassDef):
            stack.extend(reversed(node.defs.body))
        elif isinstance(node, Block):
            stack.extend(reversed(node.body))
        else:
            stack.extend(reversed([child for _, child in children(node) if isinstance(child, Block)]))


def _unit(function: FuncDef, lines: Lines) -> Unit:
    first, last = function.body.line, function.end_line or function.line
    own_line = first > function.line and function.body.column == lines.indent(first)
    body = (lines.starts[first - 1], lines.end(last)) if own_line else None
    return Unit(function.name, function.line, function.column, last, (first, function.body.column), body, kept=bool(function.body.body))


def _with_globals(function: FuncDef, unit: Unit, lines: Lines, reader: Reader) -> Unit:
    """What a function assigns to a global may decide the type of that global, so such bodies are kept, too."""
    source = lines.slice(unit.line, unit.last_line)
    if unit.kept or not _GLOBAL.search(source):
        return unit
    function.body = parse_function(source, unit, reader).node.body
    return replace(unit, kept=True)


def told_lines(lines: Lines, units: Sequence[Unit]) -> list[int]:
    """The lines outside of the units' bodies that mypy reads: not blank, no mere comments. Equal keys, equal many."""
    found: list[int] = []
    position = 1
    for unit in units:
        if unit.body is not None:
            found += (line for line in range(position, unit.suite[0]) if _is_told(lines.lines[line - 1]))
            position = unit.last_line + 1
    return [*found, *(line for line in range(position, len(lines.lines) + 1) if _is_told(lines.lines[line - 1]))]


def _is_told(line: bytes) -> bool:
    bare = line.strip()
    return bool(bare) and (not bare.startswith(b"#") or b"type:" in bare or b"mypy:" in bare)


def _key(lines: Lines, units: Sequence[Unit], tree: MypyFile) -> tuple[str, ...]:
    kept = "".join("+" if unit.kept else "-" for unit in units)
    modules = sorted(name for each in tree.imports for name in _imported(each))
    return (kept, *modules, *(lines.lines[line - 1].decode().rstrip() for line in told_lines(lines, units)))


def _imported(node: ImportBase) -> Iterator[str]:
    if isinstance(node, Import):
        yield from (name for name, _ in node.ids)
    elif isinstance(node, ImportFrom):
        yield from (f"{'.' * node.relative}{node.id}:{name}" for name, _ in node.names)
    elif isinstance(node, ImportAll):
        yield f"{'.' * node.relative}{node.id}:*"


def _exact(text: str, reader: Reader) -> MypyFile:
    """mypy's native parser miscounts columns after non-ASCII characters; its Python one does not but is slow."""
    if text.isascii():
        return _native(text, reader, skip_bodies=False)
    errors = Errors(reader.options)
    try:
        tree = parse_in_python(text, fnam=reader.path, module=reader.module, errors=errors, options=reader.options)
    except CompileError as error:
        raise _blocked(errors, reader.path) from error
    if errors.is_blockers():
        raise _blocked(errors, reader.path)
    SemanticAnalyzerPreAnalysis().visit_file(tree, reader.path, reader.module, reader.options)
    return tree


def _native(text: str, reader: Reader, *, skip_bodies: bool) -> MypyFile:
    tree, _, _ = native_parse(reader.path, reader.options, text, skip_function_bodies=skip_bodies)
    errors = Errors(reader.options)
    assert tree.raw_data is not None
    loaded = load_from_raw(reader.path, reader.module, tree.raw_data, errors, reader.options)
    if errors.is_blockers():
        raise _blocked(errors, reader.path)
    return loaded


def _imports(text: str, reader: Reader) -> list[ImportBase]:
    tree, _, _ = native_parse(reader.path, reader.options, text)
    assert tree.raw_data is not None
    return deserialize_imports(tree.raw_data.imports)


def _blocked(errors: Errors, path: str) -> Unparsable:
    first = next(info for info in errors.error_info_map[path] if info.blocker)
    return Unparsable(first.message, max(first.line, 1))


def _prepared(tree: MypyFile, reader: Reader) -> MypyFile:
    """What mypy's first semantic pass does to a tree."""
    tree._fullname = reader.module
    tree.names = SymbolTable()
    if not tree.is_stub and not reader.options.allow_redefinition:
        tree.accept(LimitedVariableRenameVisitor())
    return tree
