"""When the value of a hole is known from what its function should give: the hole is all that the function returns there."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any, Literal

from astral_runtime.examples.inside.play import fuel
from astral_runtime.examples.inside.swap import way_to_hole

_TRANSPARENT = frozenset({
    "staticmethod", "classmethod", "property", "cached_property", "cache", "lru_cache", "override", "final", "abstractmethod",
})  # fmt: skip
"""Decorators that leave a result as it is."""

RESULT = "__astral_result__"

FUEL_S = 0.05
"""CPU time for what an example does with a result."""

Gives = Literal["expression", "body"]


@dataclass(frozen=True)
class Return:
    """The hole is the value of a `return` of `function` ("expression"), or the function's whole body ("body")."""

    function: str
    gives: Gives


def returned(text: str) -> Return | None:
    """What the hook in `text` is to its function; None when its value is not the function's result. Raises SyntaxError."""
    way = way_to_hole(text)
    inner = max((n for n, node in enumerate(way) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))), default=-1)
    function = way[inner] if inner >= 0 else None
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) or not _plain(function):
        return None
    below = way[inner + 1 :]
    if len(below) >= 2 and isinstance(below[-2], ast.Return) and not any(isinstance(node, ast.Try) and node.finalbody for node in below):
        return Return(function.name, "expression")
    if len(below) == 2 and isinstance(below[0], ast.Expr) and [each for each in function.body if not _is_docstring(each)] == [below[0]]:
        return Return(function.name, "body")
    return None


def wanted(about: Return | None, frame: FrameType, example: dict[str, Any]) -> str | None:
    """What the hole should be for an example, as text; None when the example's result is not that of this very call."""
    if about is None or frame.f_code.co_name != about.function or _depth(frame) != 1 or not _calls(example["source"], about.function):
        return None
    if example["form"] != "doctest":
        return str(example["want"])
    return _literal(example)


def _literal(example: dict[str, Any]) -> str | None:
    """What a doctest prints, if that is a value's own text."""
    text = str(example["want"]).strip()
    try:
        return text if example["exception"] is None and repr(ast.literal_eval(text)) == text else None
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None


def wrapped(about: Return | None, frame: FrameType, example: dict[str, Any]) -> Goal | None:
    """What is made of the hole's value in an example, `list(f(x))`, and what that should be; None when that is not known."""
    if about is None or frame.f_code.co_name != about.function or _depth(frame) != 1:
        return None
    text = str(example["want"]).strip() if example["form"] != "doctest" else _literal(example)
    names = example_names(frame)
    made = _made_of(example["source"], about.function)
    if text is None or names is None or made is None:
        return None
    value = eval(compile(text, "<example>", "eval", dont_inherit=True), dict(names))
    return Goal(value, compile(made, "<example>", "eval"), names, not _calls(example["source"], about.function))


@dataclass(frozen=True)
class Goal:
    """`code` makes of RESULT, in the example's own `names`, what should be `value`; `is_wrapped`: it is not RESULT itself."""

    value: Any
    code: CodeType
    names: dict[str, Any]
    is_wrapped: bool

    def made_of(self, result: Any) -> Any:
        """What the example would show. Raises whatever that raises."""
        with fuel(FUEL_S):
            return eval(self.code, {**self.names, RESULT: copy.copy(result) if isinstance(result, Iterator) else result})


def example_names(frame: FrameType) -> dict[str, Any] | None:
    """The names of the example that is being run at a frame."""
    each: FrameType | None = frame
    while each is not None and each.f_code.co_filename != "<example>":
        each = each.f_back
    return None if each is None else each.f_globals


def _made_of(source: str, function: str) -> ast.Expression | None:
    """An example's source with RESULT in place of its one call of the function."""
    try:
        tree = ast.parse(source.strip(), mode="eval")
    except (SyntaxError, ValueError):
        return None
    calls = _Calls(function)
    made = ast.fix_missing_locations(calls.visit(tree))
    return made if calls.count == 1 and isinstance(made, ast.Expression) else None


class _Calls(ast.NodeTransformer):
    def __init__(self, function: str) -> None:
        self._function, self.count = function, 0

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if getattr(node.func, "id", getattr(node.func, "attr", None)) != self._function:
            return self.generic_visit(node)
        self.count += 1
        return ast.Name(RESULT, ast.Load())


def _plain(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    decorators = [each.func if isinstance(each, ast.Call) else each for each in function.decorator_list]
    names = [each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "") for each in decorators]
    return all(name in _TRANSPARENT for name in names) and not _yields(function)


def _yields(function: ast.AST) -> bool:
    for child in ast.iter_child_nodes(function):
        if isinstance(child, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)) and _yields(child):
            return True
    return False


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _depth(frame: FrameType) -> int:
    """How many calls of the same function are under way."""
    depth, each = 0, frame
    while True:
        depth += each.f_code is frame.f_code
        if each.f_back is None:
            return depth
        each = each.f_back


def _calls(source: str, name: str) -> bool:
    """Whether an example is one call of the function (or a look at the property), and nothing around it."""
    try:
        node = ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return False
    named = node.func if isinstance(node, ast.Call) else node
    return (named.attr if isinstance(named, ast.Attribute) else getattr(named, "id", None)) == name
