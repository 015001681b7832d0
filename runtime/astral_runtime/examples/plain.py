"""Which expressions are plain enough to be an example: values written out, and calls of what is known by name."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Collection
from functools import lru_cache

CONSTRUCTORS = frozenset({
    "set", "frozenset", "list", "tuple", "dict", "range", "bytes", "bytearray", "complex", "float", "int", "str", "bool", "slice",
})  # fmt: skip

FUNCTIONS = frozenset({"abs", "all", "any", "len", "max", "min", "ord", "chr", "repr", "reversed", "round", "sorted", "sum", "type"})


@lru_cache(maxsize=32)
def tree_of(text: str) -> ast.Module | None:
    """A file's tree, to be read only; None when it does not parse. The last few are kept: one request asks for the same ones again."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def parsed(text: str) -> ast.expr | None:
    """One expression, or None."""
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def is_plain(node: ast.AST, known: Collection[str] = ()) -> bool:
    """Whether an expression is made of constants, displays, operators, constructors of builtin values, and names that are `known`."""
    if isinstance(node, ast.Constant):
        return node.value is not Ellipsis
    if isinstance(node, ast.Name):
        return node.id in known or node.id in CONSTRUCTORS or node.id in FUNCTIONS
    if isinstance(node, (ast.Call, ast.Attribute, ast.Subscript)):
        callee = node.func if isinstance(node, ast.Call) else node.value
        if not isinstance(node, ast.Call) and isinstance(callee, ast.Name) and callee.id not in known:
            return False
        return all(is_plain(child, known) for child in ast.iter_child_nodes(node))
    allowed = (
        ast.Tuple, ast.List, ast.Set, ast.Dict, ast.UnaryOp, ast.BinOp, ast.operator, ast.unaryop, ast.expr_context, ast.keyword,
        ast.Starred, ast.Slice,
    )  # fmt: skip
    return isinstance(node, allowed) and all(is_plain(child, known) for child in ast.iter_child_nodes(node))


def is_value(node: ast.AST, known: Collection[str] = ()) -> bool:
    """Whether an expression is plain and says a value, not a type or a function: what an example may want."""
    if isinstance(node, ast.Name) and node.id not in known:
        return False
    return is_plain(node, known) and not (isinstance(node, (ast.Tuple, ast.List, ast.BinOp)) and _names_a_type(node, known))


def _names_a_type(node: ast.AST, known: Collection[str]) -> bool:
    """`int | None`, `(int, str)`: a signature, not a value."""
    return any(isinstance(child, ast.Name) and child.id not in known for child in ast.iter_child_nodes(node))
