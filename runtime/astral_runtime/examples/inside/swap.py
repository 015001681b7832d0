"""Candidates put into a function that is already there: only the function is compiled, and its code is exchanged."""

from __future__ import annotations

import ast
import functools
import gc
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import CodeType, FunctionType

from astral_runtime.examples.inside.hook import NAME

_FUTURES = 0x1FF0000
"""Bits of co_flags that `from __future__ import …` sets."""


@dataclass(frozen=True)
class Place:
    """The outermost function around the hole, as text: `before` and `after` the hole, with the headers it is nested in.

    `names`: the way to its code through classes; `first`: its first line, decorators included.
    """

    before: str
    after: str
    names: tuple[str, ...]
    first: int
    path: str
    flags: int

    def code(self, text: str) -> CodeType:
        """Its code with `text` in the hole. Raises SyntaxError and the like."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code: CodeType = compile(f"{self.before}{text}{self.after}", self.path, "exec", flags=self.flags, dont_inherit=True)
        for name in self.names:
            code = next(const for const in code.co_consts if isinstance(const, CodeType) and const.co_name == name)
        return code

    def functions(self) -> list[FunctionType]:
        """Every function of this process that was made from it, however it is wrapped."""
        return [
            each
            for each in gc.get_objects()
            if type(each) is FunctionType
            and each.__code__.co_filename == self.path
            and each.__code__.co_firstlineno == self.first
            and each.__code__.co_name == self.names[-1]
        ]


def place(text: str, at: int, length: int, path: str, flags: int) -> Place | None:
    """Where the hook at text[at : at + length] stands; None when no function's body is around it. Raises SyntaxError."""
    way = way_to_hole(text)
    index = next((n for n, node in enumerate(way) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))), None)
    if index is None or len(way) == index + 1 or not _in_body(way[index], way[index + 1]):
        return None
    function = way[index]
    assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
    lines = text.split("\n")
    starts = _starts(lines)
    headers = "".join(f"{line}\n" for line in _headers(way[:index], lines, function))
    end = starts[function.end_lineno or len(lines)]
    names = tuple(node.name for node in way[: index + 1] if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)))
    first = min([function.lineno, *(each.lineno for each in function.decorator_list)])
    return Place(headers + text[starts[function.lineno - 1] : at], text[at + length : end], names, first, path, flags & _FUTURES)


@functools.lru_cache(1)
def tree_of(text: str) -> ast.Module:
    """The tree of a program, parsed once for all that look at it; nobody changes it. Raises SyntaxError."""
    return ast.parse(text)


def caches(module: str) -> list[functools._lru_cache_wrapper[object]]:
    """The caches that functions of a module keep: each candidate starts with empty ones."""
    return [
        each for each in gc.get_objects() if type(each) is functools._lru_cache_wrapper and getattr(each, "__module__", "") == module
    ]


@functools.lru_cache(1)
def way_to_hole(text: str) -> tuple[ast.AST, ...]:
    """The nodes from a statement of a program down to the hook's call; empty when there is none. Raises SyntaxError."""
    at = text.find(f"{NAME}(0)")
    line = text.count("\n", 0, at) + 1

    def down(node: ast.AST) -> tuple[ast.AST, ...]:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == NAME and _is_asked(node):
            return (node,)
        ways = (down(child) for child in ast.iter_child_nodes(node) if _may_hold(child, line))
        return next(((node, *way) for way in ways if way), ())

    return down(tree_of(text))[1:] if at >= 0 else ()


def _may_hold(node: ast.AST, line: int) -> bool:
    """Whether a line may be one of a node's, whose decorators stand above it."""
    first, last = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
    return first is None or last is None or (first <= line or bool(getattr(node, "decorator_list", ()))) and line <= last


def _is_asked(call: ast.Call) -> bool:
    return len(call.args) == 1 and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0


def _in_body(function: ast.AST, child: ast.AST) -> bool:
    return isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and child in function.body


def _headers(outer: Sequence[ast.AST], lines: list[str], function: ast.stmt) -> Iterator[str]:
    """One header per level of indentation around the function; of `if … elif` on one level the innermost."""
    levels: dict[int, str] = {}
    for node in outer:
        if isinstance(node, ast.stmt) and node.col_offset < function.col_offset:
            line = lines[node.lineno - 1]
            indent = line[: len(line) - len(line.lstrip())]
            levels = {column: header for column, header in levels.items() if column < node.col_offset}
            levels[node.col_offset] = indent + (f"class {node.name}:" if isinstance(node, ast.ClassDef) else "if 1:")
    return iter(levels.values())


def _starts(lines: list[str]) -> list[int]:
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    return starts
