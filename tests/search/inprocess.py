"""mypy in this process with holes in its files: σ and Γ with real types, for tests of search and its evaluation.

The product asks its oracle process instead; this is the same plugin hook without the shadowing and the protocol.
"""

from __future__ import annotations

import ast
import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mypy import build
from mypy.checker import TypeChecker
from mypy.fscache import FileSystemCache
from mypy.modulefinder import BuildSource
from mypy.nodes import GDEF, LDEF, Context, FuncItem, LambdaExpr, MypyFile, NameExpr, SymbolNode, Var
from mypy.options import Options
from mypy.plugin import FunctionContext, Plugin
from mypy.traverser import all_name_and_member_expressions
from mypy.types import AnyType, Type, UninhabitedType, UnionType, get_proper_type

from astral_runtime.holes import Origin
from astral_runtime.search.types import Name

STUB = "astral_hole_stub"
CALL = "__hole__"


@dataclass(frozen=True, slots=True)
class Asked:
    """What mypy knew at one hole."""

    goal: Type | None
    names: tuple[Name[Type], ...]
    checker: TypeChecker


@dataclass(frozen=True, slots=True)
class Scoped:
    """A name that may be read at a hole, before its type is known."""

    name: str
    origin: Origin
    distance: int
    uses: int


class HolePlugin(Plugin):
    """Hands every check of `__hole__(n)` to `on_hole(n, context)`."""

    def __init__(self, options: Options, on_hole: Callable[[int, FunctionContext], None]) -> None:
        super().__init__(options)
        self.on_hole = on_hole

    def get_function_hook(self, fullname: str) -> Callable[[FunctionContext], Type] | None:
        return self._asked if fullname == f"{STUB}.{CALL}" else None

    def _asked(self, context: FunctionContext) -> Type:
        argument = context.args[0][0]
        self.on_hole(argument.value, context)  # type: ignore[attr-defined]  # always an int literal, written by `with_holes`
        return context.default_return_type


def _locals(function: FuncItem) -> dict[str, SymbolNode]:
    """Var nodes of the names that a function binds or reads."""
    body = function if isinstance(function, LambdaExpr) else LambdaExpr([], function.body)  # the only expression with a body
    names, _ = all_name_and_member_expressions(body)
    found = {each.name: each.node for each in names if each.kind == LDEF and each.node is not None}
    return found | {argument.variable.name: argument.variable for argument in function.arguments}


def with_holes(text: str, spans: Mapping[int, tuple[int, int]]) -> str:
    """`text` with each byte span replaced by its call; the import goes last, so no line moves."""
    data = text.encode()
    for number, (start, end) in sorted(spans.items(), key=lambda item: -item[1][0]):
        data = data[:start] + f"{CALL}({number})".encode() + data[end:]
    return data.decode() + f"\nfrom {STUB} import {CALL}\n"


class InProcess:
    """Builds of the same modules, some with replaced text; what did not change comes from mypy's cache in `cache`."""

    def __init__(self, modules: Mapping[str, Path], search: Iterable[Path], cache: Path) -> None:
        self.modules = dict(modules)
        self.answers: dict[int, Asked] = {}
        self.scopes: dict[int, tuple[Scoped, ...]] = {}
        self.options = _options(search, cache)

    def check(self, texts: Mapping[str, str]) -> list[str]:
        """Messages with these modules' texts replaced."""
        fresh = f"# {time.time_ns()}\n"  # else mypy recalls a text that it checked before, and no hook runs
        overlay = _Overlay({str(self.modules[module]): text + fresh for module, text in texts.items()})
        sources = [BuildSource(str(path), module) for module, path in self.modules.items()]
        sources.append(BuildSource(f"/{STUB}.pyi", STUB, f"from typing import Any\ndef {CALL}(n: int) -> Any: ...\n"))
        plugin = HolePlugin(self.options, self._on_hole)
        return build.build(sources, self.options, fscache=overlay, extra_plugins=[plugin]).errors

    def ask(self, texts: Mapping[str, str], spans: Mapping[str, Mapping[int, tuple[int, int]]]) -> dict[int, Asked]:
        """σ and Γ of every hole; `spans` maps module to hole number to byte span in its text."""
        self.answers = {}
        self.scopes = {n: scope(texts[module], span) for module, holes in spans.items() for n, span in holes.items()}
        self.check({module: with_holes(texts[module], holes) for module, holes in spans.items()})
        return self.answers

    def _on_hole(self, number: int, context: FunctionContext) -> None:
        checker = context.api
        assert isinstance(checker, TypeChecker)
        goal = _goal(checker)
        before = self.answers.get(number)
        if before is not None and before.goal is not None and goal is not None and before.goal != goal:
            goal = UnionType.make_union([before.goal, goal])
        names = tuple(_typed(checker, self.scopes.get(number, ())))
        self.answers[number] = Asked(goal or (before.goal if before else None), names, checker)


