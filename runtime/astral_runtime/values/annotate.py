"""Observed types where annotations are missing: the hole's function as it could be annotated, for search alone.

What an example was seen to pass is no declaration: a parameter that has an annotation keeps it, nothing is shown or written with these, and
every fill is verified in the document as it stands.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import replace

from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.plain import tree_of
from astral_runtime.holes import Hole, Span
from astral_runtime.values.observation import Seen

BUILTIN = frozenset(["int", "str", "float", "bool", "bytes", "complex", "list", "dict", "set", "frozenset", "tuple", "range", "None"])

Function = ast.FunctionDef | ast.AsyncFunctionDef


def is_open(document: DocumentSnapshot, hole: Hole) -> bool:
    """Whether the function around an ordinary hole leaves a parameter or its result without an annotation."""
    found = _function(document, hole) if hole.kind not in ("region", "type") else None
    return found is not None and (found[1].returns is None or bool(list(_parameters(found[1]))))


def annotated(document: DocumentSnapshot, hole: Hole, seen: Seen) -> tuple[DocumentSnapshot, Hole] | None:
    """The document with observed types where its function has none, and the hole in it; None when nothing fits."""
    found = _function(document, hole)
    if found is None:
        return None
    tree, function = found
    known = BUILTIN | {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    lines = document.text.encode().split(b"\n")
    edits = [
        (_offset(lines, each.end_lineno, each.end_col_offset), f": {text}")
        for each in _parameters(function)
        if (text := _spelled(seen.types_of(each.arg), known)) is not None
    ]
    result = _spelled(seen.wanted_types, known)
    at = _before_colon(lines, function) if function.returns is None and result is not None else None
    if at is not None:
        edits.append((at, f" -> {result}"))
    if not edits:
        return None
    native = document.native.replaced([(at, at, text) for at, text in edits])
    shift = sum(len(text.encode()) for at, text in edits if at <= hole.span.start)
    return replace(document, native=native), replace(hole, span=Span(hole.span.start + shift, hole.span.end + shift))


def _function(document: DocumentSnapshot, hole: Hole) -> tuple[ast.Module, Function] | None:
    """The module, and the innermost function whose body the hole is in."""
    tree = tree_of(document.text)
    if tree is None:
        return None
    line, column = document.native.position(hole.span.start, "utf-8")
    around = [node for node in ast.walk(tree) if isinstance(node, Function) and _holds(node, (line + 1, column))]
    return (tree, max(around, key=lambda node: node.lineno)) if around else None


def _holds(function: Function, at: tuple[int, int]) -> bool:
    first = function.body[0]
    return (first.lineno, first.col_offset) <= at <= (function.end_lineno or 0, function.end_col_offset or 0)


def _parameters(function: Function) -> Iterator[ast.arg]:
    """Parameters without an annotation, what a method is called on left out."""
    given = function.args
    names = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    yield from (each for each in names if each.annotation is None and each.arg not in ("self", "cls"))


def _spelled(types: frozenset[str], known: frozenset[str]) -> str | None:
    """One annotation of observed types; None when one of them cannot be written there."""
    if not types or len(types) > 3 or not all(word in known for text in types for word in re.findall(r"[^\W\d]\w*", text)):
        return None
    return " | ".join(sorted(types, key=lambda text: (text == "None", text)))


def _before_colon(lines: list[bytes], function: Function) -> int | None:
    """Byte offset of the colon that ends a function's header."""
    rows = [line.decode() for line in lines[function.lineno - 1 : function.body[0].lineno]]
    depth = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join(rows)).readline):
            depth += (token.string in ("(", "[", "{")) - (token.string in (")", "]", "}"))
            if token.type == tokenize.OP and token.string == ":" and depth == 0:
                row, column = token.start
                return _offset(lines, function.lineno + row - 1, len(rows[row - 1][:column].encode()))
    except (tokenize.TokenError, SyntaxError):
        return None
    return None


def _offset(lines: list[bytes], line: int | None, column: int | None) -> int:
    return sum(len(each) + 1 for each in lines[: (line or 1) - 1]) + (column or 0)
