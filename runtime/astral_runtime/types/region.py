"""What selected statements do to the code around them."""

from __future__ import annotations

import ast
import textwrap
import warnings

from astral_runtime.types.masked import aligned


def names_bound(text: str) -> frozenset[str]:
    """Names that the statements bind; none if they do not parse."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(f"def _():\n{textwrap.indent(aligned(text), ' ')}")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return frozenset()
    return frozenset(name for node in ast.walk(tree.body[0]) for name in _bound(node)) - {"_"}


def _bound(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return [node.id]
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [(alias.asname or alias.name).partition(".")[0] for alias in node.names]
    return []