class _Overlay(FileSystemCache):
    """Serves replaced texts in place of files."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        super().__init__()

    def stat_or_none(self, path: str) -> os.stat_result | None:
        found = super().stat_or_none(path)
        if path not in self.texts or found is None:
            return found
        size = len(self.texts[path].encode())  # mypy's cache goes by size and time before it reads
        return os.stat_result((*found[:6], size, found.st_atime, found.st_mtime + 1 + hash(self.texts[path]) % 10**6, found.st_ctime))

    def read(self, path: str) -> bytes:
        return self.texts[path].encode() if path in self.texts else super().read(path)

    def hash_digest(self, path: str) -> str:
        return hashlib.sha1(self.texts[path].encode()).hexdigest() if path in self.texts else super().hash_digest(path)


def _options(search: Iterable[Path], cache: Path) -> Options:
    options = Options()
    options.local_partial_types = True
    options.check_untyped_defs = True
    options.export_types = True
    options.native_parser = False  # it reads files by itself, past the overlay
    options.cache_dir = str(cache)
    options.sqlite_cache = False
    options.mypy_path = [str(path) for path in search]
    options.follow_imports = "silent"
    options.ignore_missing_imports = True
    options.show_traceback = True
    return options


def _goal(checker: TypeChecker) -> Type | None:
    goal = checker.expr_checker.type_context[-1]
    proper = get_proper_type(goal)
    return None if proper is None or isinstance(proper, (AnyType, UninhabitedType)) else goal


def _typed(checker: TypeChecker, scoped: Iterable[Scoped]) -> Iterator[Name[Type]]:
    found: dict[str, SymbolNode] = {}
    for function in checker.scope.stack:
        found |= _locals(function) if isinstance(function, FuncItem) else {}
    with checker.msg.filter_errors():
        for each in scoped:
            yield Name(each.name, _type_of(checker, found, each), each.origin, each.distance, each.uses)


def _type_of(checker: TypeChecker, found: dict[str, SymbolNode], each: Scoped) -> Type | None:
    node = found.get(each.name) if each.origin in {"local", "parameter", "enclosing", "self"} else None
    kind = LDEF
    if node is None:
        tree: MypyFile = checker.tree
        symbol = tree.names.get(each.name)
        node, kind = (symbol.node, GDEF) if symbol is not None else (None, GDEF)
    if node is None or (isinstance(node, Var) and node.type is None and kind == LDEF):
        return None
    expression = NameExpr(each.name)
    expression.node, expression.kind, expression.fullname = node, kind, node.fullname
    expression.set_line(Context())
    try:
        return checker.expr_checker.accept(expression)
    except Exception:
        return None


def scope(text: str, span: tuple[int, int]) -> tuple[Scoped, ...]:
    """Names that may be read at a byte offset: locals bound above it, parameters, enclosing, module; builtins go without saying."""
    data = text.encode()
    line = data[: span[0]].count(b"\n") + 1
    tree = ast.parse(data[: span[0]] + b"..." + data[span[1] :])
    found: dict[str, Scoped] = {}
    functions = [node for node in ast.walk(tree) if _around(node, line)]
    functions.sort(key=lambda node: -node.lineno)
    for depth, function in enumerate(functions):
        _add_function(found, function, line, depth, functions[0])
    if not functions:
        _add_class(found, tree, line)
    for name, bound in _bindings(tree.body).items():
        if functions or bound < line:
            origin: Origin = "import" if _imported(tree, name) else "module"
            found.setdefault(name, Scoped(name, origin, abs(line - bound), _reads(tree, name)))
    return tuple(found.values())


Function = ast.FunctionDef | ast.AsyncFunctionDef


def _around(node: ast.AST, line: int) -> bool:
    return isinstance(node, Function) and node.body[0].lineno <= line <= (node.end_lineno or 0)


def _add_function(found: dict[str, Scoped], function: ast.AST, line: int, depth: int, inner: ast.AST) -> None:
    assert isinstance(function, Function)
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
    origin: Origin = "parameter" if depth == 0 else "enclosing"
    for argument in every:
        found.setdefault(argument.arg, Scoped(argument.arg, origin, line - function.lineno, _reads(inner, argument.arg)))
    for name, bound in _bindings(function.body).items():
        if bound < line:
            found.setdefault(name, Scoped(name, "local" if depth == 0 else "enclosing", line - bound, _reads(inner, name)))
    for node in ast.walk(function):
        if isinstance(node, ast.comprehension) and node.target.lineno <= line + 1 and node.target.lineno >= line - 3:
            for target in ast.walk(node.target):
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, Scoped(target.id, "local", 0, _reads(inner, target.id)))


def _add_class(found: dict[str, Scoped], tree: ast.Module, line: int) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.lineno < line <= (node.end_lineno or 0):
            for name, bound in _bindings(node.body).items():
                if bound < line:
                    found.setdefault(name, Scoped(name, "class", line - bound, _reads(node, name)))


def _reads(tree: ast.AST, name: str) -> int:
    return sum(1 for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load))


def _imported(tree: ast.Module, name: str) -> bool:
    imports = (alias for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names)
    return any((alias.asname or alias.name.partition(".")[0]) == name for alias in imports)


def _bindings(body: Iterable[ast.stmt]) -> dict[str, int]:
    """Names that a suite binds, to the first line after whose start they have a value; nested functions are opaque."""
    found: dict[str, int] = {}
    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, (Function, ast.ClassDef)):
            found.setdefault(node.name, node.lineno)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                found.setdefault(alias.asname or alias.name.partition(".")[0], node.lineno)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found[node.id] = min(found.get(node.id, node.lineno), node.lineno)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.setdefault(node.name, node.lineno)
        if not isinstance(node, (Function, ast.ClassDef, ast.Lambda)):
            pending.extend(ast.iter_child_nodes(node))
    return found
