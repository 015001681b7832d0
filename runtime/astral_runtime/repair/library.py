"""Classes and functions looked up by name in source files: members and parameters that a rule may propose.

Nothing is imported or run. What is found here is a guess; the verifiers judge what is made of it.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from astral_runtime.repair.code import Code, Function
from astral_runtime.repair.files import find_module, module_of, stdlib

_DEPTH = 6
"""Bases of bases that are looked at."""


class Library:
    """What one document can see."""

    def __init__(self, code: Code) -> None:
        self._path = code.document.path
        self._root = code.document.root
        self._tree = code.tree or ast.Module([], [])

    def class_named(self, name: str) -> ast.ClassDef | None:
        """A class by its simple name: of the document, of what it imports, of builtins and typing."""
        return next((each for tree, _ in self._trees() if (each := _class_in(tree, name)) is not None), None)

    def function_named(self, name: str, owner: str | None) -> Function | None:
        """A function, or the method of a class; a class stands for its constructor."""
        if owner is not None:
            return self._method(self.class_named(owner), name)
        for tree, _ in self._trees():
            function = next(
                (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name), None
            )
            if function is not None:
                return function
        return self._method(self.class_named(name), "__init__")

    def parameters(self, name: str, owner: str | None) -> list[str]:
        """Parameter names in order, `self` and the like left out; a dataclass's fields."""
        function = self.function_named(name, owner)
        if function is None:
            made = self.class_named(name)
            return _fields(made) if made is not None else []
        arguments = function.args
        names = [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
        return names[1:] if names[:1] in (["self"], ["cls"]) else names

    def members_of(self, owner: ast.ClassDef, depth: int = _DEPTH) -> list[str]:
        """Names of a class's attributes and methods, its bases' after its own."""
        found = dict.fromkeys(_own_members(owner))
        for base in owner.bases if depth else ():
            name = _simple(base)
            made = self.class_named(name) if name is not None and name != owner.name else None
            if made is not None:
                found.update(dict.fromkeys(self.members_of(made, depth - 1)))
        return [*found]

    def members_named(self, name: str) -> list[str]:
        """Members of the class of that simple name; none if nobody knows it."""
        made = self.class_named(name)
        return self.members_of(made) if made is not None else []

    def module_members(self, name: str) -> list[str]:
        """Top-level names of a module that the document calls `name`."""
        bound = {known: module for node in ast.walk(self._tree) for module, known in _modules_bound(node, self._path)}
        path = find_module(bound.get(name, name), self._path, self._root)
        return [*top_level(_parsed(path))] if path is not None else []

    def _method(self, owner: ast.ClassDef | None, name: str, depth: int = _DEPTH) -> Function | None:
        if owner is None:
            return None
        own = next((each for each in owner.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name == name), None)
        if own is not None or not depth:
            return own
        bases = [made for base in owner.bases if (simple := _simple(base)) and simple != owner.name and (made := self.class_named(simple))]
        return next((found for base in bases if (found := self._method(base, name, depth - 1)) is not None), None)

    def _trees(self) -> Iterator[tuple[ast.Module, Path]]:
        """The document, the modules that it imports, builtins and typing."""
        yield self._tree, self._path
        seen = {self._path}
        modules = [module for node in ast.walk(self._tree) for module in _imported(node, self._path)]
        paths = [find_module(module, self._path, self._root) for module in dict.fromkeys(modules)]
        for path in (*paths, *(stdlib(name) for name in ("builtins", "typing", "types"))):
            if path is not None and path not in seen:
                seen.add(path)
                yield _parsed(path), path


def top_level(tree: ast.Module) -> Iterator[str]:
    """Public and private names that a module defines, conditional definitions included."""
    for node in _statements(tree.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        yield from _targets(node)
        if isinstance(node, ast.ImportFrom | ast.Import):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names if alias.name != "*")


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try):
            yield from _statements(node.body)
            yield from _statements(node.orelse)


def _targets(node: ast.stmt) -> Iterator[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    yield from (each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name))


def _class_in(tree: ast.Module, name: str) -> ast.ClassDef | None:
    return next((node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == name), None)


def _own_members(owner: ast.ClassDef) -> Iterator[str]:
    for node in _statements(owner.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
            receiver = node.args.args[0].arg if node.args.args else None
            yield from (
                each.attr
                for each in ast.walk(node)
                if isinstance(each, ast.Attribute)
                and isinstance(each.ctx, ast.Store)
                and isinstance(each.value, ast.Name)
                and each.value.id == receiver
            )
        yield from _targets(node)


def _fields(owner: ast.ClassDef) -> list[str]:
    return [name for node in owner.body if isinstance(node, ast.AnnAssign) for name in _targets(node)]


def _simple(base: ast.expr) -> str | None:
    if isinstance(base, ast.Subscript):
        base = base.value
    return base.id if isinstance(base, ast.Name) else base.attr if isinstance(base, ast.Attribute) else None


def _imported(node: ast.AST, path: Path) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        module = absolute(node, path)
        yield module
        yield from (f"{module}.{alias.name}" for alias in node.names if alias.name != "*")


def _modules_bound(node: ast.AST, path: Path) -> Iterator[tuple[str, str]]:
    """Modules that an import may bind, with the names it binds them to."""
    if isinstance(node, ast.Import):
        yield from ((alias.name, alias.asname or alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from ((f"{absolute(node, path)}.{alias.name}", alias.asname or alias.name) for alias in node.names)


def absolute(node: ast.ImportFrom, path: Path) -> str:
    """The module of a `from` import, its dots resolved."""
    if not node.level:
        return node.module or ""
    package = module_of(path)[0].split(".")
    kept = package if path.stem == "__init__" else package[:-1]
    kept = kept[: len(kept) - (node.level - 1)]
    return ".".join([*kept, *([node.module] if node.module else [])])


def _parsed(path: Path) -> ast.Module:
    try:
        stamp = path.stat().st_mtime_ns
    except OSError:
        return ast.Module([], [])
    return _parsed_at(path, stamp)


@lru_cache(maxsize=128)
def _parsed_at(path: Path, stamp: int) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(path.read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.Module([], [])
