"""Where an expression stands: its role and ever more general keys under which alike places of a file meet.

`f(a, ▢)` in one function and `f(a, x)` in another share the key `f(1`; that is how the file itself says what usually
stands in a hole ("the file as a cache", as nested n-gram models do with tokens, here with syntax).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from astral_runtime.search.precedence import Binding

ROLES = (
    "return", "assign", "argument", "keyword", "test", "compare", "operand", "boolean", "not", "index", "slice", "iterable",
    "element", "key", "value", "format", "with", "raise", "yield", "await", "starred", "default", "receiver", "callee",
    "branch", "statement", "annotation",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """`keys` go from the most specific to the role itself. `peer` is what the hole is compared, combined or
    subscripted with; `beside` are its sibling expressions; what binds looser than `binding` needs parentheses there."""

    role: str
    keys: tuple[str, ...]
    target: str | None = None
    operator: str | None = None
    peer: ast.expr | None = None
    callee: ast.expr | None = None
    beside: tuple[ast.expr, ...] = ()
    position: int | None = None
    binding: Binding = Binding.TEST


def chain(node: ast.AST | None) -> str | None:
    """`a.b.c` as written, calls as `a.b()`, subscripts as `a[]`; None for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = chain(node.value)
        return f"{base}.{node.attr}" if base else f".{node.attr}"
    if isinstance(node, ast.Call):
        base = chain(node.func)
        return f"{base}()" if base else None
    if isinstance(node, ast.Subscript):
        base = chain(node.value)
        return f"{base}[]" if base else None
    return repr(node.value) if isinstance(node, ast.Constant) else None


def last(dotted: str | None) -> str | None:
    """The last identifier of a chain, calls and subscripts kept: `b()` of `a.b()`."""
    return dotted.rpartition(".")[2] if dotted else None


Found = Iterator[tuple[ast.expr, Place]]


def place(role: str, *keys: str | None, **more: object) -> Place:
    """A place with the keys that there are, and the role as the last."""
    distinct = dict.fromkeys(key for key in keys if key is not None)
    return Place(role, (*distinct, role), **more)  # type: ignore[arg-type]  # the callers below name Place's own fields


def key_of(head: str, dotted: str | None, tail: str = "") -> str | None:
    """A key around a chain, None without one."""
    return f"{head}{dotted}{tail}" if dotted else None


def siblings(every: list[ast.expr], one: ast.expr) -> tuple[ast.expr, ...]:
    """The siblings of an expression."""
    return tuple(each for each in every if each is not one)
