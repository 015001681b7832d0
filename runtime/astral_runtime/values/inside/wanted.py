"""When the value of a hole is known from what its function should give: the hole is all that the function returns there."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from types import FrameType
from typing import Any, Literal

from astral_runtime.examples.inside.swap import way_to_hole

_TRANSPARENT = frozenset({
    "staticmethod", "classmethod", "property", "cached_property", "cache", "lru_cache", "override", "final", "abstractmethod",
})  # fmt: skip
"""Decorators that leave a result as it is."""

Gives = Literal["expression", "body"]


@dataclass(frozen=True)
class Return:
    """The hole is the value of a `return` of `function` ("expression"), or the function's whole body ("body")."""

    function: str
    gives: Gives


def returned(text: str) -> Return | None:
    """What the hook in `text` is to its function; None when its value is not the function's result. Raises SyntaxError."""
    way = way_to_hole(ast.parse(text))
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
    text = str(example["want"]).strip()
    try:
        return text if example["exception"] is None and repr(ast.literal_eval(text)) == text else None
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None


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
